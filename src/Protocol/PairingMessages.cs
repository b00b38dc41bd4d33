using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>What the approving device shows of itself (spec/pairing.md §1): the account, its keys, and a nonce that it sends before it sees the other's.</summary>
/// <param name="Account">Where the new device is to join.</param>
/// <param name="Approver">Keys of a device of the account.</param>
/// <param name="Nonce">32 random bytes.</param>
public sealed record PairingOffer(Id Account, HolderKeys Approver, ReadOnlyMemory<byte> Nonce)
{
    public byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(6);
        w.WriteInt32(PairingRules.Version);
        w.WriteId(Account);
        w.WriteId(Approver.Id);
        w.WriteByteString(Approver.Signing.Span);
        w.WriteByteString(Approver.Agreement.Span);
        w.WriteByteString(Nonce.Span);
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Total. False also where the holder's id is not that of a device with these keys.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out PairingOffer? offer)
    {
        offer = null;
        return bytes.Length <= PairingRules.LongestMessage && Cbor.TryDecode(bytes, r =>
        {
            if (!r.ReadArray(6) || r.ReadUInt64() != PairingRules.Version || !r.TryReadId(out var account) || !r.TryReadId(out var id)) return null;
            if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } signing || r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } agreement) return null;
            if (r.ReadBytes(PairingRules.NonceSize, PairingRules.NonceSize) is not { } nonce) return null;
            r.ReadEndArray();
            var keys = new HolderKeys(HolderType.Device, signing, agreement);
            return keys.Id == id ? new PairingOffer(account, keys, nonce) : null;
        }, out offer);
    }
}

/// <summary>What the new device committed to (spec/pairing.md §1): its keys, its nonce and its name.</summary>
/// <param name="Keys">The new device's own.</param>
/// <param name="Nonce">32 random bytes.</param>
/// <param name="Name">At most <see cref="PairingRules.LongestName"/> bytes of UTF-8 without control characters. Chosen by a stranger until the words were compared.</param>
public sealed record PairingReveal(HolderKeys Keys, ReadOnlyMemory<byte> Nonce, string Name)
{
    public byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(6);
        w.WriteInt32(PairingRules.Version);
        w.WriteInt32((int)Keys.Type);
        w.WriteByteString(Keys.Signing.Span);
        w.WriteByteString(Keys.Agreement.Span);
        w.WriteByteString(Nonce.Span);
        w.WriteTextString(Name);
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Total.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out PairingReveal? reveal)
    {
        reveal = null;
        return bytes.Length <= PairingRules.LongestMessage && Cbor.TryDecode(bytes, r =>
        {
            if (!r.ReadArray(6) || r.ReadUInt64() != PairingRules.Version) return null;
            long type = r.ReadUInt((long)HolderType.Passkey);
            if (type < (long)HolderType.Device) return null;
            if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } signing || r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } agreement) return null;
            if (r.ReadBytes(PairingRules.NonceSize, PairingRules.NonceSize) is not { } nonce || r.ReadText(PairingRules.LongestName) is not { } name) return null;
            r.ReadEndArray();
            return PairingRules.IsName(name) ? new PairingReveal(new((HolderType)type, signing, agreement), nonce, name) : null;
        }, out reveal);
    }
}

/// <summary>The four messages of a pairing as they were sent; null: not yet. The answer to GET /v1/pairings/&lt;code&gt;.</summary>
public sealed record PairingMessages(Hash32 Commitment, ReadOnlyMemory<byte>? Offer, ReadOnlyMemory<byte>? Reveal, ReadOnlyMemory<byte>? Welcome)
{
    /// <summary>Total. The messages are not looked into.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out PairingMessages? messages) => Cbor.TryDecode(bytes, r =>
    {
        if (!r.ReadArray(4) || !r.TryReadHash(out var commitment)) return null;
        var sent = new ReadOnlyMemory<byte>?[3];
        for (int i = 0; i < sent.Length; i++)
        {
            if (r.PeekState() == System.Formats.Cbor.CborReaderState.Null) r.ReadNull();
            else if (r.ReadBytes(1, PairingRules.LongestMessage) is { } message) sent[i] = message;
            else return null;
        }
        r.ReadEndArray();
        return new PairingMessages(commitment, sent[0], sent[1], sent[2]);
    }, out messages);
}

/// <summary>The answer to POST /v1/pairings.</summary>
/// <param name="Code">Nine digits.</param>
/// <param name="Expires">Unix seconds, by the server's clock.</param>
public sealed record PairingTicket(string Code, long Expires);
