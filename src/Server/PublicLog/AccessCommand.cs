using System.Globalization;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Commits;
using Candor.Server.Operator;
using Candor.Server.Storage.Sqlite;

namespace Candor.Server.PublicLog;

/// <summary>Permission to look at an account's data: made only of a proof that the look was committed to in the public log.</summary>
internal sealed class AccessReceipt
{
    private AccessReceipt(Opening opening) => Opening = opening;

    public Opening Opening { get; }

    /// <summary>Checks the proof as a stranger would: signature, witnesses, inclusion.</summary>
    /// <param name="opening">Of the access or request.</param>
    /// <param name="proof">From the log.</param>
    /// <param name="policy">Of this log.</param>
    /// <exception cref="LogRefusedException">It proves nothing, or too few witnesses have signed.</exception>
    public static AccessReceipt Of(Opening opening, TlogProof proof, LogPolicy policy)
    {
        if (opening.What is not ("access" or "request")) throw new LogRefusedException("That is no access.");
        var verifier = policy.VerifierOf(policy.Logs[0].Key.Name)!;
        var leaf = MerkleTree.LeafHash(LogEntry.Commitment(opening.Value).ToBytes());
        if (!proof.TryVerify(leaf, verifier, out var checkpoint, out var rejection)) throw new LogRefusedException($"The log does not hold this access ({rejection}): nothing was read.");
        if (!policy.IsSatisfied(checkpoint)) throw new LogRefusedException("The access is in the log, and too few witnesses have cosigned it: nothing was read. Try again when they answer.");
        return new(opening);
    }
}

/// <summary>candor-server access: the operator looks at an account. It is committed to in the public log first; without the proof of that nothing is read.</summary>
internal static class AccessCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync(string[] arguments, TextWriter output)
    {
        var settings = ServerSettings.Read(arguments, ["account", "by", "reason", "request", "to"]);
        var options = new ConfigurationBuilder().AddCommandLine(arguments).Build();
        string account = LogCommands.Needed(options, "account", "its id");
        if (!Id.TryParse(account, out var id)) throw new FormatException($"{account} is no account: an id is 32 hex digits.");
        string by = LogCommands.Needed(options, "by", "who looks"), reason = LogCommands.Needed(options, "reason", "why, in one line");
        string? to = options["to"];
        string scope = to is null ? "facts" : "export";
        Opening opening;
        try
        {
            opening = options["request"] is { } authority ? Opening.Request(account, authority, $"{reason} (by {by})", scope) : Opening.Access(account, by, reason, scope);
        }
        catch (ArgumentException)
        {
            throw new FormatException("--by, --reason and --request are one line of text each, without a space at their ends.");
        }
        var folder = LogCommands.Existing(settings);
        folder.Enqueue(opening, TimeProvider.System.GetUtcNow());
        await output.WriteLineAsync("Committed; waiting for its slot in the public log …").ConfigureAwait(false);
        var receipt = await ReceiptAsync(settings, folder, opening).ConfigureAwait(false);
        Act(settings, receipt, id, to, output);
        return 0;
    }

    /// <summary>Waits until a running server's slot has taken the commitment; where none runs, holds a slot itself.</summary>
    private static async Task<AccessReceipt> ReceiptAsync(ServerSettings settings, LogFolder folder, Opening opening)
    {
        while (folder.PlaceOf(opening.Value) is null)
        {
            if (TryRest(settings) is { } resting)
            {
                using (resting)
                {
                    var publicLog = LogCommands.Open(settings);
                    await using (publicLog.ConfigureAwait(false)) await publicLog.RunSlotAsync(settings.LogSlotEntries).ConfigureAwait(false);
                }
                continue;
            }
            await Task.Delay(Pause).ConfigureAwait(false);
        }
        var proof = await PublicLog.ProveAsync(folder, folder.PlaceOf(opening.Value)!.Value).ConfigureAwait(false);
        if (!LogPolicy.TryParse(await File.ReadAllBytesAsync(folder.PolicyFile).ConfigureAwait(false), out var policy, out _)) throw new LogRefusedException($"{folder.PolicyFile} is no policy: start the server once.");
        return AccessReceipt.Of(opening, proof, policy);
    }

    private static DataFolder? TryRest(ServerSettings settings)
    {
        try
        {
            return DataFolder.Open(settings.DataFolder);
        }
        catch (InvalidOperationException)
        {
            return null; // a server runs
        }
    }

    /// <summary>The only way to an account's data for an operator, and it asks for the receipt.</summary>
    private static void Act(ServerSettings settings, AccessReceipt receipt, Id account, string? to, TextWriter output)
    {
        if (receipt.Opening["account"] != account.ToString()) throw new LogRefusedException("The receipt is for another account.");
        using var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(settings.DataFolder));
        var state = database.Read(sql => AccountRows.Load(sql, account)) ?? throw new InvalidOperationException("There is no such account. The look at it stays in the log.");
        long bytes = database.Read(sql => AccountRows.Bytes(sql, account));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"account {account}: {state.Size} commits, {bytes} bytes, region \"{state.Region}\", law \"{state.Law}\", {state.LiveHolders.Count()} holders"));
        if (to is null) return;
        Directory.CreateDirectory(to);
        for (long index = 0; index < state.Size; index++)
        {
            string name = Path.Combine(to, index.ToString("D8", CultureInfo.InvariantCulture));
            File.WriteAllBytes(name + ".leaf", database.Read(sql => CommitRows.Leaf(sql, account, index))!);
            if (database.Read(sql => CommitRows.Bundle(sql, account, index)) is { } bundle) File.WriteAllBytes(name + ".sealed", bundle);
        }
        output.WriteLine($"{to} has the account's log and its sealed payloads. This server has no key to them.");
    }
}
