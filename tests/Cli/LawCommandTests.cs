using System.Text.Json;
using Candor.Tests.Hostile;
using Candor.Tests.Server;

namespace Candor.Tests.Cli;

/// <summary>Law, region and age as a person meets them.</summary>
public sealed class LawCommandTests
{
    [Fact]
    public async Task G05_BelowTheAgeAParentOrGuardianAgreesOrTheKindStaysOff()
    {
        await using var server = await TestServer.StartAsync(s => s with { Region = "kr Seoul", Law = "kr" });
        using var candor = new CandorHere();
        await candor.JoinAsync(server.BaseAddress);
        int said = 0;
        var alone = await candor.RunAsync(_ => ++said == 1 ? "y" : "n", default, "on", "notes");
        Assert.Contains("Below the age of 14 a parent or guardian has to agree.", alone.Error, StringComparison.Ordinal);
        Assert.Contains("none is here. Nothing was sent.", alone.Out, StringComparison.Ordinal);
        Assert.Contains("notes stays off.", alone.Out, StringComparison.Ordinal);

        int asked = 0;
        var agreed = await candor.RunAsync(_ => ++asked == 2 ? "n" : "y", default, "on", "notes");
        Assert.Equal(3, asked);
        Assert.Contains("Said here: I am a parent or guardian", agreed.Error, StringComparison.Ordinal);
        Assert.Contains("notes is on.", agreed.Out, StringComparison.Ordinal);
        var own = await candor.RunAsync(_ => "y", default, "on", "contacts");
        Assert.Contains("Said here: I am 14 or older", own.Error, StringComparison.Ordinal);
        Assert.Contains("Said here: I am a parent or guardian", (await candor.RunAsync("on", "photos", "--guardian", "--yes")).Error, StringComparison.Ordinal);
        // A law that is the person's own counts before the server's.
        Assert.Contains("I am 18 or older", (await candor.RunAsync("on", "messages", "--law", "IN", "--yes")).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await candor.RunAsync("on", "messages", "--law", "atlantis", "--yes")).Code);
    }

    [Fact]
    public async Task G04_ADeviceSendsNothingWhereItsLawDoesNotLetItAndAMoveNeedsAWord()
    {
        await using var server = await TestServer.StartAsync(s => s with { Region = "de Berlin", Law = "de" });
        using var candor = new CandorHere();
        await candor.JoinAsync(server.BaseAddress);
        var strict = await candor.RunAsync("on", "notes", "--law", "ru", "--yes");
        Assert.Equal(3, strict.Code);
        Assert.Contains("Under the law of Russia", strict.Error, StringComparison.Ordinal);
        Assert.Contains("\"de Berlin\"", strict.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await candor.RunAsync("on", "notes", "--yes")).Code);
        Assert.Contains("The account is signed for \"de Berlin\", under the law of de.", (await candor.RunAsync("region")).Out, StringComparison.Ordinal);
        string phone = candor.InFolder("phone");
        Directory.CreateDirectory(Path.Combine(phone, "notes"));
        File.WriteAllText(Path.Combine(phone, "notes", "a.md"), "a note");
        Assert.Equal(0, (await candor.RunAsync("sync", phone)).Code);

        await server.RestartAsync(s => s with { Region = "fr Paris" });
        File.WriteAllText(Path.Combine(phone, "notes", "b.md"), "another");
        var refused = await candor.RunAsync("sync", phone);
        Assert.NotEqual(0, refused.Code);
        Assert.Contains("candor region", refused.Error + refused.Out, StringComparison.Ordinal);
        Assert.Contains("is signed for \"de Berlin\", and the server says that it keeps bytes in \"fr Paris\" now", (await candor.RunAsync("region")).Out, StringComparison.Ordinal);
        Assert.Equal(3, (await candor.RunAsync("region")).Code);
        Assert.Equal(3, (await candor.RunAsync("on", "photos", "--yes")).Code);

        Assert.Equal(0, (await candor.RunAsync("region", "--accept", "--yes")).Code);
        Assert.Equal(0, (await candor.RunAsync("sync", phone)).Code);
        Assert.StartsWith("2 of 2 safe", (await candor.RunAsync("status", phone)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsKnownOfALawIsShownWithItsArticlesAndHowCertainItIs()
    {
        using var candor = new CandorHere();
        var one = await candor.RunAsync("law", "de");
        Assert.Contains("European Union: GDPR", one.Out, StringComparison.Ordinal);
        Assert.Contains("From 16 on", one.Out, StringComparison.Ordinal);
        Assert.Contains("Art 17", one.Out, StringComparison.Ordinal);
        Assert.Contains("[M]", one.Out, StringComparison.Ordinal);
        Assert.Contains("is not known: 18 counts", (await candor.RunAsync("law", "ru")).Out, StringComparison.Ordinal);
        Assert.Equal(15, JsonDocument.Parse((await candor.RunAsync("law", "--json")).Out).RootElement.GetProperty("laws").GetArrayLength());
        Assert.Equal(2, (await candor.RunAsync("law", "atlantis")).Code);
    }
}
