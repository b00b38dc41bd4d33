using System.Text;
using Candor.Formats;
using Candor.Formats.Archives;
using Candor.Tests.Messages;
using Xunit;
using static Candor.Tests.Archives.HostileZip;

namespace Candor.Tests.Archives;

public class SafeZipFuzzTests
{
    private static readonly byte[][] Seeds =
    [
        new HostileZip().Add(Plain("a"), Deflated("b/c.txt", Encoding.ASCII.GetBytes(new string('x', 3000))), Plain("d/")).Bytes(comment: "comment"),
        new HostileZip().Add(Plain("a"), Deflated("b", [1, 2, 3])).Zip64Bytes(2),
        SmsIeTests.Zip(SmsIeTests.Sms, ("data/x", "y")),
    ];

    [Fact]
    public void DamagedZipsNeverThrowAndWhatIsWholeIsTrue()
    {
        var limits = new ZipLimits { MaxEntryBytes = 1 << 20, MaxTotalBytes = 4 << 20 };
        int whole = 0;
        foreach (byte[] file in Mutations.Of(Seeds, 20_000, seed: 1, MessagesFuzzTests.Pieces))
        {
            (SafeZip? zip, FormatProblem? problem) = SafeZip.Open(new MemoryStream(file), limits);
            Assert.True(zip is not null || problem is not null);
            foreach ((ZipEntry? entry, FormatProblem? trouble) in zip?.Entries ?? [])
            {
                Assert.True(entry is not null || trouble is not null);
                if (entry is null)
                    continue;
                (byte[] bytes, FormatProblem? ended) = SafeZipTests.Read(zip!, entry);
                Assert.True(bytes.Length <= limits.MaxEntryBytes);
                if (ended is not null)
                    continue;
                whole++;
                Assert.Equal(entry.DeclaredLength, bytes.Length);
            }
        }
        Assert.True(whole > 1000);
    }
}
