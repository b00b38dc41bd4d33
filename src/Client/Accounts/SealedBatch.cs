using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Accounts;

/// <summary>Changes that go into one commit, sealed: what can be made ready before the log's head is known.</summary>
/// <remarks>The sealed records stand in one array that is lent: dispose it when the commit is in the store, or given up.</remarks>
internal sealed class SealedBatch : IDisposable
{
    /// <summary>How many sealed bytes go into one push: with the change that fills it, and one that this stands on, 2 MiB. Large enough that a request's cost vanishes, small enough to be repeated.</summary>
    private const int BundleTarget = (2 << 20) - (2 * Limits.Payload);

    /// <summary>Room for the records of a small change; it doubles.</summary>
    private const int FirstRoom = 16 << 10;

    /// <summary>One batch is sealed, one waits and one is on its way. A pool of its own: the shared one keeps an array for every thread.</summary>
    private static readonly ArrayPool<byte> s_bundles = ArrayPool<byte>.Create(BundleTarget + (2 * Limits.Payload), maxArraysPerBucket: 3);

    /// <summary>Operations in one push of ours; one more than this can come, where a change stands on the one before.</summary>
    private const int OperationsTarget = 2000;

    /// <summary>Names of blobs in one push of ours: a body stays far below its limit.</summary>
    private const int BlobsTarget = 8000;

    private const int MostDrawn = 256;

    private readonly List<SealedChange> _changes = [];
    private ReadOnlyMemory<byte> _drawn;
    private byte[] _bundle = [];
    private int _length;
    private int _blobs;

    public IReadOnlyList<SealedChange> Changes => _changes;

    public bool IsFull => _changes.Count >= OperationsTarget || _length >= BundleTarget || _blobs >= BlobsTarget;

    /// <summary>Sealed records of more than 64 KiB: they are uploaded as blobs before the commit that names them.</summary>
    public IEnumerable<SealedChange> Large => _changes.Where(c => c.Large is not null);

    /// <summary>The sealed records that travel in the push, joined. Lent until <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Bundle => _bundle.AsMemory(0, _length);

    /// <summary>The epoch that everything in here was sealed under; 0 where nothing is.</summary>
    public uint Epoch { get; private set; }

    /// <exception cref="RecordTooLargeException">The record is larger than a blob may be.</exception>
    public void Add(VaultKeys keys, RecordChange change)
    {
        if (change.Content is not { } content)
        {
            _changes.Add(new(change, default, 0, default, 0, [], null));
            return;
        }
        byte[] plain = content.Encode();
        try
        {
            int length = VaultKeys.SealedRecordLength(plain.Length);
            if (length > Limits.Blob) throw new RecordTooLargeException(content.Name, plain.Length);
            var revision = NextRevision();
            var names = content.BlobNames();
            Epoch = keys.NewestEpoch;
            if (length > Limits.Payload)
            {
                byte[] large = new byte[length];
                keys.SealRecord(change.Record, revision, plain, large);
                var name = Hash32.Of(large);
                _changes.Add(new(change, revision, Epoch, name, length, [.. names.Append(name).Distinct().Order()], large));
            }
            else
            {
                var into = Room(length);
                keys.SealRecord(change.Record, revision, plain, into);
                _length += length;
                _changes.Add(new(change, revision, Epoch, Hash32.Of(into), length, names, null));
            }
            _blobs += names.Count;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>The operations, for a commit that will have this index.</summary>
    public IReadOnlyList<Operation> Operations(long index)
    {
        var operations = new Operation[_changes.Count];
        for (int i = 0; i < operations.Length; i++)
        {
            var sealedChange = _changes[i];
            var parents = sealedChange.Change.Parents;
            if (sealedChange.Change.Onto is not null) parents = [.. parents, new Place(index, i - 1)];
            operations[i] = sealedChange.Change.Content is null
                ? new Remove(sealedChange.Change.Record, parents)
                : new Put(sealedChange.Change.Record, sealedChange.Revision, sealedChange.Epoch, parents, sealedChange.Hash, sealedChange.Length, sealedChange.Blobs);
        }
        return operations;
    }

    public void Dispose()
    {
        if (_bundle.Length > 0) s_bundles.Return(_bundle);
        (_bundle, _length) = ([], 0);
    }

    /// <summary>Ids are no secrets, only never the same: they are drawn many at once, which costs as much as one. Salts are not.</summary>
    private Id NextRevision()
    {
        if (_drawn.IsEmpty)
        {
            // A small change draws few.
            byte[] fresh = new byte[Id.Size * Math.Clamp(_changes.Count, 1, MostDrawn)];
            RandomNumberGenerator.Fill(fresh);
            _drawn = fresh;
        }
        var id = Id.From(_drawn.Span[..Id.Size]);
        _drawn = _drawn[Id.Size..];
        return id;
    }

    private Span<byte> Room(int length)
    {
        if (_length + length > _bundle.Length)
        {
            byte[] larger = s_bundles.Rent((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(FirstRoom, _length + length)));
            Bundle.Span.CopyTo(larger);
            if (_bundle.Length > 0) s_bundles.Return(_bundle);
            _bundle = larger;
        }
        return _bundle.AsSpan(_length, length);
    }

    internal sealed record SealedChange(RecordChange Change, Id Revision, uint Epoch, Hash32 Hash, int Length, IReadOnlyList<Hash32> Blobs, byte[]? Large);
}

/// <summary>A record whose text alone is larger than anything that can be stored: 8 MiB. It was not sent; nothing of it is lost.</summary>
public sealed class RecordTooLargeException(string name, int length) : Exception($"{name} has {length} bytes; a record has at most 8 MiB. It was not sent.");
