using System.Runtime.CompilerServices;
using System.Text;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;
using Microsoft.Data.Sqlite;

namespace Candor.Simulation;

/// <summary>A phone: its keys, its disk, and the real engine over both. Its process can be killed between any two things that it says to the network.</summary>
internal sealed class SimPhone : EnginePhone, IDisposable
{
    private readonly string _root;
    private readonly byte[] _secret;
    private HolderSecret _me = null!;
    private Ledger _ledger = null!;
    private Gate _gate = null!;
    private PhoneLine _line = null!;
    private TaskCompletionSource _quiet = new();
    private Task _doing = Task.CompletedTask;
    private int _life;

    /// <summary>The log's size when it was looked at last, and the journal's length then: what is in the store of the log was flushed.</summary>
    private long _size, _flushed;

    /// <param name="name">Of its folder.</param>
    /// <param name="root">Where its disk is.</param>
    /// <param name="secret">64 bytes that its keys are.</param>
    /// <param name="time">The world's.</param>
    public SimPhone(string name, string root, byte[] secret, WorldTime time) : base(name)
    {
        _root = root;
        _secret = secret;
        Clock = new(time);
        Directory.CreateDirectory(Folder);
        OpenWires();
    }

    public WallClock Clock { get; }

    public HolderKeys Keys => _me.Keys;

    public HolderSecret Me => _me;

    /// <summary>What it asked and has no answer to.</summary>
    public Asked? Asking { get; private set; }

    /// <summary>It does something, or waits for an answer.</summary>
    public bool IsBusy { get; private set; }

    public bool IsOff { get; private set; }

    /// <summary>It is a holder no more.</summary>
    public bool Left { get; set; }

    /// <summary>A server that was put back to its backup does not know it yet, until another phone puts back that it was let in.</summary>
    public bool MayBeStrange { get; set; }

    /// <summary>What it was told is safe, and forgot with its power: it cannot hold a server to that which lies.</summary>
    public HashSet<Acknowledged> Forgot { get; } = [];

    /// <summary>Its disk takes no more pages.</summary>
    public bool DiskIsFull { get; private set; }

    private string Folder => Path.Combine(_root, $"{Name}-{_life}");

    private string StoreFile => Path.Combine(Folder, "account.db");

    private string JournalFile => StoreFile + "-wal";

    private string LedgerFile => Path.Combine(Folder, "ledger.jsonl");

    public async Task FoundAsync(NoteVerifierKey serverKey, HolderKeys words) => Account = await Account.FoundAsync(Api, Store, _me, words, Name, serverKey, null, Clock, default);

    public void Open(Id account, NoteVerifierKey serverKey) => Account = new(Api, Store, _me, account, serverKey, Clock);

    /// <summary>Begins something, and waits until it is done or has asked the network.</summary>
    public Task StartAsync(Func<Task> act)
    {
        _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IsBusy = true;
        _doing = Task.Run(() => RunAsync(act));
        return _quiet.Task;
    }

    /// <summary>Answers what it asked, and waits until it is done or has asked again.</summary>
    public Task AnswerAsync(Asked asked, HttpResponseMessage? answer)
    {
        if (Asking != asked) return Task.CompletedTask; // killed meanwhile
        Asking = null;
        _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (answer is null) asked.Answer.SetException(PhoneLine.Broken());
        else asked.Answer.SetResult(answer);
        return _quiet.Task;
    }

    /// <summary>kill -9, with or without the power: the files stay as they are at this moment, and nothing that the process still does reaches them.</summary>
    public async Task KillAsync(Random? power)
    {
        string left = Folder;
        _life++;
        Disk.Copy(left, Folder);
        if (power is not null) Disk.LosePower(JournalFile, _flushed, LedgerFile, power);
        int safe = Safe.Count;
        _line.Dead = true;
        if (Asking is { } asked)
        {
            Asking = null;
            asked.Answer.SetException(PhoneLine.Broken());
        }
        await _doing;
        Safe.RemoveRange(safe, Safe.Count - safe);
        CloseWires();
        Directory.Delete(left, recursive: true);
        IsOff = true;
    }

