using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Candor.Audit.Claims;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;
using Candor.Tests.Audit.Messages;

namespace Candor.Tests.Audit.Reports;

public partial class ReportPageTests
{
    private const string Imei = "490154203237518";

    private const string Owner = "identifiers:\n  imei: ['" + Imei + "']\nmarks:\n  - { time: 2026-01-01T00:30:00Z, consent: given, purpose: cloud }\n";

    /// <summary>Three requests of a phone: an IMEI before consent, in gzip after it, and a name that wants to be markup.</summary>
    private static byte[] Har(string host = "a.example") => Encoding.UTF8.GetBytes("""
        {"log":{"version":"1.2","entries":[
          {"startedDateTime":"2026-01-01T00:00:00Z","serverIPAddress":"203.0.113.9","request":{"method":"POST","url":"https://HOST/up","headers":[],"postData":{"text":"{\"imei\":\"490154203237518\"}"}},"response":{"status":200,"headers":[],"content":{"text":"{\"imei\":\"490154203237518\"}"}}},
          {"startedDateTime":"2026-01-01T01:00:00Z","serverIPAddress":"203.0.113.9","request":{"method":"GET","url":"http://HOST/late?d=490154203237518","headers":[{"name":"X-Odd","value":"<script>alert(1)</script> mac 02:00:00:00:00:00"}]},"response":{"status":200,"headers":[],"content":{}}}
        ]}}
        """.Replace("HOST", host, StringComparison.Ordinal));

    private static Report Make(byte[] har, bool show = false, string claims = "title: t\nclaims:\n  - { id: one, says: 'nothing <b>before</b> consent', forbids: [imei], unless-consent: cloud }\n")
    {
        var needles = NeedleSet.Of(OwnerFile.Read(Owner, out _)!);
        var messages = new MessageRun(needles, Searched.Salt);
        var layering = new Layering();
        messages.Join(layering);
        var dumps = new DumpRun(messages, layering);
        Assert.True(dumps.TryRead(new MemoryStream(har), "x.har"));
        return new ReportMaker(messages, Atlas.Empty) { ShowValues = show, Made = DateTimeOffset.UnixEpoch.AddYears(56), Needles = needles, Claims = ClaimsFile.Read(claims, out _), Marks = needles.Owner.Marks }.Make(null, dumps);
    }

    private static (Recheck Recheck, IReadOnlyList<string> Sums) Again(Report report, byte[] har)
    {
        var recheck = Recheck.Of(report)!;
        var layering = new Layering();
        recheck.Messages.Join(layering);
        var dumps = new DumpRun(recheck.Messages, layering);
        dumps.TryRead(new MemoryStream(har), "x.har");
        return (recheck, recheck.SumsThatDiffer(new Candor.Audit.AuditRun(layering, []).Finish(), dumps));
    }

