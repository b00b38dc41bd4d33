using Candor.Log;
using Candor.Protocol;
using NSec.Cryptography;

namespace Candor.Tests;

/// <summary>A holder made by the test itself: it signs commits as any holder does, without the code that keeps real keys.</summary>
internal sealed class TestHolder : IDisposable
{
    private readonly Key _key = Key.Create(SignatureAlgorithm.Ed25519);

    public TestHolder(HolderType type = HolderType.Device)
    {
        using var agreement = Key.Create(KeyAgreementAlgorithm.X25519);
        Keys = new(type, _key.PublicKey.Export(KeyBlobFormat.RawPublicKey), agreement.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    public HolderKeys Keys { get; }

    public Id Id => Keys.Id;

    public byte[] Sign(ReadOnlySpan<byte> message) => SignatureAlgorithm.Ed25519.Sign(_key, message);

    public byte[] SignCommit(Commit commit)
    {
        byte[] body = commit.Encode();
        using var signed = new SignedCommit(body);
        return new Leaf(body, Sign(signed.Bytes)).Encode();
    }

    /// <summary>A commit of this holder that fits the head of <paramref name="state"/>.</summary>
    public Commit Next(AccountState state, Kind kind, params Operation[] operations)
    {
        var me = state.Holders.GetValueOrDefault(Id);
        return new(state.Account, state.Size, state.Root, Id, (me?.LastSeq ?? 0) + 1, new(1_000_000 + state.Size, 0), kind, operations);
    }

    public void Dispose() => _key.Dispose();
}
