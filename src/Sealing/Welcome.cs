using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Candor.Hpke;
using Candor.Protocol;
using NSec.Cryptography;

namespace Candor.Sealing;

/// <summary>What the approving device tells a new one: where the account's log stood when it let it in, and what checks the server's word.</summary>
/// <param name="account">The account.</param>
/// <param name="size">Of the log that the approver verified, with the commit that adds the new device.</param>
/// <param name="root">Of that log.</param>
/// <param name="serverKey">The vkey of the server's checkpoints, as the approver first learned it.</param>
/// <param name="approver">Who says so.</param>
/// <remarks>
/// Sealed to the new device and signed by the approver: the server knows every message of the pairing and could seal one of its own. Both are bound to the
/// transcript, and so to the words that a person compared. Source: spec/pairing.md §1.
/// </remarks>
public sealed class Welcome(Id account, long size, Hash32 root, string serverKey, Id approver)
{
    public Id Account => account;

    public long Size => size;

    public Hash32 Root => root;

    public string ServerKey => serverKey;

    public Id Approver => approver;

    public const int Version = 1;

    private const int LongestServerKey = 1024;

    private static ReadOnlySpan<byte> SignatureLabel => "candor/v1 welcome\0"u8;

    private static ReadOnlySpan<byte> ExporterContext => "welcome"u8;

    /// <summary>The message for the letter box; null if the new device's agreement key is of small order.</summary>
    /// <param name="newDevice">To whom.</param>
    /// <param name="transcript">Of the pairing.</param>
    /// <param name="approver">Whose id is <see cref="Approver"/>.</param>
    public byte[]? Seal(HolderKeys newDevice, in Hash32 transcript, HolderSecret approver)
    {
        ArgumentNullException.ThrowIfNull(newDevice);
        using Secret32 ephemeral = Secret32.Generate();
        byte[] salt = new byte[Cobblestone.SaltSize];
        RandomNumberGenerator.Fill(salt);
        return Seal(newDevice, transcript, approver, ephemeral, salt);
    }

    /// <summary>With the ephemeral key and the salt given, for vectors.</summary>
    internal byte[]? Seal(HolderKeys newDevice, in Hash32 transcript, HolderSecret approver, Secret32 ephemeral, ReadOnlySpan<byte> salt)
    {
        ArgumentNullException.ThrowIfNull(approver);
        byte[] encapsulation = new byte[HpkeBase.EncapsulationSize];
        using var exchange = HpkeBase.SetUpSender(HpkeAead.Aes256Gcm, newDevice.Agreement.Span, ephemeral, Info(transcript), encapsulation);
        if (exchange is null) return null;
        using var key = exchange.ExportSecret(ExporterContext);
        byte[] letter = EncodeLetter();
        var w = Cbor.Writer();
        w.WriteStartArray(2);
        w.WriteByteString(letter);
        w.WriteByteString(approver.Sign(SignedBytes(transcript, letter)));
        w.WriteEndArray();
        byte[] plain = w.Encode();
        byte[] padded = new byte[Padding.PaddedRecordLength(plain.Length)];
        plain.CopyTo(padded, 0);
        Padding.Pad(padded, plain.Length);
        byte[] sealedLetter = new byte[Cobblestone.SealedLength(padded.Length)];
        Cobblestone.SealWithSalt(key, Context(Account, newDevice.Id), salt, padded, sealedLetter);
        w = Cbor.Writer();
        w.WriteStartArray(3);
        w.WriteInt32(Version);
        w.WriteByteString(encapsulation);
        w.WriteByteString(sealedLetter);
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Opens a welcome. Total: false for anything that the holder of the offer's keys did not write for this device in this pairing.</summary>
    /// <param name="message">From the letter box.</param>
    /// <param name="me">The new device.</param>
    /// <param name="offer">The offer that is part of the transcript.</param>
    /// <param name="transcript">Of the pairing.</param>
    /// <param name="welcome">What it says.</param>
    public static bool TryOpen(ReadOnlyMemory<byte> message, HolderSecret me, PairingOffer offer, in Hash32 transcript, [NotNullWhen(true)] out Welcome? welcome)
    {
        ArgumentNullException.ThrowIfNull(me);
        ArgumentNullException.ThrowIfNull(offer);
        welcome = null;
        if (!TryDecodeEnvelope(message, out var envelope)) return false;
        using var exchange = me.SetUpRecipient(envelope.Item1, Info(transcript));
        if (exchange is null || Cobblestone.PlainLength(envelope.Item2.Length) is not { } length) return false;
        using var key = exchange.ExportSecret(ExporterContext);
        byte[] padded = new byte[length];
        if (Cobblestone.Open(key, Context(offer.Account, me.Id), envelope.Item2, padded, out _) != OpenResult.Opened) return false;
        if (!Padding.TryUnpad(padded, out int plain) || !TryDecodeSigned(padded.AsMemory(0, plain), out var signed)) return false;
        bool written = PublicKey.TryImport(SignatureAlgorithm.Ed25519, offer.Approver.Signing.Span, KeyBlobFormat.RawPublicKey, out var signing)
            && SignatureAlgorithm.Ed25519.Verify(signing!, SignedBytes(transcript, signed.Item1), signed.Item2);
        if (!written || !TryDecodeLetter(signed.Item1, out var read)) return false;
        if (read.Account != offer.Account || read.Approver != offer.Approver.Id) return false;
        welcome = read;
        return true;
    }

    private byte[] EncodeLetter()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(6);
        w.WriteInt32(Version);
        w.WriteId(Account);
        w.WriteInt64(Size);
        w.WriteHash(Root);
        w.WriteTextString(ServerKey);
        w.WriteId(Approver);
        w.WriteEndArray();
        return w.Encode();
    }

