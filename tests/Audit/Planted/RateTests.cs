using System.Diagnostics;
using Candor.Audit;
using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Messages;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;
using Candor.Tests.Audit.Messages;

namespace Candor.Tests.Audit.Planted;

/// <summary>Of what an independent generator plants in recordings, no less is found than was measured (docs/audit.md). Needs Debian's Python with python3-h2, python3-brotli, python3-zstandard, python3-cryptography and python3-pil.</summary>
public class RateTests
{
    private const string Python = "/usr/bin/python3", Seed = "4711";

    private static readonly string s_folder = Path.Combine(Checkout.Root, "tests", "Audit", "Planted");

    [Fact]
    public void NoLessIsFoundThanWasMeasuredAndNothingThatWasNotPlanted()
    {
        string folder = Directory.CreateTempSubdirectory("candor-planted-").FullName;
        try
        {
            Run("generate.py", "--seed", Seed, "--each", "1", "--innocent", "1.5", folder);
            File.WriteAllBytes(Path.Combine(folder, "report.json"), Audit(folder, "capture.pcapng").Write());
            string table = Run("score.py", folder, "--missed", "40", "--floors", Path.Combine(s_folder, "floors.tsv"));
            TestContext.Current.TestOutputHelper?.WriteLine(table);
            // The same without keys: what is open is found, and of the rest nothing is called read.
            var sealedReport = Audit(folder, "plain.pcapng");
            Assert.DoesNotContain(sealedReport.Findings, f => !f.Open && f.Label.Length > 0);
            Assert.True(sealedReport.Up.Undetermined > 300_000, $"{sealedReport.Up.Undetermined} bytes");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Report Audit(string folder, string name)
    {
        var needles = NeedleSet.Of(OwnerFile.Read(File.ReadAllText(Path.Combine(folder, "owner.yaml")), out _)!, new Dictionary<string, byte[]> { ["photo.jpg"] = File.ReadAllBytes(Path.Combine(folder, "photo.jpg")) });
        var messages = new MessageRun(needles, Searched.Salt);
        var layering = new Layering();
        messages.Join(layering);
        var keys = new KeyLog();
        Decryption.AddTo(layering, keys);
        var run = new AuditRun(layering, [])
        {
            Secrets = secrets =>
            {
                if (secrets.Type == CaptureSecrets.TlsKeyLog) keys.Add(secrets.Bytes.Span);
            },
        };
        using (var file = File.OpenRead(Path.Combine(folder, name))) Assert.True(run.TryRead(file, name, TestContext.Current.CancellationToken));
        var result = run.Finish();
        foreach (var conversation in result.Conversations)
        {
            foreach (var side in (Side[])[Side.Client, Side.Server]) Assert.Equal(conversation[side].Payload, conversation[side].Repeated + conversation.Tally[side].Total);
        }
        return new ReportMaker(messages, Atlas.Empty) { Needles = needles }.Make(result, new(messages, layering));
    }

    private static string Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(s_folder, "generator", script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var python = Process.Start(start)!;
        var error = python.StandardError.ReadToEndAsync();
        string said = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.True(python.ExitCode == 0, $"{script} ended with {python.ExitCode} (it needs python3-h2, python3-brotli, python3-zstandard, python3-cryptography, python3-pil):\n{said}\n{error.Result}");
        return said;
    }
}
