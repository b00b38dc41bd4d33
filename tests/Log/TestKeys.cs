using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Log;
using Xunit;

namespace Candor.Tests.Log;

internal static class TestKeys
{
    /// <summary>A key whose seed follows from the name, so that a test prints the same bytes each time.</summary>
    public static NoteSigner For(string name, NoteKeyType type = NoteKeyType.Ed25519) =>
        new(name, type, SHA256.HashData(Encoding.UTF8.GetBytes($"{type} {name}")));

    public static NoteSigner Signer(string privateKey)
    {
        Assert.True(NoteSigner.TryParse(Encoding.UTF8.GetBytes(privateKey), out NoteSigner? signer, out LogRejection rejection), rejection.ToString());
        return signer;
    }

    public static string NameAndId(NoteVerifierKey key) => $"{key.Name}+{key.Id.ToString("x8", CultureInfo.InvariantCulture)}";
}
