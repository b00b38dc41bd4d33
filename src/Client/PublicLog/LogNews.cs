using System.Globalization;
using Candor.Log;

namespace Candor.Client.PublicLog;

/// <summary>Something that a log has said since this machine's last visit.</summary>
/// <param name="Index">Of the entry.</param>
/// <param name="Entry">The entry itself, on one line.</param>
/// <param name="Words">The same in plain words.</param>
public sealed record LogNews(long Index, string Entry, string Words)
{
    /// <param name="index">Of the entry.</param>
    /// <param name="entry">What is new.</param>
    /// <param name="before">What the log had said until then.</param>
    internal static LogNews Of(long index, LogEntry entry, IReadOnlyList<(long Index, LogEntry Entry)> before) => new(index, entry.ToString(), entry.Type switch
    {
        "release" => $"a program was published: {entry["name"]} {entry["version"]} ({Files(entry)})",
        "web" => $"a web app was published: {entry["name"]} {entry["version"]} ({Files(entry)})",
        "shelf" => $"new on the shelf: {entry["name"]}",
        "policy" when entry["name"] is "law" or "region" => Rule(entry, before),
        "policy" when entry["name"] == LogVisit.KeysEntry => before.Any(f => f.Entry.Type == "policy" && f.Entry["name"] == LogVisit.KeysEntry) ? "requests through a relay are sealed to another key from here on" : "a key for requests through a relay begins",
        "policy" when entry["name"] == "laws" => $"the files of laws by which the server decides, as of {entry["version"]} ({Files(entry)}){Changed(entry, before)}",
        "policy" => $"rules were published: {entry["name"]} {entry["version"]} ({Files(entry)})",
        "key" => Key(entry),
        "heartbeat" => entry["statement"] == "none" ? $"a sign of life of {entry["day"]}, without words" : $"the operator says on {entry["day"]}: {entry["statement"]}",
        _ => entry.ToString(),
    });

    /// <summary>A law or region, and what it was before: a change is what a monitor is for.</summary>
    private static string Rule(LogEntry entry, IReadOnlyList<(long Index, LogEntry Entry)> before)
    {
        string name = entry["name"];
        var old = before.LastOrDefault(f => f.Entry.Type == "policy" && f.Entry["name"] == name).Entry;
        string now = entry.IsRule(name, "") ? $"the server names no {name}" : $"the server's {name} is: {entry["version"]}";
        return old is null || old.ToString() == entry.ToString() ? now : $"CHANGED: {now}; before: {(old.IsRule(name, "") ? "none" : old["version"])}";
    }

    /// <summary>Which files are others than in the newest entry of that name before.</summary>
    private static string Changed(LogEntry entry, IReadOnlyList<(long Index, LogEntry Entry)> before)
    {
        if (before.LastOrDefault(f => f.Entry.Type == entry.Type && f.Entry["name"] == entry["name"]).Entry is not { } old) return "";
        var changed = entry.Files.Except(old.Files).Concat(old.Files.Except(entry.Files)).Select(f => f.Path).Distinct().Order(StringComparer.Ordinal).ToList();
        return changed.Count == 0 ? "" : $"; CHANGED: {string.Join(", ", changed)}";
    }

    private static string Key(LogEntry entry)
    {
        string role = entry["role"] switch
        {
            "log" => "the log",
            "checkpoint" => "the histories that devices get",
            "shelf" => "the shelf",
            _ => "a witness",
        };
        return entry["old"] == "none" ? $"a key signs {role} from here on: {entry["new"]}"
            : entry["new"] == "none" ? $"a key of {role} ended: {entry["old"]}"
            : $"the key of {role} hands over to {entry["new"]}; before: {entry["old"]}";
    }

    private static string Files(LogEntry entry) => entry.Files.Count() is var count && count == 1 ? "1 file" : string.Create(CultureInfo.InvariantCulture, $"{count} files");
}
