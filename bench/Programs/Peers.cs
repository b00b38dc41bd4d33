using System.Diagnostics.CodeAnalysis;
using Candor.Bench.Measuring;

namespace Candor.Bench.Programs;

/// <summary>The programs of others that are run beside ours, and the Debian packages that bring them.</summary>
internal static class Peers
{
    private static readonly Dictionary<string, string> Packages = new() { ["restic"] = "restic", ["rclone"] = "rclone", ["rsync"] = "rsync", ["xmllint"] = "libxml2-utils" };

    /// <summary>Says how to install those that are not on the PATH; null: all are there.</summary>
    public static string? Missing(IEnumerable<string> programs)
    {
        var missing = programs.Distinct().Where(program => !TryFind(program, out _)).Select(program => Packages[program]).Order(StringComparer.Ordinal).ToList();
        return missing is [] ? null : $"These lines are measured beside programs that are not here. On Debian and Ubuntu:\n  sudo apt-get install --no-install-recommends {string.Join(' ', missing)}";
    }

    /// <exception cref="BenchException">It is not on the PATH.</exception>
    public static string Find(string program) => TryFind(program, out var path) ? path : throw new BenchException($"{program} is not on the PATH.");

    /// <summary>What it says of its version, first line.</summary>
    public static string Version(string program, Bounds bounds) =>
        new Command(Find(program), program is "restic" or "rclone" ? "version" : "--version").Run(bounds).Output.Split('\n')[0].Trim();

    private static bool TryFind(string program, [NotNullWhen(true)] out string? path)
    {
        path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Join(folder, program)).FirstOrDefault(File.Exists);
        return path is not null;
    }
}
