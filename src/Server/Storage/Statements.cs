using System.Data.Common;
using Candor.Protocol;

namespace Candor.Server.Storage;

/// <summary>SQL on one connection, prepared once and kept. Not safe for use by several threads at once.</summary>
/// <remarks>Parameters are named <c>@name</c> in the text. Ids and hashes become bytes, times and kinds become integers.</remarks>
public sealed class Statements(DbConnection connection) : IDisposable
{
    /// <summary>Values up to this size that lie inside other memory are copied to one buffer that is kept; larger ones are rare.</summary>
    private const int MaxScratch = 4 << 20;

    private readonly Dictionary<string, DbCommand> _prepared = [];
    private byte[] _scratch = [];

    /// <summary>The number of rows that changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Command(sql, parameters).ExecuteNonQuery();

    /// <summary>The first column of the first row; null where there is none, or it is null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Command(sql, parameters).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>The first column of the first row as a number; 0 where there is none.</summary>
    public long Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Scalar(sql, parameters) is { } value ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) : 0;

    /// <summary>Dispose the reader before the next statement: not every database answers two questions at a time.</summary>
    public DbDataReader Query(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Command(sql, parameters).ExecuteReader();

    private DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this program; what comes from outside is a parameter.
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach (var (name, _) in parameters)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "@" + name;
                command.Parameters.Add(parameter);
            }
            _prepared.Add(sql, command);
        }
        bool scratchIsFree = true;
        for (int i = 0; i < parameters.Length; i++)
        {
            // A value's array may be longer than its bytes: Size cuts it.
            var (value, size) = Convertible(parameters[i].Value, ref scratchIsFree);
            var parameter = command.Parameters[i];
            parameter.Value = value;
            if (size >= 0) parameter.Size = size;
        }
        return command;
    }

    private (object Value, int Size) Convertible(object? value, ref bool scratchIsFree) => value switch
    {
        null => (DBNull.Value, -1),
        Id id => (id.ToArray(), Id.Size),
        Hash32 hash => (hash.ToArray(), Hash32.Size),
        Kind kind => ((long)kind, -1),
        DateTimeOffset time => (time.ToUnixTimeMilliseconds(), -1),
        byte[] bytes => (bytes, bytes.Length),
        ReadOnlyMemory<byte> memory => OfMemory(memory, ref scratchIsFree),
        _ => (value, -1),
    };

    private (object Value, int Size) OfMemory(ReadOnlyMemory<byte> memory, ref bool scratchIsFree)
    {
        if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0) return (segment.Array!, segment.Count);
        if (!scratchIsFree || memory.Length > MaxScratch) return (memory.ToArray(), memory.Length);
        scratchIsFree = false;
        if (_scratch.Length < memory.Length) _scratch = GC.AllocateUninitializedArray<byte>(memory.Length);
        memory.CopyTo(_scratch);
        return (_scratch, memory.Length);
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        _prepared.Clear();
    }
}

/// <summary>Columns as the values they stand for.</summary>
public static class Columns
{
    public static byte[] Bytes(this DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static byte[]? BytesOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    public static Id Id(this DbDataReader row, int column) => Protocol.Id.From(row.GetFieldValue<byte[]>(column));

    public static Hash32 Hash(this DbDataReader row, int column) => new(row.GetFieldValue<byte[]>(column));
}
