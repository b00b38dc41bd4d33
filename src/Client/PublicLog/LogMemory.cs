using System.Globalization;
using System.Text;
using Candor.Client.Devices;
using Candor.Log;

namespace Candor.Client.PublicLog;

/// <summary>What a log showed that no honest one does. Both checkpoints are kept, for whoever wants to see them.</summary>
public sealed class LogAlarmException(string word, string message) : Exception(message)
{
    /// <summary>fork, rollback, forged, stale, witnesses, relay, law, region or web.</summary>
    public string Word { get; } = word;

    /// <summary>Where the evidence is; null: there is none but the absence.</summary>
    public string? Folder { get; init; }
}

/// <summary>What this machine remembers of one server's public log: whom it believes, the newest checkpoint that it verified, and what it has read so far.</summary>
/// <remarks>
/// log/&lt;host&gt;/policy · checkpoint (with all its signatures) · facts (a line for each entry that is no commitment, of the hourly roots the newest: index and entry in base64) · read (how far) · gateway (its key, for requests through a relay). Kept apart from the account. A crash leaves the
/// old file or the new one of each; <c>read</c> is written after <c>facts</c>, so at worst entries are read twice.
/// </remarks>
public sealed class LogMemory
{
    private const int LongestFile = 64 << 20;

    private readonly string _folder;

    /// <param name="home">Of the device, or of somebody who has none.</param>
    /// <param name="server">Whose log.</param>
    public LogMemory(string home, Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        _folder = Path.Combine(home, "log", server.Authority.Replace(':', '_'));
        Directory.CreateDirectory(_folder);
    }

    /// <summary>The policy that this machine goes by; null: none yet.</summary>
    public byte[]? Policy => Read("policy");

    /// <summary>The newest checkpoint that was verified, as it was signed; null: none yet.</summary>
    public byte[]? Note => Read("checkpoint");

    /// <summary>Entries that were read and verified.</summary>
    public long ReadTo => Read("read") is { } bytes && long.TryParse(Encoding.ASCII.GetString(bytes), NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : 0;

    /// <summary>The gateway's key configuration that this machine found in the log; null: none yet.</summary>
    internal byte[]? Gateway => Read("gateway");

    internal void KeepGateway(ReadOnlySpan<byte> configuration) => DurableFile.Write(In("gateway"), configuration);

    public void KeepPolicy(ReadOnlySpan<byte> policy) => DurableFile.Write(In("policy"), policy);

    public void KeepNote(ReadOnlySpan<byte> note) => DurableFile.Write(In("checkpoint"), note);

    /// <summary>What the log has said so far, by index, but for commitments and all hourly roots but the newest.</summary>
    public IReadOnlyList<(long Index, LogEntry Entry)> Facts()
    {
        var facts = new List<(long, LogEntry)>();
        foreach (string line in Encoding.ASCII.GetString(Read("facts") ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            byte[] bytes = new byte[line.Length];
            if (space > 0 && long.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out long index)
                && Convert.TryFromBase64String(line[(space + 1)..], bytes, out int length) && LogEntry.TryParse(bytes.AsSpan(0, length), out var entry)) facts.Add((index, entry));
        }
        return facts;
    }

    internal void KeepFacts(IEnumerable<(long Index, LogEntry Entry)> facts, long readTo)
    {
        var text = new StringBuilder();
        foreach (var (index, entry) in facts) text.Append(CultureInfo.InvariantCulture, $"{index} {Convert.ToBase64String(entry.ToBytes())}\n");
        DurableFile.Write(In("facts"), Encoding.ASCII.GetBytes(text.ToString()));
        DurableFile.Write(In("read"), Encoding.ASCII.GetBytes(readTo.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Writes evidence down; the checkpoint that was believed before stays believed.</summary>
    /// <param name="word">fork, rollback, forged, stale, witnesses, relay, law, region or web.</param>
    /// <param name="message">For a person.</param>
    /// <param name="theirs">What was shown.</param>
    /// <param name="now">When.</param>
    /// <param name="name">Of the file that keeps it.</param>
    internal LogAlarmException Alarm(string word, string message, byte[] theirs, DateTimeOffset now, string name = "theirs.checkpoint")
    {
        string folder = Path.Combine(_folder, "alarms", string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmssfff'Z'}-{word}"));
        Directory.CreateDirectory(folder);
        DurableFile.Write(Path.Combine(folder, name), theirs);
        if (Note is { } ours) DurableFile.Write(Path.Combine(folder, "ours.checkpoint"), ours);
        DurableFile.Write(Path.Combine(folder, "what.txt"), Encoding.UTF8.GetBytes(
            $"{word}\n{now.UtcDateTime:u}\n{message}\n\nours.checkpoint: the newest checkpoint that this machine had verified\n{name}: what the server showed now\nCheckpoints are signed notes (C2SP tlog-checkpoint).\n"));
        return new(word, $"{message} What was shown is kept in {folder}; the log that was believed before is still the one believed.") { Folder = folder };
    }

    private byte[]? Read(string name)
    {
        var file = new FileInfo(In(name));
        return file.Exists && file.Length <= LongestFile ? File.ReadAllBytes(file.FullName) : null;
    }

    private string In(string name) => Path.Combine(_folder, name);
}
