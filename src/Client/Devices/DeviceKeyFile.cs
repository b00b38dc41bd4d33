using System.Formats.Cbor;
using System.Security.Cryptography;
using Candor.Client.Pairing;
using Candor.Hpke;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Devices;

/// <summary>What a device cannot lose: its keys, its account, and its server with the key that checks it.</summary>
/// <remarks>
/// A file that only its owner can read: a CBOR array [1, Ed25519 seed || X25519 key (64), store key (32), account (16), server address, server vkey, the head that the approving
/// device handed over (text, empty: it came by another way)]. The store key seals what the device keeps for itself, with roles "local/…" (spec/sealing.md).
/// </remarks>
internal sealed class DeviceKeyFile(HolderSecret me, Secret32 storeKey, Id account, Uri server, NoteVerifierKey serverKey, TrustedHead? expected = null) : IDisposable
{
    private const int Version = 1;
    private const int KeysLength = 2 * Secret32.Size;
    private const int LongestText = 2048;
    private const long LongestFile = 16 << 10;

    public HolderSecret Me => me;

    public Secret32 StoreKey => storeKey;

    public Id Account => account;

    public Uri Server => server;

    public NoteVerifierKey ServerKey => serverKey;

    public TrustedHead? Expected => expected;

    /// <summary>The same with secrets of its own.</summary>
    public DeviceKeyFile Copy()
    {
        byte[] keys = GC.AllocateArray<byte>(KeysLength, pinned: true);
        Me.Export(keys);
        var copy = new DeviceKeyFile(HolderSecret.Import(HolderType.Device, keys)!, new(StoreKey.Bytes), Account, Server, ServerKey, Expected);
        CryptographicOperations.ZeroMemory(keys);
        return copy;
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose()
    {
        me.Dispose();
        storeKey.Dispose();
    }

    public void Write(string path)
    {
        byte[] keys = GC.AllocateArray<byte>(KeysLength, pinned: true);
        byte[] bytes = [];
        try
        {
            Me.Export(keys);
            var w = Cbor.Writer();
            w.WriteStartArray(7);
            w.WriteInt32(Version);
            w.WriteByteString(keys);
            w.WriteByteString(StoreKey.Bytes);
            w.WriteId(Account);
            w.WriteTextString(Server.AbsoluteUri);
            w.WriteTextString(ServerKey.ToString());
            w.WriteTextString(Expected?.ToString() ?? "");
            w.WriteEndArray();
            bytes = w.Encode();
            w.Reset();
            DurableFile.Write(path, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keys);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <exception cref="DeviceException">It is not there, or not what <see cref="Write"/> wrote.</exception>
    public static DeviceKeyFile Read(string path)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: <= LongestFile }) throw Damaged(path, null);
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceException($"The device's keys in {path} cannot be read: {e.Message}", e);
        }
        try
        {
            return Cbor.TryDecode(bytes, Decode, out var read) ? read : throw Damaged(path, null);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static DeviceKeyFile? Decode(CborReader r)
    {
        if (!r.ReadArray(7) || r.ReadUInt64() != Version) return null;
        byte[]? keys = r.ReadBytes(KeysLength, KeysLength);
        byte[]? store = r.ReadBytes(Secret32.Size, Secret32.Size);
        try
        {
            if (keys is null || store is null || !r.TryReadId(out var account)) return null;
            if (r.ReadText(LongestText) is not { } address || !Uri.TryCreate(address, UriKind.Absolute, out var server)) return null;
            if (r.ReadText(LongestText) is not { } vkey || !NoteVerifierKey.TryParse(vkey, out var serverKey, out _)) return null;
            if (r.ReadText(LongestText) is not { } head) return null;
            TrustedHead? trusted = null;
            if (head.Length > 0 && !TrustedHead.TryParse(head, out trusted)) return null;
            r.ReadEndArray();
            return HolderSecret.Import(HolderType.Device, keys) is { } me ? new(me, new(store), account, server, serverKey, trusted) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keys);
            CryptographicOperations.ZeroMemory(store);
        }
    }

    private static DeviceException Damaged(string path, Exception? inner) =>
        new($"{path} does not hold a device's keys any more. Restore it from a copy, or move the folder away and join again: candor recover SERVER, with the 24 words.", inner);
}
