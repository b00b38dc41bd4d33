using System.Globalization;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Store;
using Candor.Hpke;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Devices;

/// <summary>What came of coming in by people's shares.</summary>
/// <param name="Device">The device, once the time is over; the caller disposes it. Null: it waits.</param>
/// <param name="Until">When the same may be tried again; with no device.</param>
/// <param name="IsNew">True where it was announced just now.</param>
public sealed record PeopleRecovery(Device? Device, DateTimeOffset Until, bool IsNew);

/// <summary>Coming back by the shares that people have, in two steps three days apart (spec/recovery-people.md).</summary>
/// <remarks>
/// 1. The device makes its keys, keeps them in waiting.key, and has the shares' holder announce them in the log. 2. Three days later, unless a device of the account objected, the shares let it in. The shares are asked for
/// both times: between, nothing of them is kept. A crash after waiting.key was written is made good by the same command again.
/// </remarks>
public static class PeopleShares
{
    private const string WaitingFile = "waiting.key";

    private const int Attempts = 8;

    /// <summary>Null where the text is a share; else a sentence.</summary>
    /// <param name="typed">As typed.</param>
    /// <param name="needed">How many of its set are needed; 0 where it is none.</param>
    public static string? Trouble(string typed, out int needed)
    {
        ArgumentNullException.ThrowIfNull(typed);
        var result = SecretShare.TryRead(typed, out var share, out int unknown);
        needed = share?.Needed ?? 0;
        share?.Dispose();
        return result switch
        {
            ShareResult.Read => null,
            ShareResult.UnknownLetter => string.Create(CultureInfo.InvariantCulture, $"Letter {unknown + 1} of the share is none that it can have. Compare it with the paper."),
            ShareResult.WrongLength => "A share is eighteen groups of four letters and digits; this is more or less. Compare it with the paper.",
            ShareResult.UnknownForm => "This share was made by a newer program. Use that one, or a newer version of this.",
            _ => "The letters of the share do not belong together: one is another, or two changed places. Compare it with the paper.",
        };
    }

    /// <summary>Announces this device, or, once the time is over, brings it in.</summary>
    /// <param name="home">A folder without a device.</param>
    /// <param name="server">Where the account is.</param>
    /// <param name="name">Of this device; sealed.</param>
    /// <param name="shares">As people read them out, in any order.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="DeviceException">The shares are not enough or not of one set, or somebody objected; the message says what to do.</exception>
    public static async Task<PeopleRecovery> ComeInAsync(string home, Uri server, string name, IReadOnlyList<string> shares, TimeProvider clock, CancellationToken cancel)
    {
        using var people = Join(shares);
        using (var held = DeviceHome.Hold(home))
        {
            if (DeviceHome.HasDevice(home)) throw new DeviceException($"{home} has a device already. Use it, or name another folder with --home.");
            using var wires = Device.Wires.Of(held, clock);
            var api = new ServerApi(wires.Gate, server, people, clock);
            var (announcedNow, left) = await AnnounceAsync(held, api, people, cancel);
            if (left > TimeSpan.Zero) return new(null, clock.GetUtcNow() + left, announcedNow);
        }
        var device = await Device.MakeAsync(home, clock, null, async (held, wires) =>
        {
            using var waiting = DeviceKeyFile.Read(FileIn(held.Path));
            var api = new ServerApi(wires.Gate, server, people, clock);
            using var store = LocalStore.Open(held.StoreFile);
            using var account = new Account(api, store, people, waiting.Account, waiting.ServerKey, clock);
            await account.PullAsync(cancel);
            if (!account.SignedBeforeAnnouncing(people.Id))
            {
                throw new DeviceException($"{server.Authority} shows an account in which these shares never signed before today: it may be somebody else's, made to catch what you would send. Nothing was sent to it. "
                    + "Ask whoever runs the server.");
            }
            await account.AddHolderAsync(waiting.Me.Keys, name, cancel);
            return waiting.Copy();
        });
        File.Delete(FileIn(home));
        return new(device, default, false);
    }

