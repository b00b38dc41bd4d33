using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Gate;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.PublicLog;

/// <summary>What a person asks of a server's public log: is it whole, the same for all, and am I in it; and the receipts that show it later, offline.</summary>
public static class LogCheck
{
    /// <summary>Visits the log of a server. Also without an account: then only what is public is looked at.</summary>
    /// <param name="home">Of the device, or a folder for what this machine remembers.</param>
    /// <param name="server">Null: the device's own.</param>
    /// <param name="policy">A policy file to go by from now on; null: the one kept.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="relay">Through which what is public is asked for, and nothing else then; null: the server is asked itself.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="LogAlarmException">The log shows what no honest one does.</exception>
    /// <exception cref="DeviceException">The policy cannot be read, or there is neither a server nor a device.</exception>
    public static async Task<LogVisit> VisitAsync(string home, Uri? server, byte[]? policy, TimeProvider clock, Uri? relay, CancellationToken cancel)
    {
        if (!DeviceHome.HasDevice(home))
        {
            if (server is null) throw new DeviceException("Say whose log to verify: candor verify SERVER. This device has joined no server.");
            using var held = DeviceHome.Hold(home);
            using var wires = Device.Wires.Of(held, clock);
            if (relay is not null) return await RunRelayedAsync(home, wires.Gate, server, relay, policy, clock, cancel);
            using var stranger = HolderSecret.GenerateDevice();
            return await RunAsync(home, wires.Gate, new(wires.Gate, server, stranger, clock), policy, clock, cancel);
        }
        using var device = Device.Open(home, clock);
        if (relay is not null)
        {
            var relayed = await RunRelayedAsync(home, device.Door, server ?? device.Server, relay, policy, clock, cancel);
            if (server is not null && server != device.Server) return relayed;
            relayed.CheckConsents(ConsentsOf(device));
            relayed.LeaveAccount();
            return relayed;
        }
        if (server is not null && server != device.Server)
        {
            using var stranger = HolderSecret.GenerateDevice();
            return await RunAsync(home, device.Door, new(device.Door, server, stranger, clock), policy, clock, cancel);
        }
        var visit = await RunAsync(home, device.Door, device.Api, policy, clock, cancel);
        visit.CheckConsents(ConsentsOf(device));
        visit.CheckHead(await device.Api.GetHeadProofAsync(device.Account.Id, cancel), device.Account.Id, size => RootAt(device, size));
        return visit;
    }

    /// <summary>Writes every receipt of the account into a folder: of consents and erasures from the account's own log, of erasures, accesses and requests from the public log.</summary>
    /// <returns>Names of the files, each with what it shows.</returns>
    public static async Task<IReadOnlyList<(string File, string Shows)>> SaveReceiptsAsync(Device device, string folder, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(device);
        Directory.CreateDirectory(folder);
        var files = new List<(string, string)>();
        if (device.Store.LoadCheckpoint() is { } bytes && SignedNote.TryParse(bytes, out var note, out _) && Checkpoint.TryParse(note.UnverifiedText.Span, out var checkpoint, out _))
        {
            var leaves = device.Store.Leaves(checkpoint.Size).ToList();
            var hashes = leaves.Select(l => MerkleTree.LeafHash(l)).ToList();
            for (int i = 0; i < leaves.Count; i++)
            {
                if (device.Store.CommitAt(i)?.Operations.FirstOrDefault(o => o is Consent or Erase) is not { } operation) continue;
                string name = $"change-{i:D6}-{(operation is Consent ? "consent" : "erasure")}";
                string kind = operation is Consent c ? $"{c.Kind.Word()} {(c.On ? "on" : "off")}" : ((Erase)operation).Kind.Word();
                Write(folder, name, leaves[i], new TlogProof(i, MerkleProver.Inclusion(i, hashes), note).ToBytes());
                files.Add((name, $"change {i} of the account: {(operation is Consent ? "consent" : "erased")}, {kind}"));
            }
        }
        foreach (var receipt in await device.Api.GetReceiptsAsync(device.Account.Id, cancel))
        {
            if (!Opening.TryParse(receipt.Opening.Span, out var opening)) continue;
            string name = $"public-{opening.What}-{opening.Value.ToString()[..12]}";
            DurableFile.Write(Path.Combine(folder, name + ".opening"), receipt.Opening.Span);
            if (receipt.Proof.Length > 0) Write(folder, name, LogEntry.Commitment(opening.Value).ToBytes(), receipt.Proof.Span);
            string reason = opening.What == "erasure" ? $"{opening["kind"]}, change {opening["index"]}" : $"by {opening["by"]}: {opening["reason"]}";
            files.Add((name, $"{opening.What} in the public log, {reason}{(receipt.Proof.Length > 0 ? "" : " (its slot has not come yet)")}"));
        }
        return files;
    }

    /// <summary>Checks a receipt without any network.</summary>
    /// <param name="proof">The <c>.tlog-proof</c>.</param>
    /// <param name="entry">What it is said to show: the bytes of the entry or leaf.</param>
    /// <param name="policy">Whom to believe: a policy file.</param>
    /// <returns>What it proves, or why it proves nothing.</returns>
    public static LogFinding CheckReceipt(byte[] proof, byte[] entry, byte[] policy) =>
        LogPolicy.TryParse(policy, out var read, out int wrong) ? CheckReceiptCore(proof, entry, read) : new("receipt", false, $"The policy cannot be read (line {wrong}).");

