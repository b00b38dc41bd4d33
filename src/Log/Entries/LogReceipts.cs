using System.Diagnostics.CodeAnalysis;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>An opening and the proof that its commitment is in the public log, as a server hands them to those concerned.</summary>
/// <param name="Opening">The file of spec/public-log.md §3.</param>
/// <param name="Proof">A tlog-proof; empty while the commitment waits for its slot.</param>
public sealed record LogReceipt(ReadOnlyMemory<byte> Opening, ReadOnlyMemory<byte> Proof);

/// <summary>The answer of <c>GET A/receipts</c>: [[opening, proof]…] in CBOR.</summary>
public static class LogReceipts
{
    /// <summary>Most receipts of one answer, the newest ones.</summary>
    public const int MaxReceipts = 256;

    internal const int MaxProofBytes = 400 << 10;

    public static byte[] Encode(IReadOnlyCollection<LogReceipt> receipts)
    {
        ArgumentNullException.ThrowIfNull(receipts);
        var w = Cbor.Writer();
        w.WriteStartArray(receipts.Count);
        foreach (var receipt in receipts)
        {
            w.WriteStartArray(2);
            w.WriteByteString(receipt.Opening.Span);
            w.WriteByteString(receipt.Proof.Span);
            w.WriteEndArray();
        }
        w.WriteEndArray();
        return w.Encode();
    }

    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out IReadOnlyList<LogReceipt>? receipts)
    {
        bool read = Cbor.TryDecode(bytes, r =>
        {
            int count = r.ReadCount(MaxReceipts);
            if (count < 0) return null;
            var list = new List<LogReceipt>(count);
            for (int i = 0; i < count; i++)
            {
                if (!r.ReadArray(2) || r.ReadBytes(0, Opening.MaxBytes) is not { } opening || r.ReadBytes(0, MaxProofBytes) is not { } proof) return null;
                r.ReadEndArray();
                list.Add(new(opening, proof));
            }
            r.ReadEndArray();
            return list;
        }, out List<LogReceipt>? found);
        receipts = found;
        return read;
    }
}

/// <summary>The answer of <c>GET A/head-proof</c>: [blind, account, size, root, index, leaves, [path…], entry, proof] in CBOR.</summary>
/// <param name="Head">The account's place in the hour's tree.</param>
/// <param name="Entry">The <c>heads</c> entry.</param>
/// <param name="Proof">That the entry is in the log: a tlog-proof.</param>
public sealed record HeadReceipt(HeadProof Head, ReadOnlyMemory<byte> Entry, ReadOnlyMemory<byte> Proof)
{
    public byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(9);
        w.WriteHash(Head.Blind);
        w.WriteId(Head.Head.Account);
        w.WriteInt64(Head.Head.Size);
        w.WriteHash(Head.Head.Root);
        w.WriteInt64(Head.Index);
        w.WriteInt64(Head.Leaves);
        w.WriteStartArray(Head.Path.Count);
        foreach (var hash in Head.Path) w.WriteHash(hash);
        w.WriteEndArray();
        w.WriteByteString(Entry.Span);
        w.WriteByteString(Proof.Span);
        w.WriteEndArray();
        return w.Encode();
    }

    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out HeadReceipt? receipt) => Cbor.TryDecode(bytes, r =>
    {
        if (!r.ReadArray(9) || !r.TryReadHash(out var blind) || !r.TryReadId(out var account)) return null;
        long size = r.ReadUInt(long.MaxValue);
        if (size < 0 || !r.TryReadHash(out var root)) return null;
        long index = r.ReadUInt(long.MaxValue), leaves = r.ReadUInt(long.MaxValue);
        int count = r.ReadCount(TlogProof.MaxPathHashes);
        if (index < 0 || leaves < 0 || count < 0) return null;
        var path = new Hash32[count];
        for (int i = 0; i < count; i++) if (!r.TryReadHash(out path[i])) return null;
        r.ReadEndArray();
        if (r.ReadBytes(0, LogEntry.MaxBytes) is not { } entry || r.ReadBytes(0, LogReceipts.MaxProofBytes) is not { } proof) return null;
        r.ReadEndArray();
        return new HeadReceipt(new(new(account, size, root), blind, index, leaves, path), entry, proof);
    }, out receipt);
}
