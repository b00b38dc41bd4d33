using System.Buffers.Binary;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Records of a folder whose change was handed to the server and whose acknowledgement the index does not have yet.</summary>
/// <remarks>
/// A run may end between the two: it is killed, or the answer is lost. Whether the server took the change then stands in the log, and nowhere else. Without this list the next run
/// would take a file that was edited meanwhile for a new one, and the old version would come back beside it. A file of lines of 24 bytes beside the index: record, and the log's size
/// when the change was made (big-endian). It is not flushed: after a loss of power a line may be missing, which costs a second copy and no bytes. Not safe for several threads.
/// </remarks>
internal sealed class UnheardChanges
{
    private const int Line = Id.Size + 8;

    private readonly string _file;
    private readonly Dictionary<Id, long> _sizes = [];
    private FileStream? _open;

    private UnheardChanges(string file) => _file = file;

    public int Count => _sizes.Count;

    /// <summary>No commit before this index holds one of the changes.</summary>
    public long First => _sizes.Values.DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>A file that is not there, or ends in the middle of a line, is as good as its whole lines.</summary>
    public static UnheardChanges Load(string file)
    {
        var changes = new UnheardChanges(file);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return changes;
        }
        for (int at = 0; at + Line <= bytes.Length; at += Line)
        {
            long size = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at + Id.Size));
            if (size >= 0) changes._sizes.TryAdd(Id.From(bytes.AsSpan(at, Id.Size)), size);
        }
        return changes;
    }

    public bool Contains(Id record) => _sizes.ContainsKey(record);

    /// <summary>Written down before the change leaves.</summary>
    public void Add(Id record, long size)
    {
        if (!_sizes.TryAdd(record, size)) return;
        try
        {
            _open ??= new FileStream(_file, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 });
            _open.Write(LineOf(record, size));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk: the store, which has to be written for anything to go on, says it better.
        }
    }

    /// <summary>The index has it.</summary>
    public void Heard(Id record) => _sizes.Remove(record);

    public void Clear() => _sizes.Clear();

    /// <summary>Brings the file to what is still unheard; call it after the index was written.</summary>
    public void Save()
    {
        _open?.Dispose();
        _open = null;
        if (_sizes.Count == 0)
        {
            if (File.Exists(_file)) File.Delete(_file);
            return;
        }
        byte[] bytes = new byte[_sizes.Count * Line];
        int at = 0;
        foreach (var (record, size) in _sizes)
        {
            LineOf(record, size).CopyTo(bytes, at);
            at += Line;
        }
        DurableFile.Write(_file, bytes);
    }

    private static byte[] LineOf(Id record, long size)
    {
        byte[] line = new byte[Line];
        record.CopyTo(line);
        BinaryPrimitives.WriteInt64BigEndian(line.AsSpan(Id.Size), size);
        return line;
    }
}
