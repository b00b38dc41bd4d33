using System.Text;
using Candor.Law;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Client.PublicLog;

/// <summary>The law and the region that a server names, and the law under which kinds were turned on, held against what its log says to everybody (spec/public-log.md §2).</summary>
public sealed partial class LogVisit
{
    /// <summary>Whether what the server tells this machine of its law and region is what its log has in force.</summary>
    /// <exception cref="LogAlarmException">It tells this machine something else than everybody.</exception>
    public void CheckRules(string law, string region)
    {
        CheckRule("law", law, "the law that it works under");
        CheckRule("region", region, "where it keeps what it is given");
        CheckLaws();
    }

    /// <summary>Whether the law files that the server says it decides by are those of this program.</summary>
    private void CheckLaws()
    {
        if (Newest("laws") is not { } newest)
        {
            _findings.Add(new("laws", false, "The log does not say by which law files the server decides."));
            return;
        }
        var ours = LogEntry.Laws(newest.Entry["version"], LawBook.Files()).Files.Select(f => f.ToString()).ToHashSet();
        string[] others = [.. newest.Entry.Files.Where(f => !ours.Contains(f.ToString())).Select(f => f.Path)];
        _findings.Add(others.Length == 0
            ? new("laws", true, Number($"The law files that the server says it decides by are those of this program (entry {newest.Index})."))
            : new("laws", false, Number($"Law files that the server says it decides by are not this program's: {string.Join(", ", others)} (entry {newest.Index}). This device decides by its own; compare the two programs' versions.")));
    }

    /// <summary>Whether the law that was shown when a kind was turned on was one that the log had, and has still.</summary>
    /// <param name="consents">That are on, of all devices of the account: each kind, and the law that was shown.</param>
    public void CheckConsents(IEnumerable<(Kind Kind, string Law)> consents)
    {
        foreach (var under in consents.Distinct().GroupBy(c => c.Law, StringComparer.Ordinal))
        {
            string[] words = [.. under.Select(c => c.Kind).Order().Select(k => k.Word())];
            string kinds = words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} and {words[^1]}";
            var newest = Newest("law");
            long said = Facts.Where(f => f.Entry.IsRule("law", under.Key)).Select(f => f.Index).LastOrDefault(-1);
            _findings.Add(
                newest is null ? new("consent", false, $"You turned on {kinds} under {Law(under.Key)}; the log says nothing of a law.")
                : said < 0 ? new("consent", false, $"You turned on {kinds} under {Law(under.Key)}, and no entry of the log says that: you did so before the log spoke of laws, or that was shown to you alone. To agree anew, turn it off and on again.")
                : said == newest.Value.Index ? new("consent", true, Number($"You turned on {kinds} under {Law(under.Key)}: the log said so to everybody, and that is what is in force (entry {said})."))
                : new("consent", true, Number($"You turned on {kinds} under {Law(under.Key)}, as the log said to everybody (entry {said}). Since entry {newest.Value.Index} it is {Law(TextOf(newest.Value.Entry))}. To agree anew, turn it off and on again.")));
        }

        static string Law(string law) => law.Length == 0 ? "no law that the server named" : $"the law of {law}";
    }

    private void CheckRule(string name, string text, string what)
    {
        string told = text.Length == 0 ? $"does not say {what}" : $"says {what}: {text}";
        if (Newest(name) is not { } newest)
        {
            _findings.Add(new(name, false, $"The server {told}; its log says nothing of that."));
            return;
        }
        if (!newest.Entry.IsRule(name, text))
        {
            string others = TextOf(newest.Entry) is { Length: > 0 } logged ? $"says to everybody: {logged}" : "says to everybody that it names none";
            throw memory.Alarm(name, Number($"{_server.Authority} {(text.Length == 0 ? $"does not tell this machine {what}" : $"tells this machine {what}: {text}")}. Its log {others} (entry {newest.Index}). If its operator changed that a moment ago, verify once more."),
                Encoding.UTF8.GetBytes(text), clock.GetUtcNow(), $"served-{name}");
        }
        _findings.Add(new(name, true, Number($"The server {told}. Its log says the same to everybody, entry {newest.Index}.")));
    }

    private (long Index, LogEntry Entry)? Newest(string rule) => Facts.LastOrDefault(f => f.Entry.Type == "policy" && f.Entry["name"] == rule) is { Entry: not null } found ? found : null;

    /// <summary>What a rule's entry says; empty where it says that there is none.</summary>
    private static string TextOf(LogEntry rule) => rule.IsRule(rule["name"], "") ? "" : rule["version"];
}
