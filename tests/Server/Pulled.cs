using System.Formats.Cbor;
using System.Text;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Tests.Server;

/// <summary>One item of a pull.</summary>
internal sealed record ServedLeaf(long Index, byte[] Leaf, byte[]? Bundle, int[] Gone)
{
    public Commit Commit => Candor.Protocol.Leaf.TryDecode(Leaf, out var leaf) && Commit.TryDecode(leaf.Body, out var commit, out _) ? commit : throw new InvalidDataException();
}

/// <summary>A pull read and verified as a client would: every leaf by the rules, the checkpoint by the server's key.</summary>
internal sealed record Pulled(IReadOnlyList<ServedLeaf> Leaves, string Checkpoint)
{
    public static Pulled Read(byte[] bytes)
    {
        var reader = new CborReader(bytes, CborConformanceMode.Canonical, allowMultipleRootLevelValues: true);
        var leaves = new List<ServedLeaf>();
        while (true)
        {
            int? items = reader.ReadStartArray();
            if (reader.ReadInt32() == 1)
            {
                Assert.Equal(2, items);
                string checkpoint = reader.ReadTextString();
                reader.ReadEndArray();
                Assert.Equal(0, reader.BytesRemaining);
                return new(leaves, checkpoint);
            }
            Assert.Equal(5, items);
            long index = reader.ReadInt64();
            byte[] leaf = reader.ReadByteString();
            byte[]? bundle = null;
            if (reader.PeekState() == CborReaderState.Null) reader.ReadNull();
            else bundle = reader.ReadByteString();
            var gone = new int[reader.ReadStartArray()!.Value];
            for (int i = 0; i < gone.Length; i++) gone[i] = reader.ReadInt32();
            reader.ReadEndArray();
            reader.ReadEndArray();
            leaves.Add(new(index, leaf, bundle, gone));
        }
    }

    /// <summary>Replays everything from the first leaf and checks that the checkpoint is of what came out.</summary>
    public AccountState Replay(Id account, string vkey, string serverName)
    {
        var state = new AccountState(account);
        foreach (var leaf in Leaves) Assert.Null(state.TryExtend(leaf.Leaf, out _));
        AssertCheckpoint(Encoding.UTF8.GetBytes(Checkpoint), state, vkey, serverName);
        return state;
    }

    public static void AssertCheckpoint(byte[] note, AccountState state, string vkey, string serverName)
    {
        Assert.True(NoteVerifierKey.TryParse(vkey, out var key, out _));
        var verifier = new LogVerifier(Candor.Log.Checkpoint.AccountOrigin(serverName, state.Account.ToArray()), [key]);
        Assert.True(verifier.TryOpen(note, out var verified, out _));
        Assert.Equal(state.Size, verified.Checkpoint.Size);
        Assert.Equal(state.Root, verified.Checkpoint.Root);
    }
}
