using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Simulation.Load;

/// <summary>A phone of the load: the real engine, a socket of its own under a line that is not good, files of its own. Its process can be killed and begun again on its files.</summary>
internal sealed class LoadPhone : EnginePhone, IDisposable
{
    /// <summary>What may be refused while servers die and answers are lost.</summary>
    private static readonly HashSet<string> Expected =
    [
        ServerRefusedException.Unreachable, ErrorName.Replayed, ErrorName.HeadMoved, ErrorName.BlobMissing, ErrorName.ClockSkew, ErrorName.Busy,
    ];

    private readonly string _folder;
    private readonly Uri _server;
    private readonly HolderSecret _me = HolderSecret.GenerateDevice();
    private readonly LineFaults _faults;
    private Ledger _ledger = null!;
    private Gate _gate = null!;
    private FaultyLine _line = null!;

    public LoadPhone(string name, string folder, Uri server, Random chance, LineFaults faults) : base(name)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _server = server;
        _faults = faults;
        Chance = chance;
        OpenWires();
    }

    public Random Chance { get; }

    public HolderKeys Keys => _me.Keys;

    /// <summary>Refusals by name.</summary>
    public Dictionary<string, int> Refused { get; } = [];

    public int Restarts { get; private set; }

    public bool IsLineBad
    {
        get => _line.IsBad;
        set => _line.IsBad = value;
    }

    public async Task<NoteVerifierKey> FoundAsync(HolderKeys words)
    {
        var key = NoteVerifierKey.TryParse((await Api.GetServerInfoAsync(default)).Key, out var read, out _) ? read : throw new InvalidDataException("No key.");
        Account = await Account.FoundAsync(Api, Store, _me, words, Name, key, null, TimeProvider.System, default);
        return key;
    }

    public void Open(Id account, NoteVerifierKey serverKey) => Account = new(Api, Store, _me, account, serverKey, TimeProvider.System);

    /// <summary>One thing that a person does. How long it took; null where it did not come to its end.</summary>
    public async Task<TimeSpan?> TryAsync(Func<Task> act)
    {
        long from = TimeProvider.System.GetTimestamp();
        try
        {
            await act();
            return TimeProvider.System.GetElapsedTime(from);
        }
        catch (ServerRefusedException refusal)
        {
            Refused[refusal.Name] = Refused.GetValueOrDefault(refusal.Name) + 1;
            if (!Expected.Contains(refusal.Name)) Faults.Add($"{Name} was refused: {refusal.Name}: {refusal.Message}");
        }
        catch (AlarmException alarm)
        {
            Alarm = alarm;
            Faults.Add($"{Name} raised an alarm at an honest server: {alarm.Kind}: {alarm.Message}");
        }
#pragma warning disable CA1031 // Whatever it is, it is a finding.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Faults.Add($"{Name}: {e}");
        }
        return null;
    }

    /// <summary>Does something, and after so long its process is gone in the midst of it: nothing leaves any more. Then it begins again.</summary>
    public async Task DieInAsync(Func<Task> act, TimeSpan after, Id account, NoteVerifierKey serverKey)
    {
        int safe = Safe.Count;
        var doing = TryAsync(act);
        await Task.WhenAny(doing, Task.Delay(after));
        bool ended = doing.IsCompleted;
        _line.IsDead = true;
        await doing;
        // What it heard after its death, it did not hear.
        if (!ended) Safe.RemoveRange(safe, Safe.Count - safe);
        CloseWires();
        OpenWires();
        IsLineBad = true;
        Open(account, serverKey);
        Restarts++;
    }

    public void Dispose()
    {
        CloseWires();
        _me.Dispose();
    }

    private void OpenWires()
    {
        _ledger = Ledger.Open(Path.Combine(_folder, "ledger.jsonl"), TimeProvider.System);
        _line = new(Chance, _faults, new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 2, ConnectTimeout = TimeSpan.FromSeconds(15) });
        _gate = new(_ledger, _line);
        Api = new(_gate, _server, _me, TimeProvider.System);
        Store = LocalStore.Open(Path.Combine(_folder, "account.db"));
    }

    private void CloseWires()
    {
        Account?.Dispose();
        Account = null;
        Store.Dispose();
        _gate.Dispose();
        _ledger.Dispose();
    }
}
