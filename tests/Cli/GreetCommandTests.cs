using System.Text.Json;
using Candor.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Cli;

/// <summary>candor greet: today's words, from what is on this device.</summary>
public class GreetCommandTests
{
    [Fact]
    public async Task WithoutADeviceAndWithoutAServerTodayIsFoundAndWordsAreOffered()
    {
        using var candor = At(2025, 10, 20);
        var run = await candor.RunAsync("greet", "--language", "de", "--country", "IN");
        Assert.Equal((0, false), (run.Code, Directory.Exists(candor.Home)));
        Assert.Contains("diwali:", run.Error, StringComparison.Ordinal);
        Assert.Contains("Frohes Diwali!", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOccasionIsOfferedAsOftenAsAskedAndOtherwiseOnAnotherDay()
    {
        using var candor = At(2026, 3, 2);
        using var first = JsonDocument.Parse((await candor.RunAsync("greet", "birthday", "--count", "5", "--json")).Out);
        Assert.Equal(5, first.RootElement.GetProperty("greetings").EnumerateArray().Select(g => g.GetProperty("text").GetString()).Distinct().Count());
        using var next = At(2026, 3, 3);
        var again = await next.RunAsync("greet", "birthday", "--count", "5", "--json");
        Assert.NotEqual(first.RootElement.GetRawText(), JsonDocument.Parse(again.Out).RootElement.GetRawText());
        Assert.Contains("next on 2026-04-05", (await candor.RunAsync("greet", "easter")).Error, StringComparison.Ordinal);
        Assert.Contains("±1 day", (await candor.RunAsync("greet", "eid-al-fitr")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOccasionThatHasNoGreetingIsSaid()
    {
        using var candor = At(2026, 3, 2);
        var run = await candor.RunAsync("greet", "no-such-day");
        Assert.Equal(2, run.Code);
        Assert.Contains("good-morning", run.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await candor.RunAsync("greet", "--for", "Ann")).Code);
    }

    [Fact]
    public async Task ContactsBirthdaysAreFoundOnTheDeviceAndNothingIsAsked()
    {
        await using var server = await TestServer.StartAsync();
        // It stands still: no midnight comes between the two cards and the greeting.
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var candor = new CandorHere { Clock = clock };
        await candor.JoinAsync(server.BaseAddress);
        Assert.Equal(0, (await candor.RunAsync("on", "contacts", "--yes")).Code);
        var today = clock.GetLocalNow();
        string folder = Directory.CreateDirectory(candor.InFolder("phone", "contacts")).FullName;
        File.WriteAllText(Path.Combine(folder, "a.vcf"), $"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Ann Example\r\nBDAY:{today.AddYears(-36):yyyy-MM-dd}\r\nEND:VCARD\r\n");
        File.WriteAllText(Path.Combine(folder, "b.vcf"), $"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:b\r\nFN:Bob Example\r\nBDAY:{today.AddDays(40).AddYears(-50):yyyy-MM-dd}\r\nEND:VCARD\r\n");
        Assert.Equal(0, (await candor.RunAsync("sync", candor.InFolder("phone"))).Code);
        string before = (await candor.RunAsync("ledger", "--json")).Out;

        using var greet = JsonDocument.Parse((await candor.RunAsync("greet", "--json")).Out);
        var birthday = Assert.Single(greet.RootElement.GetProperty("birthdays").EnumerateArray());
        Assert.Equal("Ann Example", birthday.GetProperty("name").GetString());
        Assert.Equal("birthday", greet.RootElement.GetProperty("occasions")[0].GetString());
        var bob = await candor.RunAsync("greet", "--for", "Bob Example");
        Assert.Equal(0, bob.Code);
        Assert.Contains("The birthday of Bob Example is on", bob.Error, StringComparison.Ordinal);
        Assert.Equal(before, (await candor.RunAsync("ledger", "--json")).Out);
    }

    private static CandorHere At(int year, int month, int day) => new() { Clock = new FakeTimeProvider(new(year, month, day, 12, 0, 0, TimeSpan.Zero)) };
}