    private static bool TryDecodeLetter(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Welcome? welcome) => Cbor.TryDecode(bytes, r =>
    {
        if (!r.ReadArray(6) || r.ReadUInt64() != Version || !r.TryReadId(out var account)) return null;
        long size = r.ReadUInt(long.MaxValue);
        if (size < 1 || !r.TryReadHash(out var root) || r.ReadText(LongestServerKey) is not { } key || !r.TryReadId(out var approver)) return null;
        r.ReadEndArray();
        return new Welcome(account, size, root, key, approver);
    }, out welcome);

    private static bool TryDecodeEnvelope(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Tuple<byte[], byte[]>? envelope)
    {
        envelope = null;
        return bytes.Length <= PairingRules.LongestMessage && Cbor.TryDecode(bytes, r =>
        {
            if (!r.ReadArray(3) || r.ReadUInt64() != Version) return null;
            var encapsulation = r.ReadBytes(HpkeBase.EncapsulationSize, HpkeBase.EncapsulationSize);
            var sealedLetter = r.ReadBytes(Limits.SmallestSealed, PairingRules.LongestMessage);
            r.ReadEndArray();
            return encapsulation is null || sealedLetter is null ? null : Tuple.Create(encapsulation, sealedLetter);
        }, out envelope);
    }

    private static bool TryDecodeSigned(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Tuple<byte[], byte[]>? signed) => Cbor.TryDecode(bytes, r =>
    {
        if (!r.ReadArray(2)) return null;
        var letter = r.ReadBytes(1, PairingRules.LongestMessage);
        var signature = r.ReadBytes(Leaf.SignatureSize, Leaf.SignatureSize);
        r.ReadEndArray();
        return letter is null || signature is null ? null : Tuple.Create(letter, signature);
    }, out signed);

    private static byte[] Info(in Hash32 transcript) => [.. "candor/v1 pairing\0"u8, .. transcript.AsSpan()];

    private static byte[] Context(Id account, Id newDevice) => SealingContext.Of(account, Kind.None, newDevice, Id.Zero, 0, SealingContext.Welcome);

    private static byte[] SignedBytes(in Hash32 transcript, ReadOnlySpan<byte> letter) => [.. SignatureLabel, .. transcript.AsSpan(), .. letter];
}
