using System.Runtime.CompilerServices;
using Candor.Log;
using Candor.Server.Operator;
using Candor.Server.PublicLog;
using Candor.Server.Storage.Sqlite;

namespace Candor.Tests.PublicLog;

/// <summary>This test program as one that does nothing but append to a public log until it is killed: it says every checkpoint that it published.</summary>
internal static class ChildLog
{
    /// <summary>The data folder.</summary>
    public const string Folder = "CANDOR_TEST_LOG";

    [ModuleInitializer]
    internal static void Begin()
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { } folder) return;
        int code = 1;
        try
        {
            using var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(folder));
            using var writer = LogWriter.Open(new(folder), new(database), null, "log.example/a");
            Console.Out.WriteLine("ready");
            var random = new Random(Environment.ProcessId);
            // Batches of all sizes: some end in the middle of a tile, some fill several.
            for (int i = 0; i < 400; i++) Append(writer, random.Next(8) == 0 ? random.Next(600) : random.Next(1, 5));
            code = 0;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
        }
        Environment.Exit(code);
    }

    /// <summary>Not asynchronous: while this assembly's initializer runs, no other thread enters its code.</summary>
    private static void Append(LogWriter writer, int count)
    {
        using var held = writer.Hold();
        var entries = Enumerable.Range(0, count).Select(_ => (ReadOnlyMemory<byte>)System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)).ToList();
        long first = writer.Append(entries);
        var note = writer.PublishAsync(Task.FromResult).GetAwaiter().GetResult();
        writer.Prune(first);
        Console.Out.WriteLine(Convert.ToBase64String(note.ToBytes()));
        Console.Out.Flush();
    }
}
