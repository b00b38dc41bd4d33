using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Protocol;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Hostile;

/// <summary>A server that refuses a device which it signed in (spec/account-log.md §7.1): the server is accused where it says itself that it forgot, and nobody where the line may be at fault.</summary>
public sealed class ForgottenDeviceTests : IAsyncLifetime
{
    private EvilServer _evil = null!;
    private Phone _phone = null!;

    public async ValueTask InitializeAsync()
    {
        _evil = await EvilServer.StartAsync();
        _phone = await _evil.Phones.JoinAsync("one", Kind.Notes);
        _phone.Write("notes/n.md", "a note\n");
        await _phone.SyncAsync();
    }

    public ValueTask DisposeAsync() => _evil.DisposeAsync();

    [Fact]
    public async Task AServerThatSaysItKnowsNoSuchDeviceAndSignedThatItDoesIsAnAlarmThatStands()
    {
        _evil.Lie = told => Refuse(told, 404, ErrorName.NotFound);
        var alarm = await Assert.ThrowsAsync<AlarmException>(() => _phone.SyncAsync());
        Assert.Equal(AlarmKind.Rollback, alarm.Kind);
        Assert.Contains(alarm.Evidence, e => e.Name == "ours.checkpoint");
        _evil.Lie = null;
        await Assert.ThrowsAsync<AlarmException>(() => _phone.SyncAsync());
        _phone.Device.Alarms.GoOn();
        await _phone.SyncAsync();
        Assert.Equal(["notes/n.md"], _phone.Files(""));
    }

    [Theory]
    [InlineData(401, ErrorName.SignatureBad, ErrorName.SignatureBad)] // a proxy that changes the host name changes it for this request too
    [InlineData(503, ErrorName.Restoring, ErrorName.Restoring)] // a backup from before the device was let in
    [InlineData(500, ErrorName.ServerError, ErrorName.SignatureBad)]
    public async Task WhereTheLineOrARestoreMayBeTheCauseNobodyIsAccusedAndEachRunSaysThatItWasRefused(int status, string answer, string told)
    {
        _evil.Lie = lie => Refuse(lie, status, answer);
        for (int run = 0; run < 2; run++) Assert.Equal(told, (await Assert.ThrowsAsync<ServerRefusedException>(() => _phone.SyncAsync())).Name);
        Assert.Null(_phone.Device.Alarms.Standing());
        Assert.Equal(["notes/n.md"], _phone.Files(""));
        _evil.Lie = null;
        await _phone.SyncAsync();
    }

    [Fact]
    public async Task AnotherServerUnderTheNameIsRefusedAndNobodyIsAccused()
    {
        _evil.Lie = told =>
        {
            Refuse(told, 404, ErrorName.NotFound);
            if (told.Path == "/v1/server") told.Body = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(told.Body).Replace("\"key\":\"", "\"key\":\"other", StringComparison.Ordinal));
        };
        Assert.Equal(ErrorName.SignatureBad, (await Assert.ThrowsAsync<ServerRefusedException>(() => _phone.SyncAsync())).Name);
        Assert.Null(_phone.Device.Alarms.Standing());
    }

    /// <summary>Signed requests are refused as those of a stranger are; the question after the holder as given.</summary>
    private static void Refuse(Told told, int status, string answer)
    {
        if (told.Path.StartsWith("/v1/holders/", StringComparison.Ordinal)) told.Refuse(status, answer);
        else if (told.Path.StartsWith("/v1/accounts/", StringComparison.Ordinal)) told.Refuse(401, ErrorName.SignatureBad);
    }
}
