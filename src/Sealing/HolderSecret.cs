using System.Buffers.Binary;
using Candor.Hpke;
using Candor.Protocol;
using NSec.Cryptography;

namespace Candor.Sealing;

/// <summary>A holder's two private keys: it signs commits and requests, and opens the root key that was sealed to it.</summary>
/// <remarks>Safe for several threads until it is disposed. Source: spec/keys.md §2.</remarks>
public sealed class HolderSecret : IDisposable
{
    private readonly Secret32 _seed;
    private readonly Secret32 _agreement;
    private readonly Key _signing;

    private HolderSecret(HolderType type, Secret32 seed, Secret32 agreement)
    {
        _seed = seed;
        _agreement = agreement;
        _signing = Key.Import(SignatureAlgorithm.Ed25519, seed.Bytes, KeyBlobFormat.RawPrivateKey);
        Keys = new(type, _signing.PublicKey.Export(KeyBlobFormat.RawPublicKey), HpkeBase.PublicKeyOf(agreement));
    }

    /// <summary>The public half.</summary>
    public HolderKeys Keys { get; }

    public Id Id => Keys.Id;

    /// <summary>A new device's keys, from the operating system's generator.</summary>
    public static HolderSecret GenerateDevice() => new(HolderType.Device, Secret32.Generate(), Secret32.Generate());

    /// <summary>The keys that the 24 words stand for: the same words give the same holder, anywhere.</summary>
    public static HolderSecret FromPhrase(RecoveryPhrase phrase)
    {
        ArgumentNullException.ThrowIfNull(phrase);
        return new(HolderType.Phrase, Hkdf.Derive(phrase.Entropy, "candor/v1 phrase sign"u8), Hkdf.Derive(phrase.Entropy, "candor/v1 phrase agree"u8));
    }

    /// <summary>The keys that a password and an account secret stand for together. Takes 64 MiB and some tenths of a second.</summary>
    /// <exception cref="ArgumentException">The password has characters that are not printable ASCII, or none.</exception>
    public static HolderSecret FromPassword(AccountSecret secret, ReadOnlySpan<char> password)
    {
        ArgumentNullException.ThrowIfNull(secret);
        using Secret32 key = PasswordKey.Derive(secret, password);
        return new(HolderType.Password, Hkdf.Derive(key, "candor/v1 password sign"u8), Hkdf.Derive(key, "candor/v1 password agree"u8));
    }

    /// <summary>The keys that people's shares together stand for.</summary>
    internal static HolderSecret FromPeople(Secret32 secret) =>
        new(HolderType.People, Hkdf.Derive(secret, "candor/v1 people sign"u8), Hkdf.Derive(secret, "candor/v1 people agree"u8));

    /// <summary>Keys as <see cref="Export"/> wrote them. Null for keys of all zeros.</summary>
    /// <param name="type">As it was.</param>
    /// <param name="bytes">64: Ed25519 seed, X25519 private key. The caller clears its copy.</param>
    public static HolderSecret? Import(HolderType type, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 2 * Secret32.Size) throw new ArgumentException($"A holder's keys are {2 * Secret32.Size} bytes.", nameof(bytes));
        Secret32 seed = new(bytes[..Secret32.Size]), agreement = new(bytes[Secret32.Size..]);
        if (!seed.IsZero() && !agreement.IsZero()) return new(type, seed, agreement);
        seed.Dispose();
        agreement.Dispose();
        return null;
    }

    /// <summary>64 secret bytes, for the device's own key file. Clear them after use.</summary>
    public void Export(Span<byte> destination)
    {
        _seed.Bytes.CopyTo(destination);
        _agreement.Bytes.CopyTo(destination[Secret32.Size..]);
    }

    /// <summary>An Ed25519 signature, 64 bytes. What is signed begins with a label of its own, so that one signature never serves another purpose.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message) => SignatureAlgorithm.Ed25519.Sign(_signing, message);

    /// <summary>The commit signed: an encoded leaf.</summary>
    public byte[] Sign(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        byte[] body = commit.Encode();
        using var signed = new SignedCommit(body);
        return new Leaf(body, Sign(signed.Bytes)).Encode();
    }

    /// <summary>The root key of an epoch, sealed to <paramref name="holder"/>; null if its agreement key is of small order.</summary>
    public static Wrap? WrapRootKey(Secret32 rootKey, Id account, uint epoch, HolderKeys holder)
    {
        ArgumentNullException.ThrowIfNull(rootKey);
        ArgumentNullException.ThrowIfNull(holder);
        Span<byte> info = stackalloc byte[WrapInfoLength];
        WriteWrapInfo(info, account, epoch, holder.Id);
        byte[] wrap = new byte[Limits.Wrap];
        var result = HpkeBase.Seal(HpkeBase.X25519Aes256Gcm, holder.Agreement.Span, info, [], rootKey.Bytes, wrap);
        return result == HpkeResult.Done ? new(holder.Id, HpkeBase.X25519Aes256Gcm, wrap) : null;
    }

    /// <summary>Opens what <see cref="WrapRootKey"/> made for this holder, account and epoch; null for anything else.</summary>
    public Secret32? OpenRootKey(Wrap wrap, Id account, uint epoch)
    {
        ArgumentNullException.ThrowIfNull(wrap);
        if (wrap.Holder != Id || wrap.Bytes.Length != Limits.Wrap) return null;
        Span<byte> info = stackalloc byte[WrapInfoLength];
        WriteWrapInfo(info, account, epoch, Id);
        Secret32 rootKey = Secret32.Blank(out Span<byte> bytes);
        if (HpkeBase.Open(wrap.Suite, _agreement, info, [], wrap.Bytes.Span, bytes) == HpkeResult.Done && !rootKey.IsZero()) return rootKey;
        rootKey.Dispose();
        return null;
    }

    /// <summary>This holder's side of an HPKE exchange that someone began to its agreement key; null where the encapsulation is none.</summary>
    internal HpkeContext? SetUpRecipient(ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> info)
    {
        HpkeBase.SetUpRecipient(HpkeBase.X25519Aes256Gcm, _agreement, encapsulation, info, out var context);
        return context;
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose()
    {
        _signing.Dispose();
        _seed.Dispose();
        _agreement.Dispose();
    }

    // "candor/v1 root key" (18), 0x00, account, epoch, holder.
    private const int WrapInfoLength = 19 + Id.Size + sizeof(uint) + Id.Size;

    private static void WriteWrapInfo(Span<byte> info, Id account, uint epoch, Id holder)
    {
        "candor/v1 root key\0"u8.CopyTo(info);
        account.CopyTo(info[19..]);
        BinaryPrimitives.WriteUInt32BigEndian(info[(19 + Id.Size)..], epoch);
        holder.CopyTo(info[(19 + Id.Size + sizeof(uint))..]);
    }
}
