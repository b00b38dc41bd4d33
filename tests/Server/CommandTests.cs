using Candor.Server.Operator;

namespace Candor.Tests.Server;

public sealed class CommandTests
{
    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = await Commands.RunAsync(arguments, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    [Fact]
    public async Task HelpIsAnAnswerAndNoCommandIsAMistake()
    {
        var help = await RunAsync("--help");
        Assert.Equal((0, ""), (help.Code, help.Errors));
        Assert.Contains("candor-server serve", help.Output, StringComparison.Ordinal);
        Assert.Equal((2, "", help.Output), await RunAsync() is var none ? (none.Code, none.Output, none.Errors) : default);
        Assert.Equal(2, (await RunAsync("sevre")).Code);
    }

    [Theory]
    [InlineData("Say where the data lives: --data DIR.", "serve")]
    [InlineData("--registration is open, invite or closed, not maybe.", "serve", "--data", "/nowhere", "--registration", "maybe")]
    [InlineData("--quota is a number from 0", "serve", "--data", "/nowhere", "--quota", "-1")]
    [InlineData("--log is information", "serve", "--data", "/nowhere", "--log", "loud")]
    public async Task AWrongSettingIsNamed(string message, params string[] arguments)
    {
        var (code, _, errors) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.StartsWith(message, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereThereIsNoServerTheOperatorIsToldHowToStartOne()
    {
        string folder = Path.Combine(Path.GetTempPath(), "candor-none");
        foreach (string command in new[] { "invite", "scrub", "gc" })
        {
            var (code, _, errors) = await RunAsync(command, "--data", folder);
            Assert.Equal(3, code);
            Assert.Contains($"candor-server serve --data {folder}", errors, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder));
        }
    }

    [Fact]
    public async Task InvitesAndScrubWorkBesideARunningServerAndGcDoesNot()
    {
        await using var server = await TestServer.StartAsync(s => s with { Registration = Registration.Invite });
        var invite = await RunAsync("invite", "--data", server.DataFolder, "--uses", "1");
        Assert.Equal(0, invite.Code);
        using var device = new TestDevice(server);
        Assert.Equal(201, (await device.FoundAsync(invite.Output.Trim())).Status);
        Assert.Equal((0, "all is well"), await RunAsync("scrub", "--data", server.DataFolder) is var scrub ? (scrub.Code, scrub.Output.Trim()) : default);
        var gc = await RunAsync("gc", "--data", server.DataFolder, "--log", "none");
        Assert.Equal(3, gc.Code);
        Assert.Contains("Another candor-server", gc.Errors, StringComparison.Ordinal);
        await server.StopAsync();
        Assert.Equal((0, "0 blobs and 0 payloads removed"), await RunAsync("gc", "--data", server.DataFolder, "--log", "none") is var alone ? (alone.Code, alone.Output.Trim()) : default);
    }

    [Theory]
    [InlineData("--quotas", "5", "no option --quotas")]
    [InlineData("--quota=5=6", "--uses", "no option --uses")]
    [InlineData("--quota", "--law", "--quota needs a value")]
    [InlineData("--quota", "5", "\"gibt\" is no option", "gibt")]
    [InlineData("--quota", "5", "--quota is given twice", "--quota", "6")]
    public async Task AnOptionThatIsNotKnownIsRefusedWithASentence(string option, string value, string said, params string[] more)
    {
        string folder = Path.Combine(Path.GetTempPath(), "candor-test-" + Candor.Protocol.Id.Random());
        using var errors = new StringWriter();
        Assert.Equal(2, await Commands.RunAsync(["serve", "--data", folder, option, value, .. more], TextWriter.Null, errors));
        Assert.Contains(said, errors.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task ASettingInTheFileThatIsNotKnownIsRefusedToo()
    {
        string folder = Directory.CreateTempSubdirectory("candor-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, ServerSettings.FileName), """{"quote": 5, "Kestrel": {"Certificates": {}}}""");
        using var errors = new StringWriter();
        Assert.Equal(2, await Commands.RunAsync(["serve", "--data", folder], TextWriter.Null, errors));
        Assert.Contains("\"quote\"", errors.ToString(), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void LaterSourcesWin()
    {
        string folder = Directory.CreateTempSubdirectory("candor-test-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, ServerSettings.FileName), """{"quota": 5, "region": "eu", "registration": "closed"}""");
            var settings = ServerSettings.Read(["--data", folder, "--quota", "7"]);
            Assert.Equal((7, "eu", Registration.Closed), (settings.Quota, settings.Region, settings.Registration));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
