using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;
using System.Text;
using Candor.Protocol;

namespace Candor.Shelf.Packs;

/// <summary>The greetings of one language as they travel (spec/greeting-pack.md §3): one set of entries has one encoding, and the size says little about how many there are.</summary>
/// <param name="Id">Which collection: a–z, 0–9, "-".</param>
/// <param name="Language">BCP 47.</param>
/// <param name="Version">From 1 on; a newer one replaces an older one of the same id and language.</param>
/// <param name="Entries">In the order of (occasion, kind, text).</param>
public sealed record GreetingPack(string Id, string Language, long Version, IReadOnlyList<Greeting> Entries)
{
    public const int MostEntries = 20_000;

    /// <summary>Bytes of the smallest and the largest size class.</summary>
    public const int Smallest = 16 << 10, Largest = 8 << 20;

    private const int Format = 1;
    private const int Head = 4;

    /// <summary>Puts entries into a pack: sorted, and each text once an occasion.</summary>
    /// <exception cref="ArgumentException">Id, language, version or an entry is not as the format has them, or there are too many.</exception>
    public static GreetingPack Build(string id, string language, long version, IEnumerable<Greeting> greetings)
    {
        ArgumentNullException.ThrowIfNull(greetings);
        if (!GreetingNames.IsName(id)) throw new ArgumentException($"\"{id}\" is no name of a pack: a–z, 0–9 and \"-\", at most 40.", nameof(id));
        if (!GreetingNames.IsLanguage(language)) throw new ArgumentException($"\"{language}\" is no language: write it as en, de or zh-Hans.", nameof(language));
        if (version < 1) throw new ArgumentException("A pack's version is a number from 1 on.", nameof(version));
        var seen = new HashSet<(string, string)>();
        var entries = new List<Greeting>();
        foreach (var greeting in greetings)
        {
            if (!IsGood(greeting)) throw new ArgumentException($"A greeting for {greeting.Occasion} is not fit for a pack.", nameof(greetings));
            if (seen.Add((greeting.Occasion, GreetingText.Likeness(greeting.Text)))) entries.Add(greeting);
        }
        if (entries.Count > MostEntries) throw new ArgumentException("A pack has at most 20,000 entries.", nameof(greetings));
        entries.Sort(Compare);
        return new(id, language, version, entries);
    }

    /// <summary>The bytes of the file.</summary>
    /// <exception cref="InvalidOperationException">It is larger than 8 MiB.</exception>
    public byte[] Encode()
    {
        var writer = Cbor.Writer();
        writer.WriteStartArray(5);
        writer.WriteInt32(Format);
        writer.WriteTextString(Id);
        writer.WriteTextString(Language);
        writer.WriteInt64(Version);
        writer.WriteStartArray(Entries.Count);
        foreach (var entry in Entries)
        {
            writer.WriteStartArray(5);
            writer.WriteTextString(entry.Occasion);
            writer.WriteInt32((int)entry.Kind);
            writer.WriteTextString(entry.Text);
            writer.WriteTextString(entry.Author);
            writer.WriteTextString(entry.Licence);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteEndArray();
        byte[] value = writer.Encode();
        if (ClassOf(value.Length) is not { } size) throw new InvalidOperationException("A pack has at most 8 MiB: divide it.");
        byte[] file = new byte[size];
        BinaryPrimitives.WriteUInt32BigEndian(file, (uint)value.Length);
        value.CopyTo(file, Head);
        return file;
    }

    /// <summary>Reads a pack, all of it checked. Total: false with the reason for any other bytes.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> file, [NotNullWhen(true)] out GreetingPack? pack, out string reason)
    {
        pack = null;
        reason = "The pack has no size that packs have.";
        if (file.Length is < Smallest or > Largest) return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(file.Span);
        if (length > file.Length - Head || ClassOf((int)length) != file.Length || file.Span[(Head + (int)length)..].ContainsAnyExcept((byte)0)) return false;
        reason = "The pack is not of the form that this program reads.";
        if (!Cbor.TryDecode(file.Slice(Head, (int)length), ReadValue, out var read)) return false;
        reason = "The pack's entries are not in order, not different or not fit to be sent.";
        var likenesses = new HashSet<(string, string)>();
        for (int i = 0; i < read.Entries.Count; i++)
        {
            var entry = read.Entries[i];
            if (!IsGood(entry) || (i > 0 && Compare(read.Entries[i - 1], entry) >= 0) || !likenesses.Add((entry.Occasion, GreetingText.Likeness(entry.Text)))) return false;
        }
        pack = read;
        reason = "";
        return true;
    }

    private static GreetingPack? ReadValue(CborReader reader)
    {
        if (!reader.ReadArray(5) || reader.ReadUInt(Format) != Format) return null;
        string? id = reader.ReadText(GreetingNames.LongestName), language = reader.ReadText(GreetingNames.LongestLanguage);
        if (!GreetingNames.IsName(id) || !GreetingNames.IsLanguage(language)) return null;
        long version = reader.ReadUInt(long.MaxValue);
        int count = reader.ReadCount(MostEntries);
        if (version < 1 || count < 0) return null;
        var entries = new List<Greeting>();
        for (int i = 0; i < count; i++)
        {
            if (!reader.ReadArray(5)) return null;
            string? occasion = reader.ReadText(GreetingNames.LongestName);
            long kind = reader.ReadUInt((long)GreetingKind.Holiday);
            // A scalar value is at most four bytes of UTF-8.
            string? text = reader.ReadText(4 * GreetingText.Longest), author = reader.ReadText(4 * GreetingNames.LongestAuthor), licence = reader.ReadText(4 * GreetingNames.LongestLicence);
            if (occasion is null || kind < 0 || text is null || author is null || licence is null) return null;
            entries.Add(new(occasion, (GreetingKind)kind, text, author, licence));
            reader.ReadEndArray();
        }
        reader.ReadEndArray();
        reader.ReadEndArray();
        return new(id!, language!, version, entries);
    }

    private static bool IsGood(Greeting entry) => GreetingNames.IsName(entry.Occasion) && Enum.IsDefined(entry.Kind) && GreetingText.Problem(entry.Text) is null
        && GreetingNames.IsLine(entry.Author, GreetingNames.LongestAuthor) && GreetingNames.IsLine(entry.Licence, GreetingNames.LongestLicence);

    private static int? ClassOf(int length)
    {
        for (int size = Smallest; size <= Largest; size *= 2)
        {
            if (length <= size - Head) return size;
        }
        return null;
    }

    private static int Compare(Greeting one, Greeting other)
    {
        int order = string.CompareOrdinal(one.Occasion, other.Occasion);
        if (order == 0) order = one.Kind.CompareTo(other.Kind);
        return order != 0 ? order : Encoding.UTF8.GetBytes(one.Text).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other.Text));
    }
}
