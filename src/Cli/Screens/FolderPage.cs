using System.Text.Json;
using Candor.Client.Folder;
using Candor.Protocol;

namespace Candor.Cli.Screens;

/// <summary>What a run over a folder did, or what a look at it found: for a person, for a program, and as an exit code.</summary>
internal static class FolderPage
{
    /// <summary>Items of one reason on a screen; a file or a pipe gets them all.</summary>
    private const int OnScreen = 5;

    /// <summary>"142 of 142 safe, 0 unexplained", the kinds, and everything that is not safe with its reason.</summary>
    public static void Show(Session session, FolderReport report)
    {
        session.Write(w => Write(w, report));
        if (session.Json) return;
        var on = report.Kinds.Where(k => k.On).ToList();
        session.Say($"{Summary(report)}\n");
        var table = Screen.Table("Kind", "Safe", "This run");
        foreach (var kind in report.Kinds) table.Row(kind.Kind.Word(), kind.On ? $"{Wording.Count(kind.Safe)} of {Wording.Count(kind.Seen)}" : "off", kind.On ? Changes(kind) : "");
        Screen.Show(session.Terminal, table);
        List(session, "Not safe, and why", [.. on.SelectMany(k => k.Troubles)]);
        if (!session.Quiet) List(session, "To note", [.. on.SelectMany(k => k.Notes)]);
        foreach (var erase in report.Announced)
        {
            session.Say($"\n\"{Wording.Plain(erase.Device)}\" will erase all {erase.Kind.Word()} of this account, on the server and for every device, a day after it said so. If that is not meant: candor devices revoke \"{Wording.Plain(erase.Device)}\"");
        }
        foreach (var device in report.Silent)
        {
            session.Say($"\n\"{Wording.Plain(device.Name)}\" was {(device.LastHeard is { } heard ? $"last heard {Wording.Ago(heard, session.Clock)}" : "never heard")}. If it is in use, the server may be hiding what it writes: compare candor devices on both.");
        }
        if (report.Coming is { } coming)
        {
            session.Say($"\nPeople with shares of this account say that they will let the device {coming.Device.ToString()[..8]} in, on {Wording.When(coming.At, session.Clock)}. If that is not you, object before then: candor people object");
        }
        foreach (var restored in report.Restored)
        {
            string when = restored.At.LocalDateTime.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);
            session.Say(restored.Lost == 0 ? $"\nThe server was put back to a backup ({when}). It lost nothing that this device knew of."
                : $"\nThe server was put back to a backup ({when}) and had lost {Wording.Count(restored.Lost, "change")} that this device knew of. They were put back{(restored.Shorter ? "; what it showed is kept as evidence in alarms/ of this device's home" : "")}.");
        }
        if (report.Back is { } back) session.Say($"\n{BackSentence(session, back)}");
        if (report.BytesSent > 0) session.Say($"\n{Wording.Bytes(report.BytesSent)} sent in {Wording.Lasted(report.Took)}.");
    }

    /// <summary>Whether the loss of every device is survived, and what to do where it is not.</summary>
    private static string BackSentence(Session session, WaysBack back) => back switch
    {
        { Words: false } => "NOT safe against the loss of all your devices: the 24 words were removed from the account, and words alone count.",
        { WordsTyped: null } => "NOT safe against the loss of all your devices yet: the 24 words were never typed back, so nobody knows that they were written down. Type them once: candor words check",
        { WordsTyped: { } typed } => $"If you lose all your devices, the 24 words bring this account back (last typed {Wording.Ago(typed, session.Clock)}){(back.Password ? ", and so does the password with its account secret" : "")}{(back.People is { } people ? $"; so do {people} people, three days after they say so" : "")}.",
    };

    /// <summary>"142 of 142 safe, 0 unexplained".</summary>
    public static string Summary(FolderReport report) =>
        $"{Wording.Count(report.Kinds.Sum(k => k.Safe))} of {Wording.Count(report.Kinds.Sum(k => k.Seen))} safe, {Wording.Count(report.Kinds.Sum(k => k.Unexplained))} unexplained";

    /// <summary>The same of a run that wrote the account's records into a folder: what counts is what came.</summary>
    public static void ShowWritten(Session session, FolderReport report, string folder)
    {
        session.Write(w => Write(w, report));
        if (session.Json) return;
        var on = report.Kinds.Where(k => k.On).ToList();
        session.Say($"{Wording.Count(on.Sum(k => k.Received), "file")} written to {Path.GetFullPath(folder)} in {Wording.Lasted(report.Took)}.\n");
        var table = Screen.Table("Kind", ">Written");
        foreach (var kind in on) table.Row(kind.Kind.Word(), Wording.Count(kind.Received));
        Screen.Show(session.Terminal, table);
        List(session, "Not written, and why", [.. on.SelectMany(k => k.Troubles)]);
        if (!session.Quiet) List(session, "To note", [.. on.SelectMany(k => k.Notes)]);
    }

