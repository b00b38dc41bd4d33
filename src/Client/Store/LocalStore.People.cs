namespace Candor.Client.Store;

/// <summary>Since when, by this device's own clock, an announcement of people with shares can stand: nobody's word is needed for it.</summary>
public sealed partial class LocalStore
{
    /// <summary>Writes down that the log was followed to its head just now.</summary>
    public void SavePulled(long ms)
    {
        using var held = _lock.EnterScope();
        using var command = Command("INSERT INTO pulled (id, ms) VALUES (1, $ms) ON CONFLICT (id) DO UPDATE SET ms = excluded.ms");
        Set(command, ("$ms", ms));
        command.ExecuteNonQuery();
    }

    /// <summary>Writes down that the announcement in leaf <paramref name="index"/> was not there when the log was followed the last time. Nothing, where it never was.</summary>
    public void SaveAnnounced(long index)
    {
        using var held = _lock.EnterScope();
        using var command = Command("INSERT OR IGNORE INTO announced (idx, ms) SELECT $idx, ms FROM pulled WHERE id = 1");
        Set(command, ("$idx", index));
        command.ExecuteNonQuery();
    }

    /// <summary>Unix milliseconds at which the announcement was not there yet; null: not known.</summary>
    public long? NotYetAnnounced(long index)
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT ms FROM announced WHERE idx = $idx");
        Set(command, ("$idx", index));
        return command.ExecuteScalar() as long?;
    }
}
