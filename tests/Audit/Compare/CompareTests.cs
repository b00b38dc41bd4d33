using System.Globalization;
using System.Text;
using System.Text.Json;
using Candor.Audit.Compare;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;
using Candor.Tests.Audit.Messages;

namespace Candor.Tests.Audit.Compare;

/// <summary>Two recordings beside each other: the cloud off and on, one system image and another, one identifier changed.</summary>
public class CompareTests
{
    private const string Imei = "490154203237518", Owner = "owner:\n  numbers: ['+4915123456789']\nidentifiers:\n  imei: ['" + Imei + "']\n";

    private sealed record Sent(string Host, string Body, string Answer = "", string Path = "/c");

    private sealed record Recording(Report Report, SlotBook Slots)
    {
        public static Recording Of(Recording? same, params Sent[] sent)
        {
            var entries = sent.Select((s, i) => new
            {
                startedDateTime = DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(i).ToString("o", CultureInfo.InvariantCulture),
                serverIPAddress = "203.0.113." + (1 + Math.Abs(string.GetHashCode(s.Host, StringComparison.Ordinal)) % 200),
                request = new { method = "POST", url = $"https://{s.Host}{s.Path}", headers = Array.Empty<object>(), postData = new { text = s.Body } },
                response = new { status = 200, headers = Array.Empty<object>(), content = new { text = s.Answer } },
            });
            var needles = NeedleSet.Of(OwnerFile.Read(Owner, out _)!);
            var messages = new MessageRun(needles, Searched.Salt, detect: false);
            var slots = new SlotBook(messages, same?.Slots);
            var layering = new Layering();
            messages.Join(layering);
            var dumps = new DumpRun(messages, layering);
            Assert.True(dumps.TryRead(new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(new { log = new { version = "1.2", entries } })), "x.har"));
            return new(new ReportMaker(messages, Atlas.Empty) { Needles = needles }.Make(null, dumps), slots);
        }
    }

    private static List<string> Hosts(Comparison comparison) => [.. comparison.Hosts.Select(h => $"{h.Change} {h.Host}").Order(StringComparer.Ordinal)];

    private static List<string> Found(Comparison comparison) => [.. comparison.Findings.Select(f => $"{f.Change} {f.What} {f.Label} {f.Host} {f.Before}>{f.After}")];

    [Fact]
    public void WhatTheCloudSendsOnceItIsOnAppearsAndTheRestStays()
    {
        Sent ping = new("stat.example", "{\"event\":\"boot\"}");
        var off = Recording.Of(null, ping, ping);
        var on = Recording.Of(null, ping, new("cloud.example", "{\"tel\":\"+4915123456789\"}"), new("cloud.example", "{\"tel\":\"+49 151 2345 6789\"}"), ping);
        var comparison = Comparison.Of(off.Report, on.Report);
        Assert.Equal(["Appears cloud.example", "Stays stat.example"], Hosts(comparison));
        Assert.Equal(["Appears own-number own number 1 cloud.example 0>2"], Found(comparison));
        Assert.True(comparison.Hosts.Single(h => h.Host == "cloud.example") is { Before: 0, After: > 40 });
    }

    [Fact]
    public void WhatAnotherImageNoLongerSendsVanishesAndWhatItSendsElsewhereDoesBoth()
    {
        var one = Recording.Of(null, new("tracker.example", $"{{\"imei\":\"{Imei}\"}}"), new("old.example", "{\"tel\":\"+4915123456789\"}"), new("time.example", "{\"now\":1}"));
        var other = Recording.Of(null, new("new.example", "{\"tel\":\"4915123456789\"}"), new("time.example", "{\"now\":2}"));
        var comparison = Comparison.Of(one.Report, other.Report);
        Assert.Equal(["Appears new.example", "Stays time.example", "Vanishes old.example", "Vanishes tracker.example"], Hosts(comparison));
        Assert.Equal(["Appears own-number own number 1 new.example 0>1", "Vanishes imei imei 1 tracker.example 1>0", "Vanishes own-number own number 1 old.example 1>0"], Found(comparison));
    }

    [Fact]
    public void WhatAServerEchoesIsNoDifference()
    {
        var quiet = Recording.Of(null, new Sent("a.example", "{\"q\":1}", "{\"ok\":1}"));
        var echo = Recording.Of(null, new Sent("a.example", "{\"q\":1}", $"{{\"imei\":\"{Imei}\"}}"));
        Assert.Empty(Comparison.Of(quiet.Report, echo.Report).Findings);
    }

    [Fact]
    public void TheSameRecordingTwiceStaysAllOfItAndNothingDependsOnAnything()
    {
        Sent[] sent = [new("a.example", $"{{\"imei\":\"{Imei}\",\"d\":\"aGVsbG8gdGhlcmUgd29ybGQ=\"}}"), new("b.example", "k=12345678901&z=2")];
        var first = Recording.Of(null, sent);
        var second = Recording.Of(first, sent);
        var comparison = Comparison.Of(first.Report, second.Report);
        Assert.All(comparison.Hosts, h => Assert.Equal((Change.Stays, h.Before), (h.Change, h.After)));
        Assert.All(comparison.Findings, f => Assert.Equal((Change.Stays, f.Before), (f.Change, f.After)));
        Assert.Empty(first.Slots.DependsOnWhatChanged(second.Slots, second.Slots));
    }

    /// <summary>An identifier under a key that nobody has published, beside what is random and what is of the time.</summary>
    private static Sent Ciphered(string id, int nonce)
    {
        byte[] key = [0x13, 0x9A, 0xE4, 0x07, 0xC1, 0x5D, 0xF0];
        string hidden = Convert.ToBase64String([.. Encoding.ASCII.GetBytes(id).Select((b, i) => (byte)(b ^ key[i % key.Length]))]);
        return new("c.example", $"{{\"d\":\"{hidden}\",\"nonce\":\"{nonce:x8}{nonce * 31:x8}\",\"model\":\"Redmi Note 9S\",\"t\":{1764000000000 + nonce}}}");
    }

    [Fact]
    public void AnIdUnderAnUnknownKeyIsUndeterminedAloneAndFlaggedWhereItAloneChanged()
    {
        var first = Recording.Of(null, Ciphered(Imei, 77));
        Assert.DoesNotContain(first.Report.Findings, f => f.Label.Length > 0);
        var again = Recording.Of(first, Ciphered(Imei, 1234));
        var changed = Recording.Of(first, Ciphered("356938035643809", 991));
        var depends = first.Slots.DependsOnWhatChanged(changed.Slots, again.Slots);
        var slot = Assert.Single(depends.DistinctBy(d => d.Place.Split(' ')[^1]), d => d.Place.EndsWith('d'));
        Assert.True(slot.Controlled);
        Assert.Equal("POST https://c.example/c", slot.Request);
        Assert.All(depends, d => Assert.DoesNotContain("nonce", d.Place, StringComparison.Ordinal));
        Assert.All(depends, d => Assert.DoesNotContain("model", d.Place, StringComparison.Ordinal));
    }

    [Fact]
    public void WithoutARepeatedRecordingAValueHasToBeTheSameInEveryRequest()
    {
        var first = Recording.Of(null, Ciphered(Imei, 1), Ciphered(Imei, 2));
        var once = Recording.Of(first, Ciphered("356938035643809", 3));
        Assert.Empty(first.Slots.DependsOnWhatChanged(once.Slots));
        var twice = Recording.Of(first, Ciphered("356938035643809", 3), Ciphered("356938035643809", 4));
        Assert.Contains(first.Slots.DependsOnWhatChanged(twice.Slots), d => d is { Controlled: false } && d.Place.EndsWith('d'));
    }
}
