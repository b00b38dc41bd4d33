using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.PublicLog;

/// <summary>Once an hour: the root over all accounts' heads goes into the public log, and what an account needs to find itself there is kept for some days (spec/public-log.md §4).</summary>
internal sealed class HourlyHeads(PublicLog publicLog, Database database)
{
    /// <summary>Hours whose secrets are kept. After that nothing ties a leaf to an account.</summary>
    private const int KeptHours = 72;

    private readonly Lock _lock = new();
    private (string Hour, HeadTree Tree, long Place)? _newest;

    public async Task RunAsync(DateTimeOffset now)
    {
        string file = Path.Combine(publicLog.Folder.Heads, LogEntry.HourOf(now));
        if (Place(file) is not null) return;
        var heads = database.Read(Heads);
        var secret = new Hash32(RandomNumberGenerator.GetBytes(Hash32.Size));
        var tree = new HeadTree(heads, secret);
        var entry = LogEntry.Heads(now, tree.Leaves, tree.Root);
        var text = new StringBuilder().Append(secret).Append('\n');
        foreach (var head in heads) text.Append(CultureInfo.InvariantCulture, $"{head.Account} {head.Size} {head.Root}\n");
        Durable.Folder(publicLog.Folder.Heads);
        // The secret first: a root whose secret was lost proves nothing to anybody.
        Durable.Write(file, Encoding.ASCII.GetBytes(text.ToString()), secret: true);
        long index = await publicLog.AppendAsync(entry.ToBytes()).ConfigureAwait(false);
        Durable.Write(file + ".place", Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)), secret: true);
        foreach (string old in Directory.GetFiles(publicLog.Folder.Heads).OrderDescending(StringComparer.Ordinal).Skip(2 * KeptHours)) File.Delete(old);
    }

    /// <summary>Of the newest hour that has the account; null: none has.</summary>
    public (HeadProof Proof, LogEntry Entry, long Place)? Prove(Id account)
    {
        if (Newest() is not { } newest || newest.Tree.Prove(account) is not { } proof) return null;
        var hour = DateTimeOffset.ParseExact(newest.Hour, "yyyy-MM-dd'T'HH", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return (proof, LogEntry.Heads(hour, newest.Tree.Leaves, newest.Tree.Root), newest.Place);
    }

    private (string Hour, HeadTree Tree, long Place)? Newest()
    {
        if (!Directory.Exists(publicLog.Folder.Heads)) return null;
        string? file = Directory.GetFiles(publicLog.Folder.Heads).Where(f => !Path.GetFileName(f).Contains('.', StringComparison.Ordinal))
            .OrderDescending(StringComparer.Ordinal).FirstOrDefault(f => Place(f) is not null);
        if (file is null) return null;
        string hour = Path.GetFileName(file);
        lock (_lock)
        {
            if (_newest?.Hour == hour) return _newest;
            string[] lines = File.ReadAllLines(file);
            var heads = lines.Skip(1).Select(l => l.Split(' ')).Select(p => new AccountHead(Parse(p[0]), long.Parse(p[1], CultureInfo.InvariantCulture), Hash(p[2])));
            return _newest = (hour, new(heads, Hash(lines[0])), Place(file)!.Value);
        }
    }

    private static long? Place(string file) =>
        LogFolder.ReadIfThere(file + ".place") is { } bytes && long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out long index) ? index : null;

    private static List<AccountHead> Heads(Statements sql)
    {
        var heads = new List<AccountHead>();
        using var rows = sql.Query("SELECT account, state FROM accounts ORDER BY account");
        while (rows.Read())
        {
            if (!AccountState.TryDecode(rows.Bytes(1), out var state)) throw new InvalidDataException("A stored account state cannot be read: run candor-server scrub.");
            heads.Add(new(state.Account, state.Size, state.Root));
        }
        return heads;
    }

    private static Id Parse(string text) => Id.TryParse(text, out var id) ? id : throw new InvalidDataException($"{text} is no account.");

    private static Hash32 Hash(string text) => Hash32.TryParseHex(text, out var hash) ? hash : throw new InvalidDataException($"{text} is no hash.");
}
