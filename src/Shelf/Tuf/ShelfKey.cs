using System.Security.Cryptography;
using NSec.Cryptography;

namespace Candor.Shelf.Tuf;

/// <summary>A secret Ed25519 key that signs metadata; as a file it is the JSON that TUF tools use for keys, with the seed as <c>private</c>. Disposing forgets it.</summary>
public sealed class ShelfKey : IDisposable
{
    private readonly Key _key;
    private readonly TufKey _public;

    private ShelfKey(Key key)
    {
        _key = key;
        _public = TufKey.OfEd25519(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    public string Id => _public.Id;

    internal TufKey Public => _public;

    /// <summary>What others may see: canonical JSON of the public key.</summary>
    public byte[] PublicBytes() => TufJson.Write(_public.Value);

    public static ShelfKey Make() => new(Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport }));

    /// <summary>Reads what <see cref="Export"/> wrote. False for anything else, also where the public half is not the secret one's; never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ShelfKey key)
    {
        key = null!;
        if (!TufJson.TryParse(bytes, out var value) || value["keytype"].Text != "ed25519" || value["scheme"].Text != "ed25519") return false;
        if (value["keyval"]["private"].Text is not { } text || TufKey.TryHex(text) is not { Length: 32 } seed) return false;
        bool read = Key.TryImport(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey, out var secret, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        CryptographicOperations.ZeroMemory(seed);
        if (!read) return false;
        var made = new ShelfKey(secret!);
        if (made._public.Value["keyval"]["public"].Text != value["keyval"]["public"].Text)
        {
            made.Dispose();
            return false;
        }
        key = made;
        return true;
    }

    /// <summary>The file's bytes, secret included: for its owner only.</summary>
    public byte[] Export()
    {
        byte[] seed = _key.Export(KeyBlobFormat.RawPrivateKey);
        var halves = TufJson.Of(("private", Convert.ToHexStringLower(seed)), ("public", _public.Value["keyval"]["public"]));
        CryptographicOperations.ZeroMemory(seed);
        return TufJson.Write(_public.Value.With("keyval", halves));
    }

    internal string Sign(ReadOnlySpan<byte> signed) => Convert.ToHexStringLower(SignatureAlgorithm.Ed25519.Sign(_key, signed));

    public void Dispose() => _key.Dispose();
}