    public void Reopen(Id account, NoteVerifierKey serverKey)
    {
        OpenWires();
        Open(account, serverKey);
        Forgot.UnionWith(Safe.Where(s => s.Place.Index >= Account!.Size));
        // Opening has folded the journal back.
        (_size, _flushed) = (Account!.Size, 0);
        DiskIsFull = false;
        IsOff = false;
    }

    /// <summary>Lets its store grow by so many pages and no further; null: as far as it likes. SQLite itself then says that the disk is full.</summary>
    public void LimitDisk(long? pages)
    {
        using var command = ConnectionOf(Store).CreateCommand();
        command.CommandText = "PRAGMA page_count";
        long limit = pages is { } more ? (long)command.ExecuteScalar()! + more : 1_073_741_823;
#pragma warning disable CA2100 // A number.
        command.CommandText = $"PRAGMA max_page_count = {limit}";
#pragma warning restore CA2100
        command.ExecuteScalar();
        DiskIsFull = pages is not null;
    }

    /// <summary>What it has of the log, also while it is off; null: nothing.</summary>
    public AccountState? Known() => Peek(store => store.LoadState());

    public T Peek<T>(Func<LocalStore, T> look)
    {
        if (!IsOff) return look(Store);
        using var store = LocalStore.Open(StoreFile);
        return look(store);
    }

    public string? Text(Head head) => Account!.Read(head) is { } content ? Encoding.UTF8.GetString(content.Original.Span) : null;

    public void Dispose()
    {
        if (!IsOff) CloseWires();
    }

    private async Task RunAsync(Func<Task> act)
    {
        bool dead() => _line.Dead;
        try
        {
            await act();
        }
        catch (ServerRefusedException refusal)
        {
            if (refusal.Name == ErrorName.HolderRemoved) Left = true;
            bool isStranger = refusal.Name == ErrorName.SignatureBad && (Account!.Size == 0 || MayBeStrange);
            if (!isStranger && !Expected.Contains(refusal.Name)) Faults.Add($"{Name} was refused: {refusal.Name}: {refusal.Message}");
        }
        catch (AlarmException alarm)
        {
            if (!dead()) Alarm = alarm;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 13 && DiskIsFull)
        {
            // As meant: the person makes room.
        }
#pragma warning disable CA1031 // Whatever it is, it is a finding.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Faults.Add($"{Name}: {e}");
        }
        Look();
        Asking = null;
        IsBusy = false;
        _quiet.TrySetResult();
    }

    /// <summary>What may be refused in a world of lost answers, other devices and full disks.</summary>
    private static readonly HashSet<string> Expected =
    [
        ServerRefusedException.Unreachable, ErrorName.Replayed, ErrorName.HeadMoved, ErrorName.ConsentRequired, ErrorName.NotFound, ErrorName.HolderRemoved, ErrorName.Erased, ErrorName.BlobMissing,
        ErrorName.DiskFull, ErrorName.ClockSkew, ErrorName.HolderBad, ErrorName.Restoring,
    ];

    private void OpenWires()
    {
        _me = HolderSecret.Import(HolderType.Device, _secret)!;
        _ledger = Ledger.Open(LedgerFile, Clock);
        _line = new(Posted);
        _gate = new(_ledger, _line);
        Api = new(_gate, ServerSite.Address, _me, Clock);
        Store = LocalStore.Open(StoreFile);
    }

    private void CloseWires()
    {
        Account?.Dispose();
        Account = null;
        Store.Dispose();
        _gate.Dispose();
        _ledger.Dispose();
        _me.Dispose();
    }

    private void Posted(Asked asked)
    {
        if (Asking is not null) Faults.Add($"{Name} asks two things at once: this simulation cannot order them.");
        Look();
        Asking = asked;
        _quiet.TrySetResult();
    }

    private void Look()
    {
        if (Account is null || _line.Dead) return;
        long written = File.Exists(JournalFile) ? new FileInfo(JournalFile).Length : 0;
        _flushed = Account.Size == _size ? Math.Min(_flushed, written) : written;
        _size = Account.Size;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_db")]
    private static extern ref SqliteConnection ConnectionOf(LocalStore store);
}
