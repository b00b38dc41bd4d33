using System.IO.Pipelines;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Requests;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>Writes a pull (spec/http-api.md §5), a page of commits at a time, no faster than the client reads.</summary>
public sealed class PullStream(Database database, Checkpoints checkpoints, Restores.Restores restores)
{
    public const string MediaType = "application/cbor-seq";

    private const int LeafItem = 0, LastItem = 1, RestoreItem = 2;

    /// <param name="output">The answer's body.</param>
    /// <param name="state">The account as the request found it: the pull ends at its head.</param>
    /// <param name="from">Index of the first leaf.</param>
    /// <param name="kinds">Kinds whose payloads are sent, as a mask: bit n for kind n.</param>
    /// <param name="cancellation">When nobody reads any more.</param>
    public async Task WriteAsync(PipeWriter output, AccountState state, long from, long kinds, CancellationToken cancellation)
    {
        while (from < state.Size)
        {
            long start = from;
            var page = database.Read(sql => Prepare(sql, CommitRows.Page(sql, state.Account, start, state.Size, kinds), state.Account));
            if (page.Count == 0) throw new InvalidDataException("Commits are missing in the database: run candor-server scrub.");
            foreach (var (commit, gone, live) in page)
            {
                Write(output, commit, gone, live);
                from = commit.Index + 1;
            }
            await output.FlushAsync(cancellation).ConfigureAwait(false);
        }
        if (restores.Statement(state.Account) is { } statement)
        {
            output.WriteArrayStart(2);
            output.WriteUInt(RestoreItem);
            output.WriteText(Encoding.UTF8.GetBytes(statement));
        }
        output.WriteArrayStart(2);
        output.WriteUInt(LastItem);
        output.WriteText(checkpoints.Sign(state));
        await output.FlushAsync(cancellation).ConfigureAwait(false);
    }

    private static List<(StoredCommit Commit, List<int> Gone, List<Range>? Live)> Prepare(Statements sql, List<StoredCommit> page, Id account)
    {
        var prepared = new List<(StoredCommit, List<int>, List<Range>?)>(page.Count);
        foreach (var stored in page)
        {
            // Only a commit that something was taken from has to be understood.
            if (stored.Bundle is null || !stored.HasSuperseded)
            {
                prepared.Add((stored, [], null));
                continue;
            }
            var superseded = CommitRows.Superseded(sql, account, stored.Index);
            var commit = PushContents.Stored(stored.Leaf);
            var all = Bundle.Places(commit, superseded.Where(s => s.Dropped).Select(s => s.Op).ToHashSet());
            var gone = superseded.Select(s => s.Op).Where(op => op < commit.Operations.Count && commit.Operations[op] is Put { IsInline: true }).ToList();
            foreach (int op in gone) all.Remove(op);
            prepared.Add((stored, gone, [.. all.OrderBy(p => p.Key).Select(p => p.Value)]));
        }
        return prepared;
    }

    private static void Write(PipeWriter output, StoredCommit commit, List<int> gone, List<Range>? live)
    {
        output.WriteArrayStart(5);
        output.WriteUInt(LeafItem);
        output.WriteUInt(commit.Index);
        output.WriteByteString(commit.Leaf);
        if (commit.Bundle is null)
        {
            output.WriteNull();
        }
        else if (live is null)
        {
            output.WriteByteString(commit.Bundle);
        }
        else
        {
            output.WriteByteStringStart(live.Sum(r => r.End.Value - r.Start.Value));
            foreach (var range in live) System.Buffers.BuffersExtensions.Write(output, commit.Bundle.AsSpan(range));
        }
        output.WriteArrayStart(gone.Count);
        foreach (int op in gone) output.WriteUInt(op);
    }
}
