using System.Text;
using Candor.Law;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Client.PublicLog;

/// <summary>The law and the region that a server names, the law under which kinds were turned on, and the files of laws by which it decides, held against what its log says to everybody (spec/public-log.md §2).</summary>
public sealed partial class LogVisit
{
    private const string Laws = "laws";

    /// <summary>Whether what the server tells this machine of its law and region is what its log has in force.</summary>
    /// <exception cref="LogAlarmException">It tells this machine something else than everybody.</exception>
    public void CheckRules(string law, string region)
    {
        CheckRule("law", law, "works under the law of", "under which law it works");
        CheckRule("region", region, "keeps what it is given in", "where it keeps what it is given");
    }

    /// <summary>Whether the files of laws by which the server decides are the ones that this program shows (candor law).</summary>
    public void CheckLawFiles()
    {
        if (Newest(Laws) is not { } newest)
        {
            _findings.Add(new(Laws, false, "The log says nothing of the files of laws by which the server decides."));
            return;
        }
        var others = newest.Entry.Files.Where(f => !IsOurs(f)).Select(f => f.Path).Union(LawBook.Files.Keys.Except(newest.Entry.Files.Select(f => f.Path))).Order(StringComparer.Ordinal).ToList();
        _findings.Add(others.Count == 0
            ? new(Laws, true, Number($"The server says to everybody that it decides by the same {LawBook.Files.Count} files of laws as this program shows (candor law), entry {newest.Index}."))
            : new(Laws, false, Number($"The files of laws by which the server says that it decides are not all those of this program: {string.Join(", ", others)} (entry {newest.Index}). One of the two may be older.")));
    }

    /// <summary>Whether the law that was shown when a kind was turned on is one that the log has: its file, or the law that the server named then.</summary>
    /// <param name="consents">That are on, of all devices of the account: each kind, and the law that was shown.</param>
    public void CheckConsents(IEnumerable<(Kind Kind, string Law)> consents)
    {
        foreach (var under in consents.Distinct().GroupBy(c => c.Law, StringComparer.Ordinal))
        {
            string law = under.Key;
            string[] words = [.. under.Select(c => c.Kind).Order().Select(k => k.Word())];
            string kinds = words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} and {words[^1]}";
            string turnedOn = $"{char.ToUpperInvariant(kinds[0])}{kinds[1..]} {(words.Length == 1 ? "was" : "were")} turned on under {(law.Length == 0 ? "no law that was named" : $"the law of {law}")}";
            var (server, files) = (Newest("law"), Newest(Laws));
            string since = server is { } now && !now.Entry.IsRule("law", law) ? Number($" The server itself names {(TextOf(now.Entry) is { Length: > 0 } other ? other : "no law")} now (entry {now.Index}).") : "";
            long said = Facts.Where(f => f.Entry.IsRule("law", law)).Select(f => f.Index).LastOrDefault(-1);
            _findings.Add(LawBook.Find(law) is { } known && files is { } all
                ? all.Entry.Files.Any(f => f.Path == LawBook.FileOf(known) && IsOurs(f))
                    ? new("consent", true, Number($"{turnedOn}. The file of that law which this program shows is in the log, as the one by which the server decides (entry {all.Index}).{since}"))
                    : new("consent", false, Number($"{turnedOn}. Of that law the server decides by another file than this program shows (entry {all.Index}); one of the two may be older. What this one shows: candor law {law}{since}"))
                : said >= 0 ? new("consent", true, Number($"{turnedOn}, as the log said to everybody (entry {said}).{since}"))
                : new("consent", false, $"{turnedOn}, and no entry of the log says that: it was before the log spoke of laws, or was shown here alone.{since}"));
        }
    }

    private static bool IsOurs(LogFile file) => LawBook.Files.TryGetValue(file.Path, out byte[]? bytes) && file.Size == bytes.Length && file.Hash == Hash32.Of(bytes);

    private void CheckRule(string name, string text, string says, string what)
    {
        string told = text.Length == 0 ? $"does not say {what}" : $"says that it {says}: {text}";
        if (Newest(name) is not { } newest)
        {
            _findings.Add(new(name, false, $"The server {told}. Its log says nothing of that."));
            return;
        }
        if (!newest.Entry.IsRule(name, text))
        {
            string logged = TextOf(newest.Entry) is { Length: > 0 } other ? $"it {says}: {other}" : $"it does not say {what}";
            throw memory.Alarm(name, Number($"What {_server.Authority} tells this machine is not what its log says to everybody. Here it {told}. In the log, entry {newest.Index}: {logged}. If its operator changed that a moment ago, verify once more."),
                Encoding.UTF8.GetBytes(text), clock.GetUtcNow(), $"served-{name}");
        }
        _findings.Add(new(name, true, Number($"The server {told}. Its log says the same to everybody, entry {newest.Index}.")));
    }

    private (long Index, LogEntry Entry)? Newest(string rule) => Facts.LastOrDefault(f => f.Entry.Type == "policy" && f.Entry["name"] == rule) is { Entry: not null } found ? found : null;

    /// <summary>What a rule's entry says; empty where it says that there is none.</summary>
    private static string TextOf(LogEntry rule) => rule.IsRule(rule["name"], "") ? "" : rule["version"];
}
