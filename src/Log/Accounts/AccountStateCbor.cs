using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>An <see cref="AccountState"/> as bytes, for a server's database and a client's store. It never travels, so it has no page in spec/.</summary>
internal static class AccountStateCbor
{
    private const int Version = 1;

    /// <summary>With an announcement: one more position.</summary>
    private const int VersionWithAnnouncement = 2;

    /// <summary>More than any log can hold: bounds what a damaged store can make us allocate.</summary>
    private const int MaxItems = 1 << 16;

    public static byte[] Encode(AccountState state)
    {
        var facts = state.Facts;
        var w = Cbor.Writer();
        w.WriteStartArray(facts.Announced is null ? 10 : 11);
        w.WriteInt32(facts.Announced is null ? Version : VersionWithAnnouncement);
        w.WriteId(state.Account);
        w.WriteByteString(state.Tree.ToBytes());
        w.WriteUInt32(facts.Epoch);
        w.WriteTextString(facts.Region);
        w.WriteTextString(facts.Law);
        w.WriteTime(facts.LatestTime);
        w.WriteStartArray(facts.Holders.Count);
        foreach (var holder in facts.Holders.Values.OrderBy(h => h.Added)) WriteHolder(w, holder);
        w.WriteEndArray();
        w.WriteStartArray(facts.Vaults.Count);
        foreach (var (kind, vault) in facts.Vaults.OrderBy(v => v.Key)) WriteVault(w, kind, vault);
        w.WriteEndArray();
        w.WriteStartArray(facts.PreviousRootKeys.Count);
        foreach (var (epoch, key) in facts.PreviousRootKeys)
        {
            w.WriteStartArray(2);
            w.WriteUInt32(epoch);
            w.WriteByteString(key.Span);
            w.WriteEndArray();
        }
        w.WriteEndArray();
        if (facts.Announced is { } announced)
        {
            w.WriteStartArray(5);
            w.WriteId(announced.By);
            w.WriteByteString(announced.Device.Signing.Span);
            w.WriteByteString(announced.Device.Agreement.Span);
            w.WritePlace(announced.Place);
            w.WriteTime(announced.Time);
            w.WriteEndArray();
        }
        w.WriteEndArray();
        return w.Encode();
    }

    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out AccountState? state) => Cbor.TryDecode(bytes, Read, out state);

    private static AccountState? Read(CborReader r)
    {
        int? fields = r.ReadStartArray();
        if (fields is not (10 or 11) || r.ReadUInt64() != (ulong)(fields == 10 ? Version : VersionWithAnnouncement) || !r.TryReadId(out var account)) return null;
        if (!CompactRange.TryParse(r.ReadDefiniteLengthByteString().Span, out var tree)) return null;
        long epoch = r.ReadUInt(uint.MaxValue);
        if (epoch < 0 || r.ReadText(Limits.Text) is not { } region || r.ReadText(Limits.Text) is not { } law || r.ReadTime() is not { } latest) return null;

        var holders = ImmutableDictionary.CreateBuilder<Id, Holder>();
        // Each list ascends, as it is written: a state has one encoding.
        int count = r.ReadCount(MaxItems);
        Place? lastAdded = null;
        for (int i = 0; i < count; i++)
        {
            if (ReadHolder(r) is not { } holder || holders.ContainsKey(holder.Id) || (lastAdded is { } last && holder.Added.CompareTo(last) <= 0)) return null;
            lastAdded = holder.Added;
            holders[holder.Id] = holder;
        }
        r.ReadEndArray();

        var vaults = ImmutableDictionary.CreateBuilder<Kind, VaultState>();
        count = r.ReadCount(Kinds.All.Count);
        var lastKind = Kind.None;
        for (int i = 0; i < count; i++)
        {
            if (ReadVault(r, out var kind) is not { } vault || kind <= lastKind) return null;
            lastKind = kind;
            vaults[kind] = vault;
        }
        r.ReadEndArray();

        var previous = ImmutableSortedDictionary.CreateBuilder<uint, ReadOnlyMemory<byte>>();
        count = r.ReadCount(MaxItems);
        uint lastEpoch = 0;
        for (int i = 0; i < count; i++)
        {
            if (!r.ReadArray(2)) return null;
            uint of = r.ReadUInt32();
            if (i > 0 && of <= lastEpoch) return null;
            lastEpoch = of;
            previous[of] = r.ReadByteString();
            r.ReadEndArray();
        }
        r.ReadEndArray();
        Announcement? announced = null;
        if (fields == 11 && (announced = ReadAnnouncement(r)) is null) return null;
        r.ReadEndArray();
        return new(account, tree, new()
        {
            Announced = announced,
            Epoch = (uint)epoch,
            Region = region,
            Law = law,
            LatestTime = latest,
            Holders = holders.ToImmutable(),
            Vaults = vaults.ToImmutable(),
            PreviousRootKeys = previous.ToImmutable(),
        });
    }

    private static Announcement? ReadAnnouncement(CborReader r)
    {
        if (!r.ReadArray(5) || !r.TryReadId(out var by)) return null;
        if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } signing || r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } agreement) return null;
        if (r.ReadPlace() is not { } place || r.ReadTime() is not { } time) return null;
        r.ReadEndArray();
        return new(by, new(HolderType.Device, signing, agreement), place, time);
    }

    private static void WriteHolder(CborWriter w, Holder holder)
    {
        w.WriteStartArray(10 + Kinds.All.Count);
        w.WriteInt32((int)holder.Keys.Type);
        w.WriteByteString(holder.Keys.Signing.Span);
        w.WriteByteString(holder.Keys.Agreement.Span);
        w.WriteByteString(holder.SealedName.Span);
        w.WriteUInt32(holder.AddedEpoch);
        w.WritePlace(holder.Added);
        if (holder.Removed is { } removed) w.WritePlace(removed);
        else w.WriteNull();
        w.WriteInt64(holder.LastSeq);
        w.WriteTime(holder.LastTime);
        if (holder.Wrap is { } wrap)
        {
            w.WriteStartArray(2);
            w.WriteInt32(wrap.Suite);
            w.WriteByteString(wrap.Bytes.Span);
            w.WriteEndArray();
        }
        else
        {
            w.WriteNull();
        }
        foreach (var kind in Kinds.All) WriteConsent(w, holder.ConsentFor(kind));
        w.WriteEndArray();
    }

    private static Holder? ReadHolder(CborReader r)
    {
        if (!r.ReadArray(10 + Kinds.All.Count)) return null;
        long type = r.ReadUInt((int)HolderType.People);
        if (type < 1 || r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } signing) return null;
        if (r.ReadBytes(HolderKeys.KeySize, HolderKeys.KeySize) is not { } agreement || r.ReadBytes(0, Limits.HolderName) is not { } name) return null;
        uint epoch = r.ReadUInt32();
        if (r.ReadPlace() is not { } added) return null;
        Place? removed = null;
        if (IsNull(r)) r.ReadNull();
        else removed = r.ReadPlace();
        long seq = r.ReadInt64();
        if (r.ReadTime() is not { } time) return null;
        var keys = new HolderKeys((HolderType)type, signing, agreement);
        Wrap? wrap = null;
        if (IsNull(r))
        {
            r.ReadNull();
        }
        else
        {
            if (!r.ReadArray(2)) return null;
            long suite = r.ReadUInt(byte.MaxValue);
            wrap = new(keys.Id, (byte)Math.Max(0, suite), r.ReadByteString());
            r.ReadEndArray();
        }
        var holder = new Holder
        {
            Keys = keys,
            SealedName = name,
            AddedEpoch = epoch,
            Added = added,
            Removed = removed,
            LastSeq = seq,
            LastTime = time,
            Wrap = wrap,
        };
        foreach (var kind in Kinds.All) holder = holder.With(kind, ReadConsent(r));
        r.ReadEndArray();
        return holder;
    }

    private static void WriteConsent(CborWriter w, ConsentState? consent)
    {
        if (consent is null)
        {
            w.WriteNull();
            return;
        }
        w.WriteStartArray(4);
        w.WriteBoolean(consent.On);
        w.WriteTextString(consent.Law);
        w.WriteHash(consent.TextHash);
        w.WritePlace(consent.Place);
        w.WriteEndArray();
    }

    private static ConsentState? ReadConsent(CborReader r)
    {
        if (IsNull(r))
        {
            r.ReadNull();
            return null;
        }
        if (!r.ReadArray(4)) throw new CborContentException("A consent is an array of four.");
        bool on = r.ReadBoolean();
        string law = r.ReadTextString();
        if (!r.TryReadHash(out var hash) || r.ReadPlace() is not { } place) throw new CborContentException("A consent has a hash and a place.");
        r.ReadEndArray();
        return new(on, law, hash, place);
    }

    private static void WriteVault(CborWriter w, Kind kind, VaultState vault)
    {
        w.WriteStartArray(3);
        w.WriteInt32((int)kind);
        w.WriteInt64(vault.ErasedAt);
        w.WriteStartArray(vault.Keys.Count);
        foreach (var (epoch, hash) in vault.Keys)
        {
            w.WriteStartArray(2);
            w.WriteUInt32(epoch);
            w.WriteHash(hash);
            w.WriteEndArray();
        }
        w.WriteEndArray();
        w.WriteEndArray();
    }

    private static VaultState? ReadVault(CborReader r, out Kind kind)
    {
        kind = Kind.None;
        if (!r.ReadArray(3) || !Kinds.TryParse(r.ReadInt64(), out kind)) return null;
        long erasedAt = r.ReadInt64();
        int count = r.ReadCount(MaxItems);
        if (count < 0) return null;
        var keys = new (uint, Hash32)[count];
        for (int i = 0; i < count; i++)
        {
            if (!r.ReadArray(2)) return null;
            uint epoch = r.ReadUInt32();
            if (!r.TryReadHash(out var hash)) return null;
            keys[i] = (epoch, hash);
            r.ReadEndArray();
        }
        r.ReadEndArray();
        r.ReadEndArray();
        return new(keys, erasedAt);
    }

    private static bool IsNull(CborReader r) => r.PeekState() == CborReaderState.Null;
}