    /// <returns>Whether it was announced just now, and how long it waits.</returns>
    private static async Task<(bool Now, TimeSpan Left)> AnnounceAsync(DeviceHome held, ServerApi api, HolderSecret people, CancellationToken cancel)
    {
        var serverKey = await Device.KeyOfAsync(api, cancel);
        var account = await Device.AccountOfAsync(api, cancel) ?? throw new DeviceException($"{api.Server.Authority} has no account for these shares. Is it the right server? Or their owner made new ones, or took them back.");
        var recovery = await api.GetRecoveryAsync(account, cancel);
        if (recovery.Seq < 1) throw new DeviceException($"{api.Server.Authority} shows an account in which these shares never signed. Nothing was sent to it. Ask whoever runs the server.");
        bool waits = File.Exists(FileIn(held.Path));
        if (waits)
        {
            using var waiting = DeviceKeyFile.Read(FileIn(held.Path));
            if (waiting.Account != account || waiting.ServerKey.ToString() != serverKey.ToString())
                throw new DeviceException($"{held.Path} waits for another account or server. Use the server of the first time, or begin in another folder with --home.");
            if (recovery.Device == waiting.Me.Id) return (false, TimeSpan.FromSeconds(recovery.SecondsLeft));
        }
        if (recovery.Device is not null) throw new DeviceException("Another device is announced for this account by the same shares. It has to come in, or be objected to, before this one is announced.");
        if (waits && recovery.Seq > 1)
        {
            File.Delete(FileIn(held.Path));
            throw new DeviceException("A device of the account objected, so this one does not come in. If that was not you or somebody you trust, find out who has that device. To begin anew, for three days again: the same command once more.");
        }
        var me = HolderSecret.GenerateDevice();
        using var file = new DeviceKeyFile(me, Secret32.Generate(), account, api.Server, serverKey);
        file.Write(FileIn(held.Path));
        await PushAsync(api, people, account, serverKey, new Announce(me.Keys), cancel);
        recovery = await api.GetRecoveryAsync(account, cancel);
        return (true, TimeSpan.FromSeconds(recovery.SecondsLeft));
    }

    /// <summary>A commit on a head that only the server's signature vouches for: the log itself is not shown before the time is over.</summary>
    private static async Task PushAsync(ServerApi api, HolderSecret people, Id account, NoteVerifierKey serverKey, Operation operation, CancellationToken cancel)
    {
        var verifier = new LogVerifier(Checkpoint.AccountOrigin(serverKey.Name, account.ToArray()), [serverKey]);
        for (int attempt = 1; ; attempt++)
        {
            var recovery = await api.GetRecoveryAsync(account, cancel);
            if (!verifier.TryOpen(await api.GetCheckpointAsync(account, cancel), out var head, out var why)) throw AlarmException.BadCheckpoint(why.ToString());
            var time = HybridTime.Next(default, recovery.Latest, api.Clock.GetUtcNow());
            var commit = new Commit(account, head.Checkpoint.Size, head.Checkpoint.Root, people.Id, recovery.Seq + 1, time, Kind.None, [operation]);
            try
            {
                await api.PushAsync(account, new(people.Sign(commit), default, []), Kind.None, -1, cancel);
                return;
            }
            catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.HeadMoved && attempt < Attempts)
            {
                // Somebody was faster: the next head.
            }
        }
    }

    /// <summary>The holder that shares are together; the caller disposes it.</summary>
    /// <exception cref="DeviceException">A sentence.</exception>
    private static HolderSecret Join(IReadOnlyList<string> texts)
    {
        var read = new List<SecretShare>();
        try
        {
            foreach (string text in texts)
            {
                if (SecretShare.TryRead(text, out var share, out _) != ShareResult.Read) throw new DeviceException(Trouble(text, out _)!);
                read.Add(share!);
            }
            return SecretShares.TryJoin(read, out var holder) switch
            {
                SharesResult.Joined => holder!,
                SharesResult.TooFew => throw new DeviceException(string.Create(CultureInfo.InvariantCulture, $"That is not enough: shares of {(read.Count == 0 ? 2 : read[0].Needed)} different people are needed.")),
                SharesResult.Mixed => throw new DeviceException("These shares are not of one set: their owner made new ones since. Everybody has to look for the newest paper."),
                _ => throw new DeviceException("These shares do not fit together: one was changed by somebody who knew how. Try without each in turn, with another person's."),
            };
        }
        finally
        {
            foreach (var share in read) share.Dispose();
        }
    }

    private static string FileIn(string home) => Path.Combine(home, WaitingFile);
}
