using System.Formats.Cbor;

namespace Candor.Protocol;

/// <summary>Operations as CBOR arrays (spec/account-log.md §3): the numbers, the order and the bounds of every field.</summary>
internal static class OperationCbor
{
    private const int PutNumber = 1, RemoveNumber = 2, ConsentNumber = 3, HolderAddNumber = 4, HolderRemoveNumber = 5, KeyringNumber = 6,
        VaultNumber = 7, GrantNumber = 8, EraseNumber = 9, RegionNumber = 10, FoundNumber = 11, AnnounceNumber = 12, ObjectionNumber = 13;

    /// <summary>Most epochs that one kind can have lived through when it is erased.</summary>
    private const int MaxEpochs = 4096;

    public static void Write(CborWriter w, Operation operation)
    {
        switch (operation)
        {
            case Put put:
                Start(w, 8, PutNumber);
                w.WriteId(put.Record);
                w.WriteId(put.Revision);
                w.WriteUInt32(put.Epoch);
                w.WritePlaces(put.Parents);
                w.WriteHash(put.Hash);
                w.WriteInt32(put.Length);
                w.WriteStartArray(put.Blobs.Count);
                foreach (var blob in put.Blobs) w.WriteHash(blob);
                w.WriteEndArray();
                break;
            case Remove remove:
                Start(w, 3, RemoveNumber);
                w.WriteId(remove.Record);
                w.WritePlaces(remove.Parents);
                break;
            case Consent consent:
                Start(w, 5, ConsentNumber);
                w.WriteInt32((int)consent.Kind);
                w.WriteBoolean(consent.On);
                w.WriteTextString(consent.Law);
                w.WriteHash(consent.TextHash);
                break;
            case HolderAdd add:
                Start(w, 6, HolderAddNumber);
                w.WriteId(add.Keys.Id);
                w.WriteInt32((int)add.Keys.Type);
                w.WriteByteString(add.Keys.Signing.Span);
                w.WriteByteString(add.Keys.Agreement.Span);
                w.WriteByteString(add.SealedName.Span);
                break;
            case HolderRemove remove:
                Start(w, 2, HolderRemoveNumber);
                w.WriteId(remove.Holder);
                break;
            case Keyring keyring:
                Start(w, 4, KeyringNumber);
                w.WriteUInt32(keyring.Epoch);
                w.WriteStartArray(keyring.Wraps.Count);
                foreach (var wrap in keyring.Wraps)
                {
                    w.WriteStartArray(3);
                    WriteWrap(w, wrap);
                    w.WriteEndArray();
                }
                w.WriteEndArray();
                w.WriteByteString(keyring.Previous.Span);
                break;
            case Vault vault:
                Start(w, 5, VaultNumber);
                w.WriteInt32((int)vault.Kind);
                w.WriteUInt32(vault.Epoch);
                w.WriteHash(vault.Hash);
                w.WriteInt32(vault.Length);
                break;
            case Grant grant:
                Start(w, 4, GrantNumber);
                WriteWrap(w, grant.Wrap);
                break;
            case Erase erase:
                Start(w, 5, EraseNumber);
                w.WriteInt32((int)erase.Kind);
                w.WriteStartArray(erase.Epochs.Count);
                foreach (uint epoch in erase.Epochs) w.WriteUInt32(epoch);
                w.WriteEndArray();
                w.WriteInt64(erase.BlobCount);
                w.WriteHash(erase.BlobsHash);
                break;
            case Region region:
                Start(w, 3, RegionNumber);
                w.WriteTextString(region.Name);
                w.WriteTextString(region.Law);
                break;
            case Found found:
                Start(w, 2, FoundNumber);
                w.WriteId(found.Nonce);
                break;
            case Announce announce:
                Start(w, 4, AnnounceNumber);
                w.WriteId(announce.Device.Id);
                w.WriteByteString(announce.Device.Signing.Span);
                w.WriteByteString(announce.Device.Agreement.Span);
                break;
            case Objection objection:
                Start(w, 2, ObjectionNumber);
                w.WritePlace(objection.Announcement);
                break;
            default:
                throw new ArgumentException($"{operation.GetType().Name} is not an operation of the account log.", nameof(operation));
        }
        w.WriteEndArray();
    }

    /// <summary>One operation, or null where its form is wrong. Throws what the CBOR reader throws; <see cref="Cbor.TryDecode"/> catches it.</summary>
    public static Operation? Read(CborReader r)
    {
        if (r.ReadStartArray() is not { } fields || fields < 1) return null;
        Operation? operation = (r.ReadUInt(ObjectionNumber), fields) switch
        {
            (PutNumber, 8) => ReadPut(r),
            (RemoveNumber, 3) => r.TryReadId(out var record) && ReadPlaces(r) is { } parents ? new Remove(record, parents) : null,
            (ConsentNumber, 5) => ReadConsent(r),
            (HolderAddNumber, 6) => ReadHolderAdd(r),
            (HolderRemoveNumber, 2) => r.TryReadId(out var holder) ? new HolderRemove(holder) : null,
            (KeyringNumber, 4) => ReadKeyring(r),
            (VaultNumber, 5) => ReadVault(r),
            (GrantNumber, 4) => ReadWrap(r) is { } wrap ? new Grant(wrap) : null,
            (EraseNumber, 5) => ReadErase(r),
            (RegionNumber, 3) => r.ReadText(Limits.Text) is { } name && r.ReadText(Limits.Text) is { } law ? new Region(name, law) : null,
            (AnnounceNumber, 4) => ReadAnnounce(r),
            (ObjectionNumber, 2) => r.ReadPlace() is { } place ? new Objection(place) : null,
            (FoundNumber, 2) => r.TryReadId(out var nonce) ? new Found(nonce) : null,
            _ => null,
        };
        if (operation is not null) r.ReadEndArray();
        return operation;
    }

