using System.Buffers.Binary;
using Candor.Hpke;

namespace Candor.Oblivious;

/// <summary>The outcome of opening a sealed request.</summary>
public enum GatewayResult
{
    Done,

    /// <summary>Fewer bytes than a header, an encapsulation and a tag.</summary>
    TooShort,

    /// <summary>Sealed to another key, or for a cipher that this key does not take: the sender fetches the configuration anew.</summary>
    UnknownKey,

    /// <summary>Changed, or never sealed to this key.</summary>
    Damaged,
}

/// <summary>A gateway's private key: opens what was sealed to it, and nothing else.</summary>
public sealed class GatewayKey : IDisposable
{
    private readonly Secret32 _private;

    /// <param name="id">Number of the key; two that are in use at once have different ones.</param>
    /// <param name="privateKey">The owner is this object from now on.</param>
    public GatewayKey(byte id, Secret32 privateKey)
    {
        _private = privateKey;
        Config = new(id, HpkeBase.PublicKeyOf(privateKey), [HpkeAead.Aes128Gcm, HpkeAead.ChaCha20Poly1305]);
    }

    /// <summary>What clients are told of it.</summary>
    public KeyConfig Config { get; }

    /// <summary>The number of the key that a request is sealed to; null: it is too short for one.</summary>
    public static byte? IdOf(ReadOnlySpan<byte> request) => request.Length < SealedRequest.Overhead ? null : request[0];

    /// <summary>Opens a request. Total.</summary>
    public GatewayResult Open(ReadOnlySpan<byte> request, out OpenedRequest? opened)
    {
        opened = null;
        if (request.Length < SealedRequest.Overhead) return GatewayResult.TooShort;
        var header = request[..SealedRequest.HeaderSize];
        var aead = (HpkeAead)BinaryPrimitives.ReadUInt16BigEndian(header[5..]);
        bool ours = header[0] == Config.Id && BinaryPrimitives.ReadUInt16BigEndian(header[1..]) == KeyConfig.Kem && BinaryPrimitives.ReadUInt16BigEndian(header[3..]) == KeyConfig.Kdf && Config.Aeads.Contains(aead);
        if (!ours) return GatewayResult.UnknownKey;
        var encapsulation = request.Slice(SealedRequest.HeaderSize, HpkeBase.EncapsulationSize);
        var context = HpkeBase.SetUpRecipient(aead, _private, encapsulation, SealedRequest.Info(header));
        if (context is null) return GatewayResult.Damaged;
        byte[] message = new byte[request.Length - SealedRequest.Overhead];
        if (context.Open([], request[(SealedRequest.HeaderSize + HpkeBase.EncapsulationSize)..], message) != HpkeResult.Done)
        {
            context.Dispose();
            return GatewayResult.Damaged;
        }
        opened = new(context, aead, encapsulation.ToArray(), message);
        return GatewayResult.Done;
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose() => _private.Dispose();
}

/// <summary>A request that was opened, and what seals its answer. For one answer; dispose it then.</summary>
public sealed class OpenedRequest : IDisposable
{
    public const string MediaType = "message/ohttp-res";

    private readonly HpkeContext _context;
    private readonly HpkeAead _aead;

    internal OpenedRequest(HpkeContext context, HpkeAead aead, byte[] encapsulation, byte[] message) => (_context, _aead, Encapsulation, Message) = (context, aead, encapsulation, message);

    /// <summary>32 bytes that no other request has, unless somebody sends this one again.</summary>
    public ReadOnlyMemory<byte> Encapsulation { get; }

    /// <summary>Binary HTTP, if its sender is honest.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>Seals the answer, so that only who made the request opens it.</summary>
    public byte[] Seal(ReadOnlySpan<byte> answer) => AnswerCipher.Seal(_context, _aead, Encapsulation.Span, null, answer);

    /// <summary>With the nonce given, for vectors.</summary>
    internal byte[] Seal(ReadOnlySpan<byte> answer, byte[] nonce) => AnswerCipher.Seal(_context, _aead, Encapsulation.Span, nonce, answer);

    public void Dispose() => _context.Dispose();
}
