using System.Globalization;
using System.Text;
using Candor.Client.Accounts;
using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Simulation;

/// <summary>What people do with their phones, each through the engine as the programs call it. Every line of text has a token of its own.</summary>
internal static class Acts
{
    public static readonly Kind[] Used = [Kind.Notes, Kind.Photos];

    /// <summary>More than a record that travels in a push may have.</summary>
    private const int Large = 70_000;

    /// <summary>Follows the log and brings what is not here.</summary>
    public static async Task PullAsync(EnginePhone phone)
    {
        await phone.Account!.PullAsync(default);
        await phone.Account.SettleAsync(default);
        foreach (var kind in Used.Where(phone.Account.IsOn))
        {
            await phone.Account.FetchVaultKeysAsync(kind, default);
            await phone.Account.FetchPayloadsAsync(kind, default);
        }
    }

    /// <summary>As a run does: follow, merge what parted, then write what is new: one to three notes, each a new one or a line in one that is there.</summary>
    public static async Task WriteAsync(EnginePhone phone, Random chance, Func<string> token)
    {
        if (chance.Next(4) > 0) await PullAsync(phone);
        if (!phone.Account!.IsOn(Kind.Notes)) return;
        var there = phone.Store.Heads(Kind.Notes).Where(h => !h.Removed).Select(h => h.Record).Distinct().ToList();
        var changes = new List<RecordChange>();
        for (int i = chance.Next(1, 4); i > 0; i--)
        {
            string line = token();
            var record = there.Count > 0 && chance.Next(3) > 0 ? there[chance.Next(there.Count)] : IdOf(chance);
            if (changes.Exists(c => c.Record == record)) continue;
            var before = phone.Current(Kind.Notes, record, out var parents);
            if (before is null && parents.Count > 0) continue;
            string text = (before is null ? "" : Encoding.UTF8.GetString(before.Original.Span)) + line + "\n";
            if (before is null && chance.Next(12) == 0) text += new string('x', Large) + "\n";
            changes.Add(new(record, parents, Note(before?.Name ?? $"{record}.md", text)) { Tag = line });
        }
        if (changes.Count > 0) await CommitAsync(phone, Kind.Notes, changes);
    }

    /// <summary>A photo: its bytes as a blob, then the record that names it.</summary>
    public static async Task PhotographAsync(EnginePhone phone, Random chance, string token)
    {
        if (!phone.Account!.IsOn(Kind.Photos)) return;
        await phone.Account.FetchVaultKeysAsync(Kind.Photos, default);
        var keys = phone.Account.KeysOf(Kind.Photos)!;
        byte[] bytes = new byte[chance.Next(100, 9000)];
        chance.NextBytes(bytes);
        var record = keys.RecordId(Encoding.UTF8.GetBytes(token));
        var file = await phone.Sender(keys).SendAsync(record, new("blob", $"{token}.jpg", "image/jpeg", bytes.Length, () => new MemoryStream(bytes)), expected: null, default);
        await CommitAsync(phone, Kind.Photos, [new(record, [], new($"{token}.jpg", default, new RecordView().With("title", token), [file])) { Tag = token }]);
        phone.Store.ForgetUploads([record]);
    }

    public static async Task RemoveAsync(EnginePhone phone, Random chance, Action<Id> removing)
    {
        if (!phone.Account!.IsOn(Kind.Notes)) return;
        var there = phone.Store.Heads(Kind.Notes).Where(h => !h.Removed).Select(h => h.Record).Distinct().ToList();
        if (there.Count == 0) return;
        var record = there[chance.Next(there.Count)];
        removing(record);
        await phone.Account.CommitAsync(Kind.Notes, [new RecordChange(record, [.. phone.Store.HeadsOf(record).Select(h => h.Place).Order()], null)], null, default);
    }

    /// <summary>One of each record that several devices changed, as any device would write it.</summary>
    public static async Task MergeAsync(EnginePhone phone)
    {
        foreach (var kind in Used.Where(phone.Account!.IsOn))
        {
            var merges = new List<RecordChange>();
            foreach (var record in phone.Store.Parted(kind))
            {
                var merged = phone.Current(kind, record, out var places);
                if (merged is null && phone.Store.HeadsOf(record).Any(h => !h.Removed)) continue;
                merges.Add(new(record, places, merged));
            }
            if (merges.Count > 0) await phone.Account.CommitAsync(kind, merges, null, default);
        }
    }

    public static Task TurnOnAsync(EnginePhone phone, Kind kind) => phone.Account!.TurnOnAsync(kind, "de", $"{kind.Word()} leave this phone, sealed.", default);

    private static Task CommitAsync(EnginePhone phone, Kind kind, IReadOnlyList<RecordChange> changes) => phone.Account!.CommitAsync(kind, changes, done =>
    {
        foreach (var (change, place) in done) phone.Safe.Add(new(kind, change.Record, place, (string)change.Tag!));
    }, default);

    private static RecordPlaintext Note(string name, string text) => new(name, Encoding.UTF8.GetBytes(text), new RecordView().With("title", name), []);

    private static Id IdOf(Random chance)
    {
        Span<byte> bytes = stackalloc byte[Id.Size];
        chance.NextBytes(bytes);
        return Id.From(bytes);
    }

    public static string Token(int number) => string.Create(CultureInfo.InvariantCulture, $"tok{number:000000}x");
}
