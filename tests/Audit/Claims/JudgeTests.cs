using Candor.Audit.Claims;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Search;
using Candor.Tests.Audit.Messages;

namespace Candor.Tests.Audit.Claims;

public class JudgeTests
{
    private const string Values = "identifiers:\n  imei: ['490154203237518']\nowner:\n  numbers: ['+4915123456789']\nmessages: [the teapot stands behind the lighthouse]\n";

    private static ClaimRule Rule(string yaml)
    {
        var file = ClaimsFile.Read("claims:\n  - id: a\n    says: A sentence.\n    " + yaml.Replace("\n", "\n    ", StringComparison.Ordinal), out var faults);
        Assert.Empty(faults);
        return file!.Claims[0];
    }

    private static long Second(int second) => new DateTimeOffset(2026, 11, 28, 10, 0, second, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;

    private static Consents Agreed(int second, string purpose) => new([new ConsentMark(new(2026, 11, 28, 10, 0, second, TimeSpan.Zero), true, purpose, 1)]);

    private static Searched Sent(string body, int second, bool secure = true, string host = "api.account.xiaomi.com")
    {
        var outer = new Conversation { Transport = 6, Client = Searched.End("192.168.1.7", 40000), Server = Searched.End("203.0.113.9", 443), First = Second(second), Last = Second(second), Phone = Side.Client };
        var inner = secure ? outer.Within(secure: true) : outer;
        inner.Calls(host);
        var searched = new Searched(Values, conversation: inner);
        var sink = searched.Layering.MessagesOf(inner);
        sink.Head(0, Side.Client, new HttpHead { Method = "POST", Target = "/pass/register", Authority = host, Fields = [], WireBytes = 0 }, 0, new(7, Second(second)));
        sink.Body(0, Side.Client, System.Text.Encoding.UTF8.GetBytes(body), 0, new(7, Second(second)));
        sink.End(0, Side.Client, true, new(7, Second(second)));
        return searched;
    }

    private static Judgement Judge(Searched searched, ClaimRule rule, Consents? consents = null) => new Judge([searched.Conversation.Root], searched.Book, consents ?? new([])).Of(rule);

    [Fact]
    public void WhatIsForbiddenAndSentContradictsWithItsFrame()
    {
        var sent = Sent("{\"imei\":\"490154203237518\"}", 5);
        var judgement = Judge(sent, Rule("forbids: [imei]"));
        Assert.Equal((Verdict.Contradicted, 7L, "imei (imei 1) was sent"), (judgement.Verdict, judgement.Evidence[0].Frame, judgement.Evidence[0].What));
        Assert.Equal(Verdict.Upheld, Judge(sent, Rule("forbids: [own-number]")).Verdict);
        Assert.Equal(Verdict.NothingSent, Judge(sent, Rule("hosts: [other.example]\nforbids: [imei]")).Verdict);
    }

    [Fact]
    public void ConsentIsJudgedByTheTimeOfEachFinding()
    {
        var rule = Rule("forbids: [imei]\nunless-consent: cloud-contacts");
        Assert.Equal(Verdict.Contradicted, Judge(Sent("490154203237518", 5), rule, Agreed(6, "cloud")).Verdict);
        Assert.Equal(Verdict.Upheld, Judge(Sent("490154203237518", 7), rule, Agreed(6, "cloud")).Verdict);
        Assert.Equal(Verdict.Contradicted, Judge(Sent("490154203237518", 7), rule, Agreed(6, "diagnostics")).Verdict);
        Assert.Contains("no mark says", string.Join(' ', Judge(Sent("490154203237518", 7), rule).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasSentBeforeItsKindWasConsentedToIsContradictedWithBothTimes()
    {
        var rule = Rule("forbids: [message]\nunless-consent: cloud");
        var log = new Consents([new ConsentMark(new(2026, 11, 28, 10, 0, 6, TimeSpan.Zero), true, "cloud-messages", 0) { From = "commit 7 of the account log" }, new ConsentMark(new(2026, 11, 28, 10, 0, 9, TimeSpan.Zero), false, "cloud-messages", 0) { From = "commit 9 of the account log" }]);
        const string text = "the teapot stands behind the lighthouse";
        var before = Judge(Sent(text, 5), rule, log);
        Assert.Equal(Verdict.Contradicted, before.Verdict);
        Assert.Equal("message (message 1) was sent without consent \"cloud\": on 2026-11-28 10:00:05.000 UTC, and consent was given only on 2026-11-28 10:00:06.000 UTC (commit 7 of the account log)", before.Evidence[0].What);
        Assert.Equal(Second(5), before.Evidence[0].Time);
        Assert.Contains("consent \"cloud\" is known from the account log", before.Notes);
        Assert.Equal(Verdict.Upheld, Judge(Sent(text, 7), rule, log).Verdict);
        Assert.Contains("withdrawn on 2026-11-28 10:00:09", Judge(Sent(text, 10), rule, log).Evidence[0].What, StringComparison.Ordinal);
        // Consent to one kind is none to another.
        var number = Judge(Sent("+4915123456789", 7), Rule("forbids: [own-number]\nunless-consent: cloud"), log);
        Assert.Equal(Verdict.Contradicted, number.Verdict);
    }

    [Fact]
    public void ARangeOfAddressesIsAHostWithOrWithoutAName()
    {
        var rule = Rule("hosts: [203.0.113.0/24, '2001:db8::/32']\nneeds-consent: cloud");
        var searched = new Searched(Values, conversation: new() { Transport = 6, Client = Searched.End("192.168.1.7", 40000), Server = Searched.End("203.0.113.9", 443), First = Second(5), Last = Second(6), Frame = 12 });
        searched.Tally.Add(Side.Client, ByteClass.Undetermined, 10);
        var judgement = Judge(searched, rule);
        Assert.Equal((Verdict.Contradicted, "203.0.113.9 was talked to without consent \"cloud\""), (judgement.Verdict, judgement.Evidence[0].What));
        Assert.Equal(Verdict.NothingSent, Judge(searched, Rule("hosts: [203.0.114.0/24]\nneeds-consent: cloud")).Verdict);
        Assert.Equal(Verdict.Undetermined, Judge(searched, Rule("allows:\n  - { purpose: cloud, hosts: [203.0.113.9] }")).Verdict);
        foreach (string bad in (string[])["203.0.113.0/33", "203.0.113.0/", "host/24", "2001:db8::/129"]) Assert.Null(ClaimsFile.Read($"claims:\n  - id: a\n    says: b\n    hosts: ['{bad}']\n    forbids: [imei]\n", out _));
    }

    [Fact]
    public void WhatWasNotPutToTheTestIsNoVerdictOfItsOwnStrength()
    {
        var judgement = Judge(Sent("nothing", 5), Rule("hosts: [other.example]\nforbids: [imei]"));
        Assert.Equal((Verdict.NothingSent, 0L, 0L), (judgement.Verdict, judgement.Readable, judgement.Undetermined));
    }

    [Fact]
    public void AVerdictWithoutAListOfTheOwnersValuesSaysSo()
    {
        var sent = Sent("nothing", 5);
        Assert.Contains("no list of the owner's values", Assert.Single(new Judge([sent.Conversation.Root], sent.Book, new([])) { HasList = false }.Of(Rule("forbids: [imei]")).Notes), StringComparison.Ordinal);
        Assert.Empty(Judge(sent, Rule("forbids: [imei]")).Notes);
    }

    [Fact]
    public void WhatCannotBeReadIsUndeterminedAndNeverClean()
    {
        var searched = new Searched(Values);
        searched.Conversation.Calls("api.account.xiaomi.com");
        searched.Tally.Add(Side.Client, ByteClass.Undetermined, 927);
        var judgement = Judge(searched, Rule("forbids: [imei]"));
        Assert.Equal((Verdict.Undetermined, 927), (judgement.Verdict, judgement.Undetermined));
    }

    [Fact]
    public void AHostThatNeedsConsentIsNotTalkedToBeforeEvenEncrypted()
    {
        var searched = new Searched(Values, conversation: new() { Transport = 6, Client = Searched.End("192.168.1.7", 40000), Server = Searched.End("203.0.113.9", 443), First = Second(5), Last = Second(6), Frame = 12 });
        searched.Conversation.Calls("i.micloud.xiaomi.net");
        searched.Tally.Add(Side.Client, ByteClass.Undetermined, 10);
        var rule = Rule("hosts: [micloud.xiaomi.net]\nneeds-consent: cloud");
        Assert.Equal((Verdict.Contradicted, 12L), (Judge(searched, rule).Verdict, Judge(searched, rule).Evidence[0].Frame));
        Assert.Equal(Verdict.Upheld, Judge(searched, rule, Agreed(1, "cloud")).Verdict);
    }

    [Fact]
    public void AnAddressWithoutANameMayBeAnyHostAndIsDoubt()
    {
        var searched = new Searched(Values);
        searched.Tally.Add(Side.Client, ByteClass.Explained, 10);
        Assert.Equal(Verdict.Undetermined, Judge(searched, Rule("hosts: [micloud.xiaomi.net]\nneeds-consent: cloud")).Verdict);
    }

    [Fact]
    public void EncryptedIsContradictedInTheClearOnly()
    {
        var rule = Rule("encrypted: true");
        Assert.Equal(Verdict.Contradicted, Judge(Sent("490154203237518", 5, secure: false), rule).Verdict);
        Assert.Equal(Verdict.Upheld, Judge(Sent("490154203237518", 5), rule).Verdict);
    }

    [Fact]
    public void HostsBeyondTheListAndTellingRequestsContradict()
    {
        var sent = Sent("nothing", 5, host: "evil.example");
        Assert.Equal(Verdict.Contradicted, Judge(sent, Rule("allows:\n  - { purpose: updates, hosts: [update.example] }")).Verdict);
        Assert.Equal(Verdict.Upheld, Judge(sent, Rule("allows:\n  - { purpose: updates, hosts: [example] }")).Verdict);
        Assert.Equal(Verdict.Upheld, Judge(sent, Rule("identity-free: true")).Verdict);
        sent.Post("/news?u=7", [new("Cookie", "id=9")]);
        var judgement = Judge(sent, Rule("identity-free: true"));
        Assert.Equal("POST https://api.example/news carries query and Cookie", judgement.Evidence[0].What);
    }

    [Fact]
    public void TheShippedClaimsHaveNoFaultAndAMistypedRuleHasOne()
    {
        Assert.Equal(8, ClaimsFile.Of2014().Claims.Count);
        foreach (string bad in (string[])["", "claims:\n  - id: a\n    says: b\n", "claims:\n  - id: a\n    says: b\n    forbid: [imei]\n", "claims:\n  - id: a\n    says: b\n    forbids: [emei]\n", "claims: [", "claims:\n  - says: b\n    encrypted: true\n"])
        {
            Assert.Null(ClaimsFile.Read(bad, out var faults));
            Assert.NotEmpty(faults);
            Assert.All(faults, f => Assert.True(f.Line > 0 && f.What.Length > 0 && f.Do.Length > 0));
        }
    }

    [Fact]
    public void WhatWentToNobodyKnowsWhomIsNoEvidenceOfWhatWentToAHost()
    {
        var sent = Sent("490154203237518", 5, host: "");
        Assert.Equal(Verdict.Contradicted, Judge(sent, Rule("forbids: [imei]")).Verdict);
        foreach (string rule in (string[])["hosts: [update.example]\nidentity-free: true", "hosts: [update.example]\nforbids: [imei]"])
        {
            var judged = Judge(sent, Rule(rule));
            Assert.Equal((Verdict.Undetermined, 0L), (judged.Verdict, judged.Count));
        }
        Assert.Equal(Verdict.Contradicted, Judge(sent, Rule("hosts: [203.0.113.9]\nforbids: [imei]")).Verdict);
    }
}
