using System.Diagnostics;
using System.Formats.Cbor;
using System.Reflection;
using System.Text.RegularExpressions;
using Candor.Fuzz;
using Candor.Tests.Hostile;

namespace Candor.Tests.Fuzz;

/// <summary>The fuzz targets themselves: each holds for a short run, none is missing, and the loop finds what is there to find.</summary>
public partial class TargetTests
{
    private const int Inputs = 300;

    /// <summary>Decoders that need no target of their own, and why.</summary>
    private static readonly Dictionary<string, string> Without = new()
    {
        ["LocalStore.Open"] = "a database, which SQLite reads",
        ["Ledger.Open"] = "opens the device's own file to append; lines are read by LedgerLine",
        ["Device.Open"] = "a folder; its files have targets",
        ["DeviceFolder.Open"] = "a folder; its files have targets",
        ["UpdateShelf.Open"] = "a folder; its files have targets",
        ["UpdateShelf.OpenTrusted"] = "a folder; its files have targets",
        ["UpdateShelf.Read"] = "a root, which TufRoot reads",
        ["GreetingShelf.Open"] = "a folder; its packs are read by GreetingPack",
        ["ShelfSchedule.Open"] = "32 bytes of the device's own, any of them good",
    };

    public static TheoryData<string> Names() => [.. Targets.All.Select(t => t.Name)];

    [Attack("I06")]
    [Theory]
    [MemberData(nameof(Names))]
    public void ATargetHoldsForItsSeedsAndTheSameThreeHundredDamagedInputs(string name)
    {
        var target = Targets.All.Single(t => t.Name == name);
        var finding = FuzzLoop.Run(target, [], seed: 1, Inputs, TimeSpan.FromMinutes(1), null, out long inputs);
        Assert.True(finding is null, $"{name}, input {finding?.Inputs}: {finding?.Wrong}\n{Convert.ToHexString(finding?.Input ?? [])}");
        Assert.True(inputs > Inputs);
    }

    [Attack("I06")]
    [Fact]
    public void EveryDecoderOfBytesFromOutsideHasATarget()
    {
        Assembly[] assemblies = [typeof(Candor.Protocol.Commit).Assembly, typeof(Candor.Log.SignedNote).Assembly, typeof(Candor.Sealing.Cobblestone).Assembly, typeof(Candor.Formats.FormatProblem).Assembly, typeof(Candor.Client.Gate.LedgerReader).Assembly, typeof(Candor.Audit.AuditRun).Assembly, typeof(Candor.Shelf.Tuf.TufClient).Assembly, typeof(Candor.Hpke.HpkeBase).Assembly, typeof(Candor.Oblivious.KeyConfig).Assembly];
        var decoders = assemblies.SelectMany(a => a.GetTypes()).Where(t => !t.IsNestedPrivate).SelectMany(Decoders).ToHashSet();
        Assert.True(decoders.Count > 50, $"Only {decoders.Count} decoders were found: the search is broken.");
        var covered = Targets.All.SelectMany(t => t.Covers).ToHashSet();
        Assert.Empty(decoders.Except(covered).Except(Without.Keys).Order());
        Assert.Empty(Without.Keys.Except(decoders));
    }

    [Fact]
    public void TargetsHaveDifferentNamesAndAPromise()
    {
        Assert.Equal(Targets.All.Count, Targets.All.Select(t => t.Name).Distinct().Count());
        Assert.All(Targets.All, t => Assert.True(t.Promise.Length > 20 && t.Covers.Length > 0, t.Name));
    }

    [Fact]
    public void ThePlantedBugIsFoundAndItsInputFailsAgain()
    {
        // A length byte that is believed.
        var target = new FuzzTarget("planted", "A planted bug.", () => [[2, 7, 7], [0]], bytes => _ = bytes.Length > 0 ? bytes.AsSpan(1, bytes[0]).ToArray() : [], "Planted");
        var finding = FuzzLoop.Run(target, [], seed: 1, 10_000, TimeSpan.FromMinutes(1), null, out _);
        Assert.NotNull(finding);
        Assert.Contains(nameof(ArgumentOutOfRangeException), finding.Wrong, StringComparison.Ordinal);
        Assert.NotNull(target.Try(finding.Input));
        Assert.Equal(finding.Input, FuzzLoop.Run(target, [], seed: 1, 10_000, TimeSpan.FromMinutes(1), null, out _)!.Input);
    }

    [Fact]
    public void AnInputThatTakesTooLongOrTooMuchIsAFinding()
    {
        var slow = new FuzzTarget("slow", "A planted slowness.", () => [[1]], _ =>
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(20)) Thread.SpinWait(100);
        }, "Planted")
        { Longest = TimeSpan.FromMilliseconds(5) };
        Assert.StartsWith("It took", slow.Try([1]), StringComparison.Ordinal);
        var large = slow with { Check = _ => GC.KeepAlive(new byte[1 << 20]), Longest = TimeSpan.FromMinutes(1), MostMemory = 1 << 16 };
        Assert.StartsWith("It asked for", large.Try([1]), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Decoders(Type type)
    {
        const BindingFlags all = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (var method in type.GetMethods(all).Where(m => m.IsPublic || m.IsAssembly))
        {
            bool named = method.IsStatic ? NamePattern().IsMatch(method.Name) : method.Name is "TryTake" or "TryExtend" or "TryRead";
            var parameters = method.GetParameters().Select(p => p.ParameterType).ToList();
            // Readers that others hand a place in a file or an item of CBOR to are reached through those.
            bool inner = parameters.Exists(p => p == typeof(CborReader) || p.Name is "MediaSource" or "VCardProperty");
            bool bytes = type.Name == "SyncTechReader" || parameters.Exists(IsBytes);
            if (named && bytes && !inner) yield return $"{type.Name}.{method.Name}";
        }
    }

    private static bool IsBytes(Type type) => type == typeof(string) || type == typeof(byte[]) || type == typeof(Stream)
        || type == typeof(ReadOnlySpan<byte>) || type == typeof(ReadOnlyMemory<byte>) || type == typeof(ReadOnlySpan<char>);

    [GeneratedRegex("^(Try)?(Decode|Parse|Read|Open|Measure|Unpad)[A-Za-z0-9]*$")]
    private static partial Regex NamePattern();
}
