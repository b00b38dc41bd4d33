using System.Globalization;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Simulation.Load;

/// <summary>An account of the load and its phones.</summary>
internal sealed class LoadAccount(IReadOnlyList<LoadPhone> phones) : IDisposable
{
    private Id _id;
    private NoteVerifierKey _serverKey = null!;

    public IReadOnlyList<LoadPhone> Phones => phones;

    /// <summary>The first phone founds it and lets the others in; notes and photos are on for all.</summary>
    public async Task BeginAsync()
    {
        using var phrase = RecoveryPhrase.Generate();
        using var words = HolderSecret.FromPhrase(phrase);
        var first = phones[0];
        _serverKey = await first.FoundAsync(words.Keys);
        _id = first.Account!.Id;
        foreach (var phone in phones.Skip(1))
        {
            await first.Account.AddHolderAsync(phone.Keys, phone.Name, default);
            phone.Open(_id, _serverKey);
        }
        foreach (var phone in phones)
        {
            await Acts.PullAsync(phone);
            foreach (var kind in Acts.Used) await Acts.TurnOnAsync(phone, kind);
        }
    }

    /// <summary>What one phone does next. How long it took, where it came to its end and was a write.</summary>
    public async Task<TimeSpan?> ActAsync(LoadPhone phone, Func<string> token)
    {
        int what = phone.Chance.Next(100);
        bool writes = what < 60;
        Func<Task> act = what switch
        {
            < 50 => () => Acts.WriteAsync(phone, phone.Chance, token),
            < 60 => () => Acts.PhotographAsync(phone, phone.Chance, token()),
            < 80 => () => Acts.PullAsync(phone),
            _ => () => FollowAsync(phone),
        };
        if (phone.Chance.Next(60) > 0) return await phone.TryAsync(act) is { } took && writes ? took : null;
        await phone.DieInAsync(act, TimeSpan.FromMilliseconds(phone.Chance.Next(300)), _id, _serverKey);
        return null;
    }

    /// <summary>Faults have stopped: everyone follows and merges until a whole round changed nothing.</summary>
    public async Task SettleAsync(List<string> faults)
    {
        for (int round = 0; round < 12; round++)
        {
            long before = phones.Sum(p => p.Account!.Size);
            foreach (var phone in phones.Where(p => p.Alarm is null)) await phone.TryAsync(() => FollowAsync(phone));
            if (round > 0 && phones.Sum(p => p.Account!.Size) == before) return;
        }
        lock (faults) faults.Add($"{phones[0].Name}: it goes on for ever.");
    }

    /// <summary>What must hold: one log for all, and in it and in what it says everything that anyone was told is safe. How much that was.</summary>
    public int Check(List<string> faults)
    {
        var witness = phones[0];
        var found = new List<string>();
        foreach (var phone in phones.Skip(1))
        {
            if ((phone.Account!.Size, phone.Account.State.Root) != (witness.Account!.Size, witness.Account.State.Root)) found.Add($"{phone.Name} and {witness.Name} have different logs: {phone.Account.Size} and {witness.Account.Size} changes.");
        }
        var texts = new Dictionary<Id, string>();
        int there = 0;
        foreach (var phone in phones)
        {
            foreach (var safe in phone.Safe)
            {
                if (Missing(witness, phone, safe, texts) is { } missing) found.Add(missing);
                else there++;
            }
        }
        lock (faults) faults.AddRange(found);
        return there;
    }

    public void Dispose()
    {
        foreach (var phone in phones) phone.Dispose();
    }

    private static string? Missing(LoadPhone witness, LoadPhone phone, Acknowledged safe, Dictionary<Id, string> texts)
    {
        bool isThere = witness.Store.CommitAt(safe.Place.Index) is { } commit && commit.Author == phone.Keys.Id
            && safe.Place.Op < commit.Operations.Count && commit.Operations[safe.Place.Op] is Put put && put.Record == safe.Record;
        if (!isThere) return string.Create(CultureInfo.InvariantCulture, $"{safe.Token}, which {phone.Name} was told is safe at {safe.Place.Index}.{safe.Place.Op}, is not in the log.");
        if (!texts.TryGetValue(safe.Record, out string? text))
        {
            var current = witness.Current(safe.Kind, safe.Record, out _);
            text = current is null ? "" : safe.Kind == Kind.Notes ? Encoding.UTF8.GetString(current.Original.Span) : current.View.Text("title") ?? "";
            texts[safe.Record] = text;
        }
        return text.Contains(safe.Token, StringComparison.Ordinal) ? null : $"{safe.Token}, which {phone.Name} was told is safe, is in the log and not in what {witness.Name} reads.";
    }

    private static async Task FollowAsync(LoadPhone phone)
    {
        await Acts.PullAsync(phone);
        await Acts.MergeAsync(phone);
    }
}