    private static void Start(CborWriter w, int fields, int number)
    {
        w.WriteStartArray(fields);
        w.WriteInt32(number);
    }

    private static Put? ReadPut(CborReader r)
    {
        if (!r.TryReadId(out var record) || !r.TryReadId(out var revision)) return null;
        long epoch = r.ReadUInt(uint.MaxValue);
        if (epoch < 1 || ReadPlaces(r) is not { } parents || !r.TryReadHash(out var hash)) return null;
        long length = r.ReadUInt(Limits.SealedRecord);
        if (length < Limits.SmallestSealed || ReadBlobs(r) is not { } blobs) return null;
        return new(record, revision, (uint)epoch, parents, hash, (int)length, blobs);
    }

    private static Hash32[]? ReadBlobs(CborReader r)
    {
        int count = r.ReadCount(Limits.BlobsPerPut);
        if (count < 0) return null;
        var blobs = count == 0 ? [] : new Hash32[count];
        for (int i = 0; i < count; i++)
        {
            if (!r.TryReadHash(out blobs[i]) || (i > 0 && blobs[i - 1].CompareTo(blobs[i]) >= 0)) return null;
        }
        r.ReadEndArray();
        return blobs;
    }

    private static Place[]? ReadPlaces(CborReader r)
    {
        int count = r.ReadCount(Limits.Parents);
        if (count < 0) return null;
        var places = count == 0 ? [] : new Place[count];
        for (int i = 0; i < count; i++)
        {
            if (r.ReadPlace() is not { } place || (i > 0 && places[i - 1] >= place)) return null;
            places[i] = place;
        }
        r.ReadEndArray();
        return places;
    }

    private static Consent? ReadConsent(CborReader r)
    {
        if (!Kinds.TryParse(r.ReadUInt(byte.MaxValue), out var kind)) return null;
        bool on = r.ReadBoolean();
        return r.ReadText(Limits.Text) is { } law && r.TryReadHash(out var hash) ? new(kind, on, law, hash) : null;
    }

    private static HolderAdd? ReadHolderAdd(CborReader r)
    {
        if (!r.TryReadId(out var id)) return null;
        long type = r.ReadUInt((int)HolderType.People);
        if (type < 1) return null;
        if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } signing) return null;
        if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } agreement) return null;
        if (r.ReadBytes(0, Limits.HolderName) is not { } name) return null;
        var keys = new HolderKeys((HolderType)type, signing, agreement);
        return keys.Id == id ? new(keys, name) : null;
    }

    private static Announce? ReadAnnounce(CborReader r)
    {
        if (!r.TryReadId(out var id)) return null;
        if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } signing) return null;
        if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } agreement) return null;
        var keys = new HolderKeys(HolderType.Device, signing, agreement);
        return keys.Id == id ? new(keys) : null;
    }

    private static void WriteWrap(CborWriter w, Wrap wrap)
    {
        w.WriteId(wrap.Holder);
        w.WriteInt32(wrap.Suite);
        w.WriteByteString(wrap.Bytes.Span);
    }

    private static Wrap? ReadWrap(CborReader r)
    {
        if (!r.TryReadId(out var holder)) return null;
        long suite = r.ReadUInt(byte.MaxValue);
        // A later suite's wrap is longer (X-Wing: 1,120 + 48); suite 1 has one length.
        if (suite < 1 || r.ReadBytes(Limits.Wrap, 2048) is not { } bytes || (suite == 1 && bytes.Length != Limits.Wrap)) return null;
        return new(holder, (byte)suite, bytes);
    }

    private static Keyring? ReadKeyring(CborReader r)
    {
        long epoch = r.ReadUInt(uint.MaxValue);
        int count = r.ReadCount(Limits.LiveHolders);
        if (epoch < 1 || count < 1) return null;
        var wraps = new Wrap[count];
        for (int i = 0; i < count; i++)
        {
            if (!r.ReadArray(3) || ReadWrap(r) is not { } wrap || (i > 0 && wraps[i - 1].Holder >= wrap.Holder)) return null;
            wraps[i] = wrap;
            r.ReadEndArray();
        }
        r.ReadEndArray();
        if (r.ReadBytes(0, Limits.SealedKey) is not { } previous || previous.Length is not (0 or Limits.SealedKey)) return null;
        return new((uint)epoch, wraps, previous);
    }

    private static Vault? ReadVault(CborReader r)
    {
        if (!Kinds.TryParse(r.ReadUInt(byte.MaxValue), out var kind)) return null;
        long epoch = r.ReadUInt(uint.MaxValue);
        if (epoch < 1 || !r.TryReadHash(out var hash)) return null;
        long length = r.ReadUInt(Limits.SealedKey);
        return length >= 0 ? new(kind, (uint)epoch, hash, (int)length) : null;
    }

    private static Erase? ReadErase(CborReader r)
    {
        if (!Kinds.TryParse(r.ReadUInt(byte.MaxValue), out var kind)) return null;
        int count = r.ReadCount(MaxEpochs);
        if (count < 1) return null;
        var epochs = new uint[count];
        for (int i = 0; i < count; i++)
        {
            long epoch = r.ReadUInt(uint.MaxValue);
            if (epoch < 1 || (i > 0 && epochs[i - 1] >= epoch)) return null;
            epochs[i] = (uint)epoch;
        }
        r.ReadEndArray();
        long blobs = r.ReadUInt(long.MaxValue);
        return blobs >= 0 && r.TryReadHash(out var hash) ? new(kind, epochs, blobs, hash) : null;
    }
}
