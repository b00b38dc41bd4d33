using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Candor.Server.Storage.Sqlite;

/// <summary>The numbered scripts of Scripts/, each run once, in order, each in a transaction of its own.</summary>
internal static class SchemaScripts
{
    private const string Prefix = "schema/";

    public static void Apply(SqliteConnection connection)
    {
        Run(connection, null, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY)");
        using var ask = connection.CreateCommand();
        ask.CommandText = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
        int have = Convert.ToInt32(ask.ExecuteScalar(), CultureInfo.InvariantCulture);

        var scripts = Names();
        if (have > scripts.Count)
            throw new InvalidOperationException($"The database is of version {have}, written by a newer candor-server; this one knows up to {scripts.Count}. Run the newer one.");
        for (int version = have + 1; version <= scripts.Count; version++)
        {
            using var transaction = connection.BeginTransaction();
            Run(connection, transaction, Text(scripts[version - 1]));
            Run(connection, transaction, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_version (version) VALUES ({version})"));
            transaction.Commit();
        }
    }

    private static List<string> Names()
    {
        var names = typeof(SchemaScripts).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static string Text(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static void Run(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Texts of this program.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
