using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Candor.Shelf.Tuf;
using NSec.Cryptography;

namespace Candor.Tests.Shelf.Conformance;

/// <summary>A key of a simulated repository, of any kind that TUF names. Made once for all tests, by kind and number; what is said of it is each test's own.</summary>
internal sealed class RepositorySigner
{
    private static readonly Dictionary<(string, int), (string Scheme, string Public, Func<byte[], byte[]> Sign)> Made = [];

    private RepositorySigner(string type, int number)
    {
        lock (Made)
        {
            if (!Made.TryGetValue((type, number), out var made)) Made[(type, number)] = made = Make(type);
            Sign = made.Sign;
            Key = new() { ["keytype"] = type, ["scheme"] = made.Scheme, ["keyval"] = new JsonObject { ["public"] = made.Public } };
        }
    }

    /// <summary>The key as metadata has it; a test may add to it.</summary>
    public JsonObject Key { get; }

    /// <summary>SHA-256 over the key's canonical form, as it is now.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Canonical(Key)));

    public Func<byte[], byte[]> Sign { get; }

    public static RepositorySigner Get(string type, int number) => new(type, number);

    public static byte[] Canonical(JsonNode node) => TufJson.TryParse(Encoding.UTF8.GetBytes(node.ToJsonString()), out var value) ? TufJson.Write(value) : throw new InvalidOperationException("The simulator made bad JSON.");

    private static (string Scheme, string Public, Func<byte[], byte[]> Sign) Make(string type)
    {
        switch (type)
        {
            case "ecdsa":
                var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                return ("ecdsa-sha2-nistp256", ecdsa.ExportSubjectPublicKeyInfoPem(), bytes => ecdsa.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            case "rsa":
                var rsa = RSA.Create(3072);
                return ("rsassa-pss-sha256", rsa.ExportSubjectPublicKeyInfoPem(), bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
            default:
                var key = NSec.Cryptography.Key.Create(SignatureAlgorithm.Ed25519);
                return ("ed25519", Convert.ToHexStringLower(key.PublicKey.Export(KeyBlobFormat.RawPublicKey)), bytes => SignatureAlgorithm.Ed25519.Sign(key, bytes));
        }
    }
}