    [Fact]
    public void AReportMasksWhatItFoundUnlessItIsAsked()
    {
        var masked = Make(Har());
        string json = Encoding.UTF8.GetString(masked.Write()), page = Page(masked);
        Assert.DoesNotContain(Imei, json, StringComparison.Ordinal);
        Assert.DoesNotContain(Imei, page, StringComparison.Ordinal);
        Assert.Contains("49•••18", page, StringComparison.Ordinal);
        var shown = Make(Har(), show: true);
        Assert.Contains($"<mark>{Imei}</mark>", Page(shown), StringComparison.Ordinal);
        Assert.Contains("shows personal values in the clear", Page(shown), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCameDownIsNoUploadAndTheSumsComeToTheFlows()
    {
        var report = Make(Har());
        Assert.Equal(2, report.Findings.Count(f => f.Sent && f.Counts));
        Assert.Equal(report.Up, report.Flows.Aggregate(new ReportSums(), (sum, f) => sum + f.Up));
        Assert.Equal(30, report.Up.Identified);
        Assert.NotEmpty(report.Limits);
        var claim = Assert.Single(report.Claims);
        Assert.Equal(("contradicted", 1L), (claim.Verdict, claim.Against));
        Assert.Equal("2026-01-01T00:00:00.000Z", claim.Evidence[0].Time);
    }

    [Fact]
    public void AReportReadsWhatItWroteAndRefusesAnythingElse()
    {
        var report = Make(Har());
        byte[] json = report.Write();
        Assert.Equal(json, Report.Read(json)!.Write());
        Assert.Null(Report.Read("{}"u8));
        Assert.Null(Report.Read("{\"format\":\"candor-audit-report/1\",\"findings\":[null]}"u8));
        Assert.Null(Report.Read(json.AsSpan(0, json.Length / 2)));
    }

    [Fact]
    public void EveryPropertyOfAReportStandsInItsSchemaAndNoOther()
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Checkout.Root, "docs", "audit-report.schema.json")));
        var ledger = new ReportLedger("l", "00", 2, 1, 30, 0, false, false, "does not add up", 7, 0, 0, 0, 1, 1, [new("h", 1, 100, 40, 0, 0, 25, 5, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)], [new("unexplained", "<7> bytes", 0, "f", 1, 3, 7)], ["a doubt"], [new(1, "f", 1, 2, "GET", "/", 25, 5, "00", false)]);
        using var report = JsonDocument.Parse((Make(Har(), show: true) with { Ledger = ledger }).Write());
        Same(report.RootElement, schema.RootElement, schema.RootElement, "report");
        Assert.Contains("&lt;7&gt; bytes", Page(Make(Har()) with { Ledger = ledger }), StringComparison.Ordinal);
    }

    private static void Same(JsonElement value, JsonElement schema, JsonElement root, string where)
    {
        if (schema.TryGetProperty("$ref", out var link)) schema = root.GetProperty("$defs").GetProperty(link.GetString()!["#/$defs/".Length..]);
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) Same(item, schema.GetProperty("items"), root, where + "[]");
        }
        if (value.ValueKind != JsonValueKind.Object) return;
        var known = schema.GetProperty("properties");
        foreach (var property in value.EnumerateObject())
        {
            Assert.True(known.TryGetProperty(property.Name, out var inner), $"{where}.{property.Name} is not in the schema.");
            Same(property.Value, inner, root, $"{where}.{property.Name}");
        }
        foreach (var required in schema.GetProperty("required").EnumerateArray()) Assert.True(value.TryGetProperty(required.GetString()!, out _), $"{where}.{required.GetString()} is missing.");
    }

    [Fact]
    public void ThePageNeedsNothingElseAndNothingOfTheCaptureBecomesMarkup()
    {
        var report = Make(Har("a.example"), show: true);
        report = report with { Flows = [.. report.Flows.Select(f => f with { Host = "<script>x</script>\"'>", Operator = "<img src=x>", Remarks = ["<b>"] })], Files = [report.Files[0] with { Name = "<i>.har", Fault = "<u>" }] };
        string page = Page(report);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<i>.har", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>before</b>", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(Foreign(), page);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        foreach (string part in (string[])["<svg", "What this cannot show", "Every byte of it", "To whom, and where that is", "What was claimed"]) Assert.Contains(part, page, StringComparison.Ordinal);
    }

    [Fact]
    public void ARecheckProvesEveryFindingFromTheCaptureAloneAndNotFromAnother()
    {
        var report = Make(Har());
        var (recheck, sums) = Again(report, Har());
        Assert.Empty(recheck.Failed);
        Assert.Empty(sums);
        Assert.Equal(report.Findings.Count, recheck.Proven.Count);
        byte[] changed = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Har()).Replace(Imei, "490154203237519", StringComparison.Ordinal));
        (recheck, _) = Again(report, changed);
        Assert.Equal(report.Findings.Where(f => f.What == "imei").Select(f => f.Number), recheck.Failed.Select(f => f.Number));
        Assert.Null(Recheck.Of(report with { Salt = "00" }));
    }

    [Fact]
    public void AReportThatSaysMoreThanTheCaptureDoesNotHold()
    {
        var report = Make(Har());
        Assert.Single(Again(report with { Up = report.Up with { Explained = report.Up.Explained + 1 } }, Har()).Sums);
        var forged = report.Findings[0] with { Number = 99, ViewOffset = report.Findings[0].ViewOffset + 1 };
        Assert.Equal([99], Again(report with { Findings = [.. report.Findings, forged] }, Har()).Recheck.Failed.Select(f => f.Number));
    }

    private static string Page(Report report)
    {
        var to = new StringWriter();
        ReportPage.Write(report, to);
        return to.ToString();
    }

    /// <summary>Anything that a browser would fetch.</summary>
    [GeneratedRegex("(src|href)=\"(?!#)|url\\(|@import", RegexOptions.IgnoreCase)]
    private static partial Regex Foreign();
}
