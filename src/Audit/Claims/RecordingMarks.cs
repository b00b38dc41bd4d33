using System.Globalization;
using Candor.Audit.Captures;
using Candor.Audit.Messages;
using Candor.Audit.Search;

namespace Candor.Audit.Claims;

/// <summary>Consents that a person marked in the recording itself: by a name that the phone looked up or a page that it asked for while recording, or by a comment in a pcapng file.</summary>
/// <remarks>
/// Names: candor-mark-consent-PURPOSE.invalid, candor-mark-withdraw-PURPOSE.invalid (RFC 6761: nobody can ever have them), also with a domain of the network behind; without "-PURPOSE" it is everything. Pages: the same first label as the path, at any host.
/// Comments: "candor: consent PURPOSE given", "candor: consent PURPOSE withdrawn" (also on, off), of a packet at its time; any may end with "at 2026-11-25T10:00:00Z"; else one of a section or an interface holds from the file's first packet on.
/// Only what the phone sent counts. Whoever can send from the phone, its maker too, can make such a name, and whoever has the file such a comment: they prove nothing by themselves (<see cref="Consents"/>).
/// </remarks>
public static class RecordingMarks
{
    /// <summary>Of a purpose, as it is read in a name: letters, digits and hyphens.</summary>
    private const int LongestPurpose = 40;

    private const string Given = "candor-mark-consent", Withdrawn = "candor-mark-withdraw";

    /// <summary>All of them, by their time. What says again what holds already is left out: a browser looks a name up several times.</summary>
    /// <param name="captures">Of files with packets; null: there were none.</param>
    /// <param name="book">What was asked for.</param>
    public static IReadOnlyList<ConsentMark> Of(AuditResult? captures, SightingBook book)
    {
        ArgumentNullException.ThrowIfNull(book);
        List<ConsentMark> all = [];
        foreach (var request in book.Marks.Where(r => r.IsSent && r.Origin.Time > 0))
        {
            if (TryReadName(request.Url, out bool given, out string purpose)) all.Add(Mark(request.Origin.Time, given, purpose, request.Origin.Frame > 0 ? $"packet {Text(request.Origin.Frame)}" : "a request", request.Conversation.File));
        }
        foreach (var (file, comment) in captures?.Comments ?? [])
        {
            if (!TryReadComment(comment.Text, out bool given, out string purpose, out var said)) continue;
            long first = captures!.Files.FirstOrDefault(f => f.Name == file)?.First ?? 0;
            long time = said is { } when ? Dumps.DumpTime.Of(when) : comment.Time > 0 ? comment.Time : first;
            if (time > 0) all.Add(Mark(time, given, purpose, comment.Frame > 0 ? $"a comment on packet {Text(comment.Frame)}" : "a comment", file));
        }
        Dictionary<string, bool> state = [];
        List<ConsentMark> marks = [];
        foreach (var mark in all.OrderBy(m => m.Time).ThenBy(m => m.Purpose, StringComparer.Ordinal))
        {
            if (state.TryGetValue(mark.Purpose, out bool before) && before == mark.Given) continue;
            state[mark.Purpose] = mark.Given;
            marks.Add(mark);
        }
        return marks;
    }

    /// <summary>Reads a name that was looked up, or an address of a page.</summary>
    public static bool TryReadName(string url, out bool given, out string purpose)
    {
        ArgumentNullException.ThrowIfNull(url);
        (given, purpose) = (false, "");
        int scheme = url.IndexOf("://", StringComparison.Ordinal), path = scheme < 0 ? -1 : url.IndexOf('/', scheme + 3);
        var label = path < 0 ? url.AsSpan(scheme < 0 ? 0 : scheme + 3) : url.AsSpan(path + 1);
        if (path < 0)
        {
            int dot = label.IndexOf('.');
            // "invalid" is the last label or has only the network's own domain behind it.
            if (dot < 0 || !(label[(dot + 1)..].TrimEnd('.') is var rest && (rest.Equals("invalid", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("invalid.", StringComparison.OrdinalIgnoreCase)))) return false;
            label = label[..dot];
        }
        label = label.TrimEnd('/');
        given = label.StartsWith(Given, StringComparison.OrdinalIgnoreCase);
        if (!given && !label.StartsWith(Withdrawn, StringComparison.OrdinalIgnoreCase)) return false;
        label = label[(given ? Given : Withdrawn).Length..];
        if (label.Length == 0) return true;
        return label[0] == '-' && TryPurpose(label[1..], out purpose);
    }

    /// <summary>Reads a comment.</summary>
    /// <param name="text">Of the comment.</param>
    /// <param name="given">Or withdrawn.</param>
    /// <param name="purpose">Empty: everything.</param>
    /// <param name="time">That it names; null: none.</param>
    public static bool TryReadComment(string text, out bool given, out string purpose, out DateTimeOffset? time)
    {
        ArgumentNullException.ThrowIfNull(text);
        (given, purpose, time) = (false, "", null);
        if (!CaptureComment.IsMeant(text)) return false;
        string[] words = text[CaptureComment.Prefix.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is [.., "at", var at])
        {
            if (!DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read)) return false;
            (time, words) = (read, words[..^2]);
        }
        if (words is not (["consent", _] or ["consent", _, _])) return false;
        switch (words[^1])
        {
            case "given" or "on": given = true; break;
            case "withdrawn" or "off": break;
            default: return false;
        }
        return words.Length == 2 || TryPurpose(words[1], out purpose);
    }

    private static bool TryPurpose(ReadOnlySpan<char> text, out string purpose)
    {
        purpose = "";
        if (text.Length is 0 or > LongestPurpose) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }
        purpose = text.ToString().ToLowerInvariant();
        return true;
    }

    private static ConsentMark Mark(long time, bool given, string purpose, string where, string file) =>
        new(DateTimeOffset.UnixEpoch.AddTicks(time / 100), given, purpose, 0) { From = $"{where} of the recording {file}", InRecording = true };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
