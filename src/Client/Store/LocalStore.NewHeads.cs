using System.Buffers;
using Candor.Protocol;
using Microsoft.Data.Sqlite;

namespace Candor.Client.Store;

public sealed partial class LocalStore
{
    /// <summary>Heads of records that begin in a commit, whose bytes came with it. They come by the thousand: the ids of those that follow each other are one value, and one statement makes a row of each.</summary>
    private sealed class NewHeads(SqliteCommand insert) : IDisposable
    {
        public const string Insertion = """
            WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $count)
            INSERT INTO heads (idx, op, record, kind, removed, absent) SELECT $idx, $first + i, substr($records, 16 * i + 1, 16), $kind, 0, 0 FROM n
            """;

        private readonly ArrayBufferWriter<byte> _records = new();

        public void Add(Id record)
        {
            record.CopyTo(_records.GetSpan(Id.Size));
            _records.Advance(Id.Size);
        }

        /// <summary>Makes the rows of those that were added: the operations before <paramref name="behind"/>.</summary>
        public void Insert(VerifiedCommit commit, int behind)
        {
            int count = _records.WrittenCount / Id.Size;
            if (count == 0) return;
            Set(insert, ("$idx", commit.Index), ("$first", behind - count), ("$records", _records.WrittenSpan.ToArray()), ("$count", count), ("$kind", (int)commit.Commit.Kind));
            insert.ExecuteNonQuery();
            _records.ResetWrittenCount();
        }

        public void Dispose() => insert.Dispose();
    }
}
