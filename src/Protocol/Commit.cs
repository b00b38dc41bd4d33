using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;

namespace Candor.Protocol;

/// <summary>A signed, atomic set of operations by one holder (spec/account-log.md §2), without its signature: see <see cref="Leaf"/>.</summary>
public sealed record Commit(
    Id Account, long PrevSize, Hash32 PrevRoot, Id Author, long Seq, HybridTime Time, Kind Kind, IReadOnlyList<Operation> Operations)
{
    public const int Version = 1;

    private const int Fields = 9;

    /// <summary>A put of one record without blobs, at most.</summary>
    private const int TypicalOperation = 96;

    /// <summary>Where the operation with this number will stand, if the commit extends the head that it names.</summary>
    public Place PlaceOf(int op) => new(PrevSize, op);

    public byte[] Encode()
    {
        var w = Cbor.Writer(room: 256 + (Operations.Count * TypicalOperation));
        w.WriteStartArray(Fields);
        w.WriteInt32(Version);
        w.WriteId(Account);
        w.WriteInt64(PrevSize);
        w.WriteHash(PrevRoot);
        w.WriteId(Author);
        w.WriteInt64(Seq);
        w.WriteTime(Time);
        w.WriteInt32((int)Kind);
        w.WriteStartArray(Operations.Count);
        foreach (var operation in Operations) OperationCbor.Write(w, operation);
        w.WriteEndArray();
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Reads a body. Total: false with <see cref="ErrorName.VersionUnknown"/> for a version that is not ours, else <see cref="ErrorName.CommitMalformed"/>.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out Commit? commit, out string? error)
    {
        commit = null;
        error = ErrorName.CommitMalformed;
        if (body.Length > Limits.Commit) return false;
        bool known = true;
        bool ok = Cbor.TryDecode(body, r => Read(r, ref known), out commit);
        error = ok ? null : known ? ErrorName.CommitMalformed : ErrorName.VersionUnknown;
        return ok;
    }

    private static Commit? Read(CborReader r, ref bool known)
    {
        if (r.ReadStartArray() is not { } fields || fields < 1) return null;
        if (r.ReadUInt64() != Version)
        {
            known = false;
            return null;
        }
        if (fields != Fields || !r.TryReadId(out var account)) return null;
        long size = r.ReadUInt(long.MaxValue);
        if (size < 0 || !r.TryReadHash(out var root) || !r.TryReadId(out var author)) return null;
        long seq = r.ReadUInt(long.MaxValue);
        if (seq < 1 || r.ReadTime() is not { } time) return null;
        long kind = r.ReadUInt((int)Kind.Photos);
        if (kind < 0) return null;
        int count = r.ReadCount(Limits.Operations);
        if (count < 0) return null;
        var operations = new Operation[count];
        for (int i = 0; i < count; i++)
        {
            if (OperationCbor.Read(r) is not { } operation) return null;
            operations[i] = operation;
        }
        r.ReadEndArray();
        r.ReadEndArray();
        return new(account, size, root, author, seq, time, (Kind)kind, operations);
    }
}
