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
        var leaves = new List<ServedLeaf>();
        for (int at = 0; ;)
        {
            int length = CborSequence.Measure(bytes.AsSpan(at), PullItem.Longest);
            Assert.True(length > 0, "The pull is cut short or is none.");
            Assert.True(PullItem.TryDecode(bytes.AsMemory(at, length), out var item));
            at += length;
            if (item is PulledCheckpoint end)
            {
                Assert.Equal(bytes.Length, at);
                return new(leaves, end.Note);
            }
            var leaf = (PulledLeaf)item;
            leaves.Add(new(leaf.Index, leaf.Leaf.ToArray(), leaf.Bundle?.ToArray(), [.. leaf.Gone]));
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
