using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Candor.Audit.Bodies;
using Candor.Audit.Messages;

namespace Candor.Audit.Compare;

/// <summary>A place of a request whose value another identifier changed, and nothing else did.</summary>
/// <param name="Request">"POST https://host/path".</param>
/// <param name="Place">The field, parameter or path in the body.</param>
/// <param name="Length">Bytes of the value in the first recording.</param>
/// <param name="Controlled">A third recording with the same identifier had the same value: chance and time are ruled out. Else it was the same in every request of each recording, no more.</param>
public sealed record DependentSlot(string Request, string Place, int Length, bool Controlled);

/// <summary>The values that requests carry, by their places; kept as hashes. Two recordings that differ in one identifier show where it goes, however it is ciphered.</summary>
/// <remarks>
/// Black-box differential analysis (A. Continella et al., "Obfuscation-Resilient Privacy Leak Detection for Mobile Apps Through Differential Analysis", NDSS 2017): what depends on the
/// identifier changes with it; what is random or of the time changes always, and a repeated recording tells them apart.
/// </remarks>
public sealed class SlotBook
{
    private const int MaxSlots = 200_000, MaxValues = 4, LeastLength = 8, MaxLeaves = 2_000;

    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private readonly Dictionary<(string Request, string Place), Slot> _slots = [];

    private sealed class Slot
    {
        public List<ulong> Values { get; } = [];

        public int Length { get; set; }

        public int Count { get; set; }

        public bool IsTime { get; set; }
    }

    /// <summary>Has a run tell its bodies.</summary>
    /// <param name="run">Of the recording.</param>
    /// <param name="same">Of the recording that this one is compared with: hashes are only alike under the same salt.</param>
    public SlotBook(MessageRun run, SlotBook? same = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (same is not null) _salt = same._salt;
        run.Decoded = (tree, place, request) => Take(tree, place, request);
    }

    /// <summary>Slots whose one value in the first recording is another one in the second.</summary>
    /// <param name="other">The recording with another identifier.</param>
    /// <param name="repeated">A recording with the same identifier again; null: there is none.</param>
    public IReadOnlyList<DependentSlot> DependsOnWhatChanged(SlotBook other, SlotBook? repeated = null)
    {
        ArgumentNullException.ThrowIfNull(other);
        List<DependentSlot> found = [];
        foreach (var (key, slot) in _slots)
        {
            if (!other._slots.TryGetValue(key, out var theirs) || slot.IsTime || slot.Values.Count != 1 || theirs.Values.Count != 1 || slot.Values[0] == theirs.Values[0]) continue;
            bool controlled = repeated?._slots.TryGetValue(key, out var again) == true && again.Values.Count == 1;
            if (controlled && repeated!._slots[key].Values[0] != slot.Values[0]) continue; // It differs by itself.
            if (!controlled && (slot.Count < 2 || theirs.Count < 2)) continue;
            found.Add(new(key.Request, key.Place, slot.Length, controlled));
        }
        return [.. found.OrderByDescending(f => f.Controlled).ThenBy(f => f.Request, StringComparer.Ordinal).ThenBy(f => f.Place, StringComparer.Ordinal)];
    }

    private void Take(BodyTree tree, Place place, string request)
    {
        if (request.Length == 0) request = $"{place.Part} to {place.Conversation.Name ?? place.Conversation.Server.ToString()}";
        if (place.Part == "head")
        {
            Head(request, Encoding.Latin1.GetString(tree.Root.Bytes.Span));
            return;
        }
        int leaves = 0;
        foreach (var view in tree.All)
        {
            if (view.Form == "json") Json(request, view, ref leaves);
            else if (view.Views.Count == 0 && leaves++ < MaxLeaves) Add(request, view.Chain.Length == 0 ? place.Part : view.Chain, view.Bytes.Span);
        }
    }

    private void Head(string request, string head)
    {
        foreach (string line in head.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal), query = line.IndexOf('?', StringComparison.Ordinal);
            if (line[0] is '/' || line.StartsWith("http", StringComparison.Ordinal) && query > 0)
            {
                foreach (string pair in query < 0 ? [] : line[(query + 1)..].Split('&'))
                {
                    int equals = pair.IndexOf('=', StringComparison.Ordinal);
                    if (equals > 0) Add(request, $"query {pair[..equals]}", Encoding.Latin1.GetBytes(pair[(equals + 1)..]));
                }
            }
            else if (colon > 0) Add(request, $"field {line[..colon]}", Encoding.Latin1.GetBytes(line[(colon + 2)..]));
        }
    }

    private void Json(string request, BodyView view, ref int leaves)
    {
        var bytes = view.Bytes.Span;
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowMultipleValues = true });
        var path = new List<string>();
        string key = "";
        try
        {
            while (reader.Read() && leaves < MaxLeaves)
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName: key = Encoding.UTF8.GetString(reader.ValueSpan); break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray: path.Add(key); key = ""; break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray when path.Count > 0: path.RemoveAt(path.Count - 1); break;
                    case JsonTokenType.String or JsonTokenType.Number:
                        leaves++;
                        Add(request, $"{view.Chain} {string.Join('.', path.Where(p => p.Length > 0).Append(key))}".Trim(), reader.ValueSpan);
                        break;
                }
            }
        }
        catch (JsonException)
        {
            return; // The decoder took it for JSON to its end; what it let pass is no slot.
        }
    }

    private void Add(string request, string place, ReadOnlySpan<byte> value)
    {
        if (value.Length < LeastLength) return;
        if (!_slots.TryGetValue((request, place), out var slot))
        {
            if (_slots.Count >= MaxSlots) return;
            _slots[(request, place)] = slot = new() { Length = value.Length };
        }
        slot.Count++;
        slot.IsTime |= IsTime(value);
        Span<byte> hash = stackalloc byte[32];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(_salt);
        sha.AppendData(value);
        sha.GetHashAndReset(hash);
        ulong known = BitConverter.ToUInt64(hash);
        if (slot.Values.Count < MaxValues && !slot.Values.Contains(known)) slot.Values.Add(known);
    }

    /// <summary>Seconds or milliseconds since 1970 of this century, or a date.</summary>
    private static bool IsTime(ReadOnlySpan<byte> value)
    {
        if (value.Length > 40) return false;
        string text = Encoding.ASCII.GetString(value);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is (> 9e8 and < 5e9) or (> 9e11 and < 5e12) || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }
}
