using Candor.Bench.Measuring;

namespace Candor.Bench.Programs;

/// <summary>The two programs of this tree, as they were published.</summary>
/// <param name="Client">Path of candor.</param>
/// <param name="Server">Path of candor-server.</param>
internal sealed record Built(string Client, string Server)
{
    private const string HowTo = """
          dotnet publish src/Cli/Cli.csproj -c Release -o out/candor
          dotnet publish src/Server/Server.csproj -c Release -o out/server
        """;

    /// <summary>Looks in out/ of the tree that the current folder is in.</summary>
    /// <exception cref="BenchException">It is in none, or they were not published.</exception>
    public static Built Find(string from)
    {
        for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Join(folder.FullName, "Candor.slnx")))
                continue;
            var built = new Built(Path.Join(folder.FullName, "out/candor/candor"), Path.Join(folder.FullName, "out/server/candor-server"));
            foreach (var program in new[] { built.Client, built.Server })
            {
                if (!File.Exists(program))
                    throw new BenchException($"There is no {program}. The bench measures what is published:\n{HowTo}");
            }
            return built;
        }
        throw new BenchException("Run it inside the tree: it looks for out/candor/candor and out/server/candor-server beside Candor.slnx.");
    }

    public Server Serve(string data, CancellationToken stop) => Measuring.Server.Start(
        port => new(Server, "serve", "--data", Directory.CreateDirectory(data).FullName, "--urls", $"http://127.0.0.1:{port}", "--log", "error"), "/v1/server", stop);
}
