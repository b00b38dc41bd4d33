using Candor.Protocol;

namespace Candor.Client.Store;

public sealed partial class LocalStore
{
    private readonly HashSet<Kind> _off = [];

    /// <summary>True where a person turned the kind off here, whether or not the log says so yet.</summary>
    public bool IsOff(Kind kind)
    {
        using var held = _lock.EnterScope();
        return _off.Contains(kind);
    }

    /// <summary>Writes a person's word down before anything else happens.</summary>
    public void SetOff(Kind kind, bool off)
    {
        using var held = _lock.EnterScope();
        using var command = Command(off ? "INSERT OR IGNORE INTO off (kind) VALUES ($kind)" : "DELETE FROM off WHERE kind = $kind");
        Set(command, ("$kind", (int)kind));
        command.ExecuteNonQuery();
        if (off) _off.Add(kind);
        else _off.Remove(kind);
    }

    private void LoadOff()
    {
        using var command = Command("SELECT kind FROM off");
        using var reader = command.ExecuteReader();
        while (reader.Read()) _off.Add((Kind)reader.GetInt32(0));
    }
}