    public static int ExitCodeOf(FolderReport report) =>
        report.Held.Count > 0 ? ExitCode.Held
        : report.Kinds.Any(k => k.Troubles.Count > 0 || k.Unexplained > 0) ? ExitCode.SomeTroubles
        : ExitCode.Done;

    private static string Changes(KindReport kind)
    {
        var parts = new List<string>();
        if (kind.Sent > 0) parts.Add($"{Wording.Count(kind.Sent)} sent");
        if (kind.Received > 0) parts.Add($"{Wording.Count(kind.Received)} received");
        if (kind.Merged > 0) parts.Add($"{Wording.Count(kind.Merged)} merged");
        if (kind.Removed > 0) parts.Add($"{Wording.Count(kind.Removed)} removed");
        return string.Join(", ", parts);
    }

    /// <summary>Each reason once, and under it the items that share it.</summary>
    internal static void List(Session session, string title, IReadOnlyList<Trouble> troubles)
    {
        if (troubles.Count == 0) return;
        session.Say($"\n{title}");
        foreach (var alike in troubles.GroupBy(t => t.Reason))
        {
            session.Say($"  {Wording.Plain(alike.Key)}");
            int shown = session.Terminal.OutSeen ? OnScreen : int.MaxValue;
            foreach (var trouble in alike.Take(shown)) session.Say($"      {Wording.Plain(trouble.Item)}");
            if (alike.Count() > shown) session.Say($"      … and {Wording.Count(alike.Count() - shown)} more: into a file, or with --json, all are listed");
        }
    }

    internal static void Write(Utf8JsonWriter w, FolderReport report)
    {
        w.WriteNumber("seen"u8, report.Kinds.Sum(k => k.Seen));
        w.WriteNumber("safe"u8, report.Kinds.Sum(k => k.Safe));
        w.WriteNumber("unexplained"u8, report.Kinds.Sum(k => k.Unexplained));
        w.WriteNumber("bytesSent"u8, report.BytesSent);
        w.WriteNumber("seconds"u8, Math.Round(report.Took.TotalSeconds, 3));
        w.WriteRows("kinds"u8, report.Kinds, (row, kind) =>
        {
            row.WriteString("kind"u8, kind.Kind.Word());
            row.WriteBoolean("on"u8, kind.On);
            row.WriteNumber("seen"u8, kind.Seen);
            row.WriteNumber("safe"u8, kind.Safe);
            row.WriteNumber("unexplained"u8, kind.Unexplained);
            row.WriteNumber("sent"u8, kind.Sent);
            row.WriteNumber("received"u8, kind.Received);
            row.WriteNumber("merged"u8, kind.Merged);
            row.WriteNumber("removed"u8, kind.Removed);
            Write(row, "troubles"u8, kind.Troubles);
            Write(row, "notes"u8, kind.Notes);
        });
        w.WriteRows("held"u8, report.Held, (row, held) =>
        {
            row.WriteString("kind"u8, held.Kind.Word());
            row.WriteNumber("count"u8, held.Count);
            row.WriteNumber("of"u8, held.OfRecords);
            row.WriteBoolean("fromElsewhere"u8, held.FromElsewhere);
        });
        w.WriteRows("announced"u8, report.Announced, (row, erase) =>
        {
            row.WriteString("erase"u8, erase.Kind.Word());
            row.WriteString("by"u8, erase.Device);
        });
        w.WriteRows("silent"u8, report.Silent, (row, device) =>
        {
            row.WriteString("name"u8, device.Name);
            if (device.LastHeard is { } heard) row.WriteString("lastHeard"u8, heard);
        });
        if (report.Coming is { } coming)
        {
            w.WriteStartObject("coming"u8);
            w.WriteString("device"u8, coming.Device.ToString());
            w.WriteString("at"u8, coming.At);
            w.WriteEndObject();
        }
        if (report.Back is not { } back) return;
        w.WriteStartObject("recovery"u8);
        w.WriteBoolean("safe"u8, back.IsSafe);
        w.WriteString("words"u8, !back.Words ? "none" : back.WordsTyped is null ? "unchecked" : "checked");
        if (back.WordsTyped is { } typed) w.WriteString("wordsTyped"u8, typed);
        w.WriteBoolean("password"u8, back.Password);
        if (back.People is { } people) w.WriteString("people"u8, people);
        w.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter w, ReadOnlySpan<byte> name, IReadOnlyList<Trouble> troubles)
    {
        w.WriteRows(name, troubles, (row, trouble) =>
        {
            row.WriteString("item"u8, trouble.Item);
            row.WriteString("reason"u8, trouble.Reason);
        });
    }
}