    private static LogFinding CheckReceiptCore(byte[] proof, byte[] entry, LogPolicy policy)
    {
        if (!TlogProof.TryParse(proof, out var parsed, out var rejection)) return new("receipt", false, $"That is no receipt ({rejection}).");
        if (!Checkpoint.TryParse(parsed.UnverifiedCheckpoint.UnverifiedText.Span, out var claimed, out rejection)) return new("receipt", false, $"That is no receipt ({rejection}).");
        // An account's log is signed by the server's key, whose name its origin begins with.
        var verifier = policy.VerifierOf(claimed.Origin)
            ?? (policy.Logs.Where(l => claimed.Origin.StartsWith(l.Key.Name + "/accounts/", StringComparison.Ordinal)).Select(l => l.Key).ToList() is { Count: > 0 } keys ? new LogVerifier(claimed.Origin, keys, policy.Witnesses.Select(w => w.Key)) : null);
        if (verifier is null) return new("receipt", false, $"It is of the log {claimed.Origin}, whose key was not given.");
        if (!parsed.TryVerify(MerkleTree.LeafHash(entry), verifier, out var checkpoint, out rejection)) return new("receipt", false, $"It does not prove that ({rejection}): it is of something else, or was changed.");
        if (!policy.IsSatisfied(checkpoint)) return new("receipt", false, "It is signed by the log, and too few of the witnesses that you ask for have cosigned it.");
        return new("receipt", true, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{claimed.Origin} has it as entry {parsed.Index} of {claimed.Size}, signed by {checkpoint.Note.Signatures[0].KeyName}{string.Concat(policy.CosignedBy(checkpoint).Select(n => $", cosigned by {n}"))}."));
    }

    /// <summary>A door through a relay whose key this machine has found in the server's log: where it is new, the log is visited first, through the relay.</summary>
    /// <exception cref="LogAlarmException">The key is another than the log's, or the log shows what no honest one does.</exception>
    internal static async Task<PublicDoor> ThroughRelayAsync(string home, Gate.Gate gate, Uri server, Uri relay, Purpose purpose, TimeProvider clock, CancellationToken cancel)
    {
        var door = await PublicDoor.ThroughAsync(gate, server, relay, purpose, clock, cancel);
        var memory = new LogMemory(home, server);
        if (memory.Gateway is { } known && door.Configuration!.Value.Span.SequenceEqual(known)) return door;
        var visit = new LogVisit(door, memory, clock);
        await visit.RunAsync(cancel);
        visit.CheckRelay();
        return door;
    }

    private static async Task<LogVisit> RunRelayedAsync(string home, Gate.Gate gate, Uri server, Uri relay, byte[]? policy, TimeProvider clock, CancellationToken cancel)
    {
        var memory = Remember(home, server, policy);
        var visit = new LogVisit(await PublicDoor.ThroughAsync(gate, server, relay, Purpose.Log, clock, cancel), memory, clock);
        await visit.RunAsync(cancel);
        visit.CheckRelay();
        await visit.CheckWebAsync(cancel);
        var info = await visit.AskServerAsync(cancel);
        if (info is not null) visit.CheckRules(info.Law, info.Region);
        visit.CheckLawFiles();
        visit.CheckBuild(info?.Build);
        return visit;
    }

    private static LogMemory Remember(string home, Uri server, byte[]? policy)
    {
        var memory = new LogMemory(home, server);
        if (policy is null) return memory;
        if (!LogPolicy.TryParse(policy, out _, out int wrong)) throw new DeviceException($"That policy cannot be read: {(wrong > 0 ? $"line {wrong} is not understood" : "it needs one quorum line, and each key once")}. See docs/public-log.md.");
        memory.KeepPolicy(policy);
        return memory;
    }

    private static async Task<LogVisit> RunAsync(string home, Gate.Gate gate, ServerApi api, byte[]? policy, TimeProvider clock, CancellationToken cancel)
    {
        var visit = new LogVisit(new PublicDoor(gate, api.Server), Remember(home, api.Server, policy), clock);
        await visit.RunAsync(cancel);
        await visit.CheckWebAsync(cancel);
        // Asked as this device always asks, under its name where it has one: what is told to it, and not to a stranger, is what has to be in the log.
        var info = await api.GetServerInfoAsync(cancel);
        visit.CheckRules(info.Law, info.Region);
        visit.CheckLawFiles();
        visit.CheckBuild(info.Build);
        return visit;
    }

    private static IEnumerable<(Kind, string)> ConsentsOf(Device device) =>
        device.Account.State.LiveHolders.SelectMany(h => Kinds.All.Where(k => h.ConsentFor(k) is { On: true }).Select(k => (k, h.ConsentFor(k)!.Law)));

    private static Hash32? RootAt(Device device, long size)
    {
        if (size > device.Account.State.Size) return null;
        var range = new CompactRange();
        foreach (byte[] leaf in device.Store.Leaves(size)) range.Append(MerkleTree.LeafHash(leaf));
        return range.Size == size ? range.Root() : null;
    }

    private static void Write(string folder, string name, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> proof)
    {
        DurableFile.Write(Path.Combine(folder, name + ".entry"), entry);
        DurableFile.Write(Path.Combine(folder, name + ".tlog-proof"), proof);
    }
}
