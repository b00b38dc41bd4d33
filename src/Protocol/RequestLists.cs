using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>The two lists that requests carry (spec/http-api.md §3): places of payloads, and names of blobs. At most <see cref="Limits.ListItems"/> of either.</summary>
public static class RequestLists
{
    public static byte[] EncodePlaces(IReadOnlyCollection<Place> places)
    {
        var w = Cbor.Writer();
        w.WritePlaces(places);
        return w.Encode();
    }

    /// <summary>Total. Any order, doubles too.</summary>
    public static bool TryDecodePlaces(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Place[]? places) => Cbor.TryDecode(bytes, r =>
    {
        int count = r.ReadCount(Limits.ListItems);
        if (count < 0) return null;
        var read = new Place[count];
        for (int i = 0; i < count; i++)
        {
            if (r.ReadPlace() is not { } place) return null;
            read[i] = place;
        }
        r.ReadEndArray();
        return read;
    }, out places);

    public static byte[] EncodeNames(IReadOnlyCollection<Hash32> names)
    {
        var w = Cbor.Writer();
        w.WriteStartArray(names.Count);
        foreach (var name in names) w.WriteHash(name);
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Total. Any order, doubles too.</summary>
    public static bool TryDecodeNames(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Hash32[]? names) => Cbor.TryDecode(bytes, r =>
    {
        int count = r.ReadCount(Limits.ListItems);
        if (count < 0) return null;
        var read = new Hash32[count];
        for (int i = 0; i < count; i++)
        {
            if (!r.TryReadHash(out read[i])) return null;
        }
        r.ReadEndArray();
        return read;
    }, out names);
}
