using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>R13 of spec/account-log.md, "the same record": what a commit replaces are revisions of the records that it says.</summary>
/// <remarks>Checked here because superseded payloads are dropped: an operation of one record must not make another's newest revision go.</remarks>
internal static class ParentRecords
{
    /// <summary>Leaves that one commit may make us read. A commit of 4,096 edits in as many large commits reads some 100 MiB.</summary>
    private const long MostBytes = 512L << 20;

    /// <returns>Null; <see cref="ErrorName.ParentBad"/>; or <see cref="ErrorName.TooLarge"/>.</returns>
    public static string? Check(Statements sql, Commit commit)
    {
        var asked = new List<(Place Parent, Id Record)>();
        foreach (var operation in commit.Operations)
        {
            var (record, parents) = operation switch
            {
                Put put => (put.Record, put.Parents),
                Remove remove => (remove.Record, remove.Parents),
                _ => (default, []),
            };
            foreach (var parent in parents) asked.Add((parent, record));
        }
        long read = 0;
        foreach (var of in asked.GroupBy(a => a.Parent.Index))
        {
            var earlier = commit;
            if (of.Key != commit.PrevSize)
            {
                if (CommitRows.Leaf(sql, commit.Account, of.Key) is not { } leaf) return ErrorName.ParentBad;
                if ((read += leaf.Length) > MostBytes) return ErrorName.TooLarge;
                earlier = PushContents.Stored(leaf);
            }
            if (earlier.Kind != commit.Kind) return ErrorName.ParentBad;
            foreach (var (parent, record) in of)
            {
                if (parent.Op >= earlier.Operations.Count) return ErrorName.ParentBad;
                Id? there = earlier.Operations[parent.Op] switch
                {
                    Put put => put.Record,
                    Remove remove => remove.Record,
                    _ => null,
                };
                if (there != record) return ErrorName.ParentBad;
            }
        }
        return null;
    }
}
