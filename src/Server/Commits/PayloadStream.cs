using System.IO.Pipelines;
using Candor.Protocol;
using Candor.Server.Requests;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>Writes payloads by their places: what a pull left out as superseded, or what a client lost.</summary>
/// <remarks>Each commit is read once for places that follow each other; a client asks in ascending order.</remarks>
public sealed class PayloadStream(Database database)
{
    /// <summary>Answers collect to this many bytes before they are sent.</summary>
    private const int FlushBytes = 1 << 20;

    public async Task WriteAsync(PipeWriter output, Caller caller, IReadOnlyList<Place> places, CancellationToken cancellation)
    {
        long index = -1;
        byte[]? bundle = null;
        Dictionary<int, Range> ranges = [];
        foreach (var place in places)
        {
            if (place.Index != index)
            {
                index = place.Index;
                (bundle, ranges) = database.Read(sql => Load(sql, caller, place.Index));
            }
            if (bundle is not null && ranges.TryGetValue(place.Op, out var range) && range.End.Value <= bundle.Length) output.WriteByteString(bundle.AsSpan(range));
            else output.WriteNull();
            if (output.UnflushedBytes > FlushBytes) await output.FlushAsync(cancellation).ConfigureAwait(false);
        }
        await output.FlushAsync(cancellation).ConfigureAwait(false);
    }

    private static (byte[]?, Dictionary<int, Range>) Load(Statements sql, Caller caller, long index)
    {
        if (index >= caller.Account.Size) return (null, []);
        if (CommitRows.Bundle(sql, caller.Account.Account, index) is not { } bundle || CommitRows.Leaf(sql, caller.Account.Account, index) is not { } leaf) return (null, []);
        var commit = PushContents.Stored(leaf);
        if (!caller.MayTouch(commit.Kind)) return (null, []);
        var dropped = CommitRows.Superseded(sql, caller.Account.Account, index).Where(s => s.Dropped).Select(s => s.Op).ToHashSet();
        return (bundle, Bundle.Places(commit, dropped));
    }
}
