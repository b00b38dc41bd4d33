using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Candor.Client.Devices;

namespace Candor.Client.Accounts;

/// <summary>An alarm that was raised and that no person has answered yet.</summary>
/// <param name="Kind">What was seen.</param>
/// <param name="Raised">When, by this device's clock.</param>
/// <param name="Message">What was seen and what to do, for a person.</param>
/// <param name="Folder">Where the evidence lies: what.txt says what each file is.</param>
public sealed record StandingAlarm(AlarmKind Kind, DateTimeOffset Raised, string Message, string Folder);

/// <summary>The folder of a device's alarms: each with its evidence, for good, and which one stands. While one stands, the account is not asked for and nothing of it is sent.</summary>
/// <remarks>
/// alarms/&lt;time&gt;-&lt;kind&gt;/: what.txt and the files that the alarm brought (docs/alarms.md). alarms/standing: the name of that folder. The evidence is on stable storage before the alarm stands, and
/// the alarm stands before anybody is told of it: a crash between leaves evidence that nobody points to, and the next run raises the alarm again.
/// </remarks>
public sealed class AlarmBook(string folder, TimeProvider clock)
{
    /// <summary>Of a file here that is read back: a message has some hundred bytes.</summary>
    private const long LongestText = 64 << 10;

    private const string WhatFile = "what.txt";

    private string StandingFile => Path.Combine(folder, "standing");

    /// <summary>The alarm that stands; null: none does. A file that cannot be read stands all the same.</summary>
    public StandingAlarm? Standing()
    {
        if (!File.Exists(StandingFile)) return null;
        string name = Read(StandingFile)?.Trim() ?? "";
        string evidence = Path.Combine(folder, name);
        string[] lines = (Read(Path.Combine(evidence, WhatFile)) ?? "").Split('\n');
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || lines.Length < 3 || !TryWord(lines[0], out var kind)
            || !DateTimeOffset.TryParseExact(lines[1], "u", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var raised))
        {
            return new(AlarmKind.BadCommit, default, $"An alarm was raised, and what it was cannot be read any more. Look into {folder}.", folder);
        }
        return new(kind, raised, lines[2], evidence);
    }

    /// <exception cref="AlarmException">One stands.</exception>
    public void Check()
    {
        if (Standing() is { } standing) throw new AlarmException(standing.Kind, standing.Message) { Stands = standing };
    }

    /// <summary>Writes an alarm and its evidence down. One that stands already is not replaced.</summary>
    public StandingAlarm Raise(AlarmException alarm)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        if (Standing() is { } before) return before;
        var now = clock.GetUtcNow();
        string evidence = Write(WordOf(alarm.Kind), now, alarm.Message, alarm.Evidence);
        DurableFile.Write(StandingFile, Encoding.UTF8.GetBytes(Path.GetFileName(evidence) + "\n"));
        return new(alarm.Kind, now, alarm.Message, evidence);
    }

    /// <summary>Writes down what is worth keeping and is no alarm. Nothing stands.</summary>
    public void Note(string word, string message, IEnumerable<AlarmEvidence> evidence) => Write(word, clock.GetUtcNow(), message, evidence);

    private string Write(string word, DateTimeOffset now, string message, IEnumerable<AlarmEvidence> files)
    {
        string evidence = FreeFolder(string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{word}"));
        var what = new StringBuilder().Append(word).Append('\n').Append(now.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)).Append('\n').Append(message).Append('\n');
        foreach (var file in files)
        {
            DurableFile.Write(Path.Combine(evidence, file.Name), file.Bytes.Span);
            what.Append('\n').Append(file.Name).Append(": ").Append(file.What).Append('\n');
        }
        DurableFile.Write(Path.Combine(evidence, WhatFile), Encoding.UTF8.GetBytes(what.ToString()));
        return evidence;
    }

    /// <summary>A person has seen it and wants to go on. The evidence stays.</summary>
    public void GoOn()
    {
        if (!File.Exists(StandingFile)) return;
        File.Delete(StandingFile);
        DurableFile.FlushFolder(folder);
    }

    /// <summary>rollback, fork and so on: the words of spec/account-log.md §7.</summary>
    public static string WordOf(AlarmKind kind) => kind switch
    {
        AlarmKind.Rollback => "rollback",
        AlarmKind.Fork => "fork",
        AlarmKind.BadCommit => "bad-commit",
        AlarmKind.BadCheckpoint => "bad-checkpoint",
        AlarmKind.BadPayload => "bad-payload",
        AlarmKind.Equivocation => "equivocation",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static bool TryWord(string word, out AlarmKind kind)
    {
        foreach (var each in Enum.GetValues<AlarmKind>())
        {
            kind = each;
            if (WordOf(each) == word) return true;
        }
        kind = default;
        return false;
    }

    private string FreeFolder(string name)
    {
        Directory.CreateDirectory(folder);
        string free = Path.Combine(folder, name);
        for (int i = 2; Directory.Exists(free); i++) free = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"));
        return Directory.CreateDirectory(free).FullName;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is wrong with the file: then it is read as none, and the alarm stands.")]
    private static string? Read(string file)
    {
        try
        {
            return new FileInfo(file).Length > LongestText ? null : File.ReadAllText(file);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
