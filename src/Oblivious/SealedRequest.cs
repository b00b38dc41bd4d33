using System.Buffers.Binary;
using Candor.Hpke;

namespace Candor.Oblivious;

/// <summary>A request that only a gateway's key opens, and what opens its answer (RFC 9458 §4.3, §4.4): the client's side. For one request; dispose it after its answer.</summary>
public sealed class SealedRequest : IDisposable
{
    public const string MediaType = "message/ohttp-req";

    internal const int HeaderSize = 7;

    /// <summary>What sealing adds to a request: header, encapsulation, tag.</summary>
    public const int Overhead = HeaderSize + HpkeBase.Overhead;

    private readonly HpkeContext _context;
    private readonly HpkeAead _aead;

    private SealedRequest(HpkeContext context, HpkeAead aead, byte[] bytes) => (_context, _aead, Bytes) = (context, aead, bytes);

    /// <summary>Key id (1) || KEM (2) || KDF (2) || AEAD (2) || encapsulation (32) || sealed request.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Seals a message to the gateway's key, with its favourite cipher. Null: the key is no point that may be used.</summary>
    public static SealedRequest? Seal(KeyConfig config, ReadOnlySpan<byte> message)
    {
        using var ephemeral = Secret32.Generate();
        return Seal(config, config.Aeads[0], ephemeral, message);
    }

    /// <summary>With cipher and ephemeral key given, for vectors.</summary>
    internal static SealedRequest? Seal(KeyConfig config, HpkeAead aead, Secret32 ephemeral, ReadOnlySpan<byte> message)
    {
        byte[] bytes = new byte[Overhead + message.Length];
        WriteHeader(bytes, config.Id, aead);
        var context = HpkeBase.SetUpSender(aead, config.PublicKey.Span, ephemeral, Info(bytes.AsSpan(0, HeaderSize)), bytes.AsSpan(HeaderSize, HpkeBase.EncapsulationSize));
        if (context is null) return null;
        context.Seal([], message, bytes.AsSpan(HeaderSize + HpkeBase.EncapsulationSize));
        return new(context, aead, bytes);
    }

    /// <summary>Opens the answer to this request. Null: it is of another request, was changed, or is no answer.</summary>
    public byte[]? Open(ReadOnlySpan<byte> answer) => AnswerCipher.Open(_context, _aead, Bytes.Span.Slice(HeaderSize, HpkeBase.EncapsulationSize), answer);

    public void Dispose() => _context.Dispose();

    /// <summary>"message/bhttp request" || 0 || header.</summary>
    internal static byte[] Info(ReadOnlySpan<byte> header) => [.. "message/bhttp request"u8, 0, .. header];

    private static void WriteHeader(Span<byte> bytes, byte id, HpkeAead aead)
    {
        bytes[0] = id;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], KeyConfig.Kem);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[3..], KeyConfig.Kdf);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[5..], (ushort)aead);
    }
}
