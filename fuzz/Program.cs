using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Candor.Fuzz;
using SharpFuzz;

// candor-fuzz                                       lists the targets
// candor-fuzz TARGET|all [--corpus DIR] [--seconds N] [--seed N]
// candor-fuzz TARGET FILE                           runs one input again
// Started by afl-fuzz or libfuzzer-dotnet it takes its inputs from them.
if (args.Length == 0)
{
    foreach (var listed in Targets.All) Console.WriteLine($"{listed.Name,-20} {listed.Promise}");
    return 0;
}
FuzzTarget[] chosen = [.. Targets.All.Where(t => args[0] == "all" || t.Name == args[0])];
if (chosen.Length == 0) return Usage($"There is no target {args[0]}.");

if (Environment.GetEnvironmentVariable("__AFL_SHM_ID") is not null)
{
    Fuzzer.OutOfProcess.Run(stream => Held(chosen[0], ReadAll(stream)));
    return 0;
}
if (Environment.GetEnvironmentVariable("__LIBFUZZER_SHM_ID") is not null)
{
    Fuzzer.LibFuzzer.Run(bytes => Held(chosen[0], bytes.ToArray()));
    return 0;
}

if (args.Length == 2)
{
    if (!File.Exists(args[1])) return Usage($"There is no file {args[1]}.");
    string? wrong = chosen[0].Try(File.ReadAllBytes(args[1]));
    Console.WriteLine(wrong ?? "It holds.");
    return wrong is null ? 0 : 1;
}

int seconds = 60, seed = 1;
List<byte[]> corpus = [];
for (int i = 1; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    bool known = args[i] switch
    {
        "--seconds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seconds),
        "--seed" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seed),
        "--corpus" => Directory.Exists(value),
        _ => false,
    };
    if (!known) return Usage($"{args[i]} {value} is not understood.");
    if (args[i] == "--corpus") corpus.AddRange(Directory.GetFiles(value).Order(StringComparer.Ordinal).Select(File.ReadAllBytes));
}

int found = 0;
foreach (var target in chosen)
{
    (byte[] Input, long Since) running = ([], Stopwatch.GetTimestamp());
    // An input that never comes back is a finding too; nothing but the end of the process stops it.
    using var watch = new Timer(_ =>
    {
        if (Stopwatch.GetElapsedTime(running.Since) < 10 * target.Longest) return;
        Report(new(target.Name, running.Input, "It does not come back.", 0));
        Environment.Exit(1);
    }, null, target.Longest, target.Longest);
    var finding = FuzzLoop.Run(target, corpus, seed, long.MaxValue, TimeSpan.FromSeconds(seconds), input => running = (input, Stopwatch.GetTimestamp()), out long inputs);
    Console.WriteLine($"{target.Name}: {inputs} inputs, {(finding is null ? "all as promised" : "one is not")}");
    if (finding is null) continue;
    found++;
    Report(finding);
}
return found == 0 ? 0 : 1;

static void Report(Finding finding)
{
    string file = Path.GetFullPath($"{finding.Target}-{Convert.ToHexStringLower(SHA256.HashData(finding.Input))[..12]}.bin");
    File.WriteAllBytes(file, finding.Input);
    Console.WriteLine(finding.Wrong);
    Console.WriteLine($"Again: candor-fuzz {finding.Target} {file}");
}

static void Held(FuzzTarget target, byte[] input)
{
    if (target.Try(input) is { } wrong) throw new BrokenClaimException(wrong);
}

static byte[] ReadAll(Stream stream)
{
    using var all = new MemoryStream();
    stream.CopyTo(all);
    return all.ToArray();
}

static int Usage(string why)
{
    Console.Error.WriteLine(why);
    Console.Error.WriteLine("candor-fuzz TARGET|all [--corpus DIR] [--seconds N] [--seed N]  |  candor-fuzz TARGET FILE  |  candor-fuzz");
    return 2;
}
