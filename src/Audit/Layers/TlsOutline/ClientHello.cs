using System.Buffers.Binary;
using System.Text;

namespace Candor.Audit.Layers.TlsOutline;

/// <summary>What a client says in the clear before TLS encrypts (RFC 8446, 4.1.2): to whom it wants to speak, and how.</summary>
/// <param name="ServerName">SNI; null: none.</param>
/// <param name="Protocols">ALPN, in the client's order.</param>
/// <param name="Version">The newest that it offers: 0x0304 is TLS 1.3.</param>
/// <param name="EncryptedHello">An inner hello is encrypted beside it, or pretended to be (GREASE): then the name above may not be the true one.</param>
public sealed record ClientHello(string? ServerName, IReadOnlyList<string> Protocols, int Version, bool EncryptedHello)
{
    private const int Type = 1, MaxProtocols = 16, MaxName = 255;

    /// <param name="message">The handshake message from its type on. It may be longer.</param>
    public static ClientHello? TryRead(ReadOnlySpan<byte> message)
    {
        if (message.Length < 4 || message[0] != Type) return null;
        int length = message[1] << 16 | message[2] << 8 | message[3];
        if (message.Length - 4 < length) return null;
        var rest = message.Slice(4, length);
        if (rest.Length < 35) return null;
        int version = BinaryPrimitives.ReadUInt16BigEndian(rest);
        rest = rest[34..];
        if (!Field(ref rest, 1, out _) || !Field(ref rest, 2, out _) || !Field(ref rest, 1, out _)) return null;
        string? name = null;
        List<string> protocols = [];
        bool encrypted = false;
        if (!Field(ref rest, 2, out var extensions)) return new(null, [], version, false);
        while (extensions.Length >= 4)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!Field(ref extensions, 2, out var value)) break;
            switch (type)
            {
                case 0 when value.Length > 5 && value[2] == 0 && BinaryPrimitives.ReadUInt16BigEndian(value[3..]) is > 0 and <= MaxName and var size && value.Length >= 5 + size:
                    name = Encoding.ASCII.GetString(value.Slice(5, size));
                    break;
                case 16 when Field(ref value, 2, out var list):
                    while (protocols.Count < MaxProtocols && Field(ref list, 1, out var protocol)) protocols.Add(Encoding.ASCII.GetString(protocol));
                    break;
                case 43 when Field(ref value, 1, out var versions):
                    for (; versions.Length >= 2; versions = versions[2..])
                    {
                        // Values of the form 0x?A?A are there to keep servers tolerant (RFC 8701).
                        if (versions[0] == 3) version = Math.Max(version, BinaryPrimitives.ReadUInt16BigEndian(versions));
                    }
                    break;
                case 0xFE0D or 0xFFCE:
                    encrypted = true;
                    break;
            }
        }
        return new(name, protocols, version, encrypted);
    }

    /// <summary>A value after its length in that many bytes.</summary>
    internal static bool Field(ref ReadOnlySpan<byte> rest, int size, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (rest.Length < size) return false;
        int length = size == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length - size < length) return false;
        value = rest.Slice(size, length);
        rest = rest[(size + length)..];
        return true;
    }
}
