using Candor.Protocol;
using Microsoft.Data.Sqlite;

namespace Candor.Client.Store;

public sealed partial class LocalStore
{
    /// <summary>No honest device makes one, so there are few: a stolen device may make more, each in a commit that names it.</summary>
    private readonly HashSet<Place> _void = [];

    /// <summary>True for an operation that named a revision of another record, or a void one, as its parent (spec/account-log.md §6).</summary>
    public bool IsVoid(Place place)
    {
        using var held = _lock.EnterScope();
        return _void.Contains(place);
    }

    private void SaveVoid(List<Place> places, SqliteTransaction transaction)
    {
        if (places.Count == 0) return;
        using var insert = Command("INSERT INTO void (idx, op) VALUES ($idx, $op)", transaction);
        foreach (var place in places)
        {
            Set(insert, ("$idx", place.Index), ("$op", place.Op));
            insert.ExecuteNonQuery();
        }
    }

    private void LoadVoid()
    {
        using var command = Command("SELECT idx, op FROM void");
        using var reader = command.ExecuteReader();
        while (reader.Read()) _void.Add(new(reader.GetInt64(0), reader.GetInt32(1)));
    }
}
