using System.Security.Cryptography;
using System.Text.Json;
using Candor.Hpke;
using Candor.Sealing;
using Xunit;

namespace Candor.Tests.Sealing;

public class ContentHasherTests
{
    private const string FileName = "sealing.json";

    public static TheoryData<string> Contents => Vectors.Names(FileName, "content-id");

    [Theory]
    [MemberData(nameof(Contents))]
    public void TheIdIsTheSameWholeAndInParts(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using Secret32 contentKey = new(c.Bytes("content_key"));
        using Secret32 idKey = new(c.Bytes("id_key"));
        byte[] content = c.Bytes("content");

        byte[] id = new byte[ContentHasher.IdSize];
        ContentHasher.ContentId(contentKey, idKey, content, id);
        Assert.Equal(c.Text("id"), Convert.ToHexStringLower(id));

        using ContentHasher hasher = new(contentKey, idKey);
        foreach (byte[] part in content.Chunk(ContentHasher.PartSize)) hasher.Append(part);
        hasher.Append([]);
        byte[] inParts = new byte[ContentHasher.IdSize];
        hasher.Finish(inParts);
        Assert.Equal(id, inParts);
    }

    [Fact]
    public void EveryByteAndTheLengthCount()
    {
        using Secret32 contentKey = Secret32.Generate();
        using Secret32 idKey = Secret32.Generate();
        HashSet<string> ids = [];
        byte[] content = RandomNumberGenerator.GetBytes(40);
        for (int length = 0; length <= content.Length; length++) ids.Add(Id(content[..length]));
        for (int at = 0; at < content.Length; at++)
        {
            content[at] ^= 1;
            ids.Add(Id(content));
            content[at] ^= 1;
        }

        ids.Add(Id(new byte[16]));
        ids.Add(Id(new byte[17]));
        Assert.Equal(41 + 40 + 2, ids.Count);

        string Id(byte[] bytes)
        {
            byte[] id = new byte[ContentHasher.IdSize];
            ContentHasher.ContentId(contentKey, idKey, bytes, id);
            return Convert.ToHexString(id);
        }
    }

    [Fact]
    public void PartsOutOfStepThrow()
    {
        using Secret32 key = Secret32.Generate();
        using ContentHasher hasher = new(key, key);
        Assert.Throws<ArgumentException>(() => hasher.Append(new byte[ContentHasher.PartSize + 1]));
        hasher.Append(new byte[5]);
        Assert.Throws<InvalidOperationException>(() => hasher.Append(new byte[5]));
        Assert.Throws<ArgumentException>(() => hasher.Finish(new byte[15]));
        hasher.Finish(new byte[16]);

        using ContentHasher empty = new(key, key);
        empty.Finish(new byte[16]);
        Assert.Throws<InvalidOperationException>(() => empty.Append(new byte[1]));
    }
}
