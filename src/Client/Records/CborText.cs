using System.Formats.Cbor;
using Candor.Protocol;

namespace Candor.Client.Records;

/// <summary>A value of the CBOR profile as plain objects: long, string, bool, byte[], null, object?[] and <see cref="RecordView"/>.</summary>
internal static class CborText
{
    /// <summary>Keys of a map are shorter (spec/ids.md §3.4).</summary>
    public const int LongestKey = 23;

    /// <summary>Reads one value. Throws what the CBOR reader throws; <see cref="Cbor.TryDecode"/> catches it.</summary>
    public static object? Read(CborReader r, int depth)
    {
        if (depth > Cbor.MaxDepth) throw new CborContentException("Nested too deeply.");
        switch (r.PeekState())
        {
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger: return r.ReadInt64();
            case CborReaderState.TextString: return r.ReadText(int.MaxValue) ?? throw new CborContentException("Not UTF-8.");
            case CborReaderState.ByteString: return r.ReadByteString();
            case CborReaderState.Boolean: return r.ReadBoolean();
            case CborReaderState.Null:
                r.ReadNull();
                return null;
            case CborReaderState.StartArray:
                int count = r.ReadCount(r.BytesRemaining);
                if (count < 0) throw new CborContentException("An array longer than its bytes.");
                var items = new object?[count];
                for (int i = 0; i < count; i++) items[i] = Read(r, depth + 1);
                r.ReadEndArray();
                return items;
            case CborReaderState.StartMap: return ReadMap(r, depth + 1);
            default: throw new CborContentException("Outside the profile.");
        }
    }

    public static RecordView ReadMap(CborReader r, int depth)
    {
        if (r.ReadStartMap() is not { } count || count > r.BytesRemaining) throw new CborContentException("A map longer than its bytes.");
        var view = new RecordView();
        for (int i = 0; i < count; i++)
        {
            string key = r.ReadText(LongestKey) ?? throw new CborContentException("A key of 24 bytes or more.");
            view.Set(key, Read(r, depth));
        }
        r.ReadEndMap();
        return view;
    }

    public static void Write(CborWriter w, object? value)
    {
        switch (value)
        {
            case null: w.WriteNull(); break;
            case long number: w.WriteInt64(number); break;
            case string text: w.WriteTextString(text); break;
            case bool flag: w.WriteBoolean(flag); break;
            case byte[] bytes: w.WriteByteString(bytes); break;
            case object?[] items:
                w.WriteStartArray(items.Length);
                foreach (object? item in items) Write(w, item);
                w.WriteEndArray();
                break;
            case RecordView view: WriteMap(w, view); break;
            default: throw new ArgumentException($"{value.GetType().Name} has no place in a record.", nameof(value));
        }
    }

    /// <summary>A view stands in the profile's order already, so that the writer need not sort.</summary>
    public static void WriteMap(CborWriter w, RecordView view)
    {
        w.WriteStartMap(view.Count);
        foreach (ref readonly var item in view.Span)
        {
            w.WriteTextString(item.Key);
            Write(w, item.Value);
        }
        w.WriteEndMap();
    }

    /// <summary>True where both encode to the same bytes.</summary>
    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (long a, long b) => a == b,
        (string a, string b) => a == b,
        (bool a, bool b) => a == b,
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        (object?[] a, object?[] b) => a.Length == b.Length && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second)),
        (RecordView a, RecordView b) => a.Count == b.Count && a.Zip(b).All(pair => pair.First.Key == pair.Second.Key && AreEqual(pair.First.Value, pair.Second.Value)),
        _ => false,
    };
}
