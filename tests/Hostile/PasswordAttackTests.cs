using System.Diagnostics;
using System.Text;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Hostile;

using Device = Candor.Client.Devices.Device;

/// <summary>A server that wants a password, or wants it cheaper, and one whose disk was stolen.</summary>
public sealed class PasswordAttackTests : IAsyncLifetime
{
    private const string Password = "correct horse battery staple";

    private EvilServer _evil = null!;

    public async ValueTask InitializeAsync() => _evil = await EvilServer.StartAsync();

    public ValueTask DisposeAsync() => _evil.DisposeAsync();

    /// <summary>Whatever a server says of costs and salts: the holder that asks for the account is the same, and of password and secret nothing leaves.</summary>
    [Theory]
    [InlineData("K01 lowered", "'kdf':{'alg':'argon2id','m':8,'t':1,'p':1}")]
    [InlineData("K01 another way", "'kdf':{'alg':'pbkdf2','iterations':1},'suite':0")]
    [InlineData("K02 raised", "'kdf':{'alg':'argon2id','m':68719476736,'t':2147483648,'p':16777216}")]
    [InlineData("K03 a salt of zeros", "'kdf':{'salt':'00000000000000000000000000000000'},'salt':'AAAAAAAAAAA='")]
    public async Task K01_K02_K03_WhatAServerSaysOfCostsAndSaltsChangesNothing(string lie, string page)
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        string secret = await one.Device.Account.SetPasswordAsync(Password, false, default);
        var holder = one.Device.Account.State.LiveHolders.Single(h => h.Keys.Type == HolderType.Password);
        int told = 0;
        _evil.Lie = answer =>
        {
            if (answer.Path.EndsWith("/log", StringComparison.Ordinal) || answer.Path.StartsWith("/v1/holders/", StringComparison.Ordinal)) answer.Headers.Add(("Candor-Kdf", "argon2id;m=8;t=1"));
            if (answer.Path != "/v1/server") return;
            told++;
            answer.Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(answer.Body).TrimEnd()[..^1] + "," + page.Replace('\'', '"') + "}");
        };
        var taken = Stopwatch.StartNew();
        using var mine = await Device.RecoverByPasswordAsync(Path.Combine(_evil.Root, "new"), _evil.Phones.Address, "new", secret, Password, TimeProvider.System, default);
        Assert.True(taken.Elapsed < TimeSpan.FromMinutes(2), lie);
        Assert.True(told > 0, lie);
        Assert.Equal(one.Device.Account.Id, mine.Account.Id);
        var asked = _evil.Tap.Requests().Whole;
        Assert.Contains(asked, r => r.Line.Contains($"/v1/holders/{holder.Id}", StringComparison.Ordinal));
        AssertNothingOf(secret);
    }

    /// <summary>Who has the account secret, from a kit, can make the keys of a guessed password, and have a server show an account that names them: a right guess would be seen by what the client does next.</summary>
    [Fact]
    public async Task K04_AnAccountMadeForAGuessedPasswordIsNotJoinedAndLearnsNoMoreThanAWrongOne()
    {
        string secretText;
        using (var secret = AccountSecret.Generate())
        {
            secretText = secret.ToText();
            using var guessed = HolderSecret.FromPassword(secret, Password);
            using var thief = new Candor.Tests.Server.TestDevice(_evil.Real);
            Assert.Equal(201, (await thief.FoundAsync()).Status);
            Assert.Equal(200, (await thief.PushAsync(thief.Push(Kind.None, [new HolderAdd(guessed.Keys, default), new Grant(new(guessed.Id, 1, new byte[Limits.Wrap]))]))).Status);
        }
        var refused = await Assert.ThrowsAsync<DeviceException>(() => RecoverAsync("right", secretText, Password));
        Assert.Contains("never signed", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DeviceException>(() => RecoverAsync("wrong", secretText, Password + "s"));
        // Neither wrote anything to the account, and neither left a device.
        Assert.DoesNotContain(_evil.Tap.Requests().Whole, r => r.Line.StartsWith("POST ", StringComparison.Ordinal));
        Assert.False(DeviceHome.HasDevice(Path.Combine(_evil.Root, "right")) || DeviceHome.HasDevice(Path.Combine(_evil.Root, "wrong")));
        AssertNothingOf(secretText);
    }

    [Theory]
    [InlineData(ErrorName.SignatureBad, 401)]
    [InlineData(ErrorName.ClockSkew, 401)]
    [InlineData(ErrorName.HolderRemoved, 403)]
    public async Task K08_AServerThatRefusesForEverIsAskedAFewTimesAndThePasswordOnce(string name, int status)
    {
        var one = await _evil.Phones.JoinAsync("one");
        string secret = await one.Device.Account.SetPasswordAsync(Password, false, default);
        _evil.Lie = answer =>
        {
            if (answer.Path != "/v1/server") answer.Refuse(status, name);
        };
        int before = _evil.Asked;
        var refused = await Assert.ThrowsAsync<ServerRefusedException>(() => RecoverAsync("new", secret, Password));
        Assert.Equal(name, refused.Name);
        Assert.InRange(_evil.Asked - before, 2, 4);
    }

    /// <summary>Everything on the server's disk is no help to try passwords: with the right one and another secret, no key of the account comes out, and nothing that comes out is found there.</summary>
    [Fact]
    public async Task K10_AStolenDiskGivesNothingToTryPasswordsOn()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        string text = await one.Device.Account.SetPasswordAsync(Password, false, default);
        await _evil.Real.StopAsync();
        byte[][] files = [.. Directory.GetFiles(_evil.Real.DataFolder, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes)];
        await _evil.Real.RestartAsync();
        bool OnDisk(ReadOnlySpan<byte> bytes)
        {
            foreach (byte[] file in files)
            {
                if (file.AsSpan().IndexOf(bytes) >= 0) return true;
            }
            return false;
        }

        Assert.Equal(AccountSecretResult.Read, AccountSecret.TryRead(text, out var secret, out _));
        using var right = HolderSecret.FromPassword(secret!, Password);
        Assert.True(OnDisk(right.Keys.Agreement.Span), "The search is broken: the holder's public key is there.");
        Assert.False(OnDisk(secret!.Secret));
        Assert.False(OnDisk(Encoding.ASCII.GetBytes(Password)));
        using var key = PasswordKey.Derive(secret, Password);
        Assert.False(OnDisk(key.Bytes));
        using var another = AccountSecret.Generate();
        using var guess = HolderSecret.FromPassword(another, Password);
        Assert.False(OnDisk(guess.Id.ToArray()) || OnDisk(guess.Keys.Agreement.Span) || OnDisk(guess.Keys.Signing.Span));
        secret.Dispose();
    }

    [Fact]
    public async Task K11_APasswordThatWasChangedOpensNothingMore()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        string secret = await one.Device.Account.SetPasswordAsync(Password, false, default);
        var old = one.Device.Account.State.LiveHolders.Single(h => h.Keys.Type == HolderType.Password);
        uint epoch = one.Device.Account.State.Epoch;
        Assert.Equal(secret, await one.Device.Account.SetPasswordAsync(Password + " 2", false, default));
        var state = one.Device.Account.State;
        Assert.Equal(epoch + 1, state.Epoch);
        Assert.Null(state.Holders[old.Id].Wrap);
        Assert.Single(state.LiveHolders, h => h.Keys.Type == HolderType.Password);
        // The server knows no account in which it is live; one that showed the account all the same would show that it was removed.
        Assert.Contains("one of them is another", (await Assert.ThrowsAsync<DeviceException>(() => RecoverAsync("old", secret, Password))).Message, StringComparison.Ordinal);
        using var mine = await RecoverAsync("new", secret, Password + " 2");
        Assert.Equal(one.Device.Account.Id, mine.Account.Id);
        Assert.Contains("used before", (await Assert.ThrowsAsync<DeviceException>(() => one.Device.Account.SetPasswordAsync(Password, false, default))).Message, StringComparison.Ordinal);

        // Another secret is another holder, whatever the password.
        Assert.NotEqual(secret, await one.Device.Account.SetPasswordAsync(Password, true, default));
        Assert.True(one.Device.Account.HasPassword);
        Assert.True(await one.Device.Account.RemovePasswordAsync(default));
        Assert.False(one.Device.Account.HasPassword);
        Assert.Null(one.Device.Account.AccountSecretText());
    }

    [Fact]
    public async Task EveryDeviceHasTheAccountSecretAndARevocationAsksForNoPassword()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        string secret = await one.Device.Account.SetPasswordAsync(Password, false, default);
        var two = await _evil.Phones.JoinAsync("two");
        Assert.Equal(secret, two.Device.Account.AccountSecretText());
        await two.Device.Account.RevokeAsync(one.Device.Id, default);
        using var mine = await RecoverAsync("three", secret, Password);
        await mine.Account.PullAsync(default);
        Assert.Equal(secret, mine.Account.AccountSecretText());
        Assert.Equal(two.Device.Account.State.Epoch, mine.Account.State.Epoch);
    }

    private Task<Device> RecoverAsync(string home, string secret, string password) =>
        Device.RecoverByPasswordAsync(Path.Combine(_evil.Root, home), _evil.Phones.Address, home, secret, password, TimeProvider.System, default);

    /// <summary>Password, secret, what is stretched from both and the key: none of it in a byte that left.</summary>
    private void AssertNothingOf(string secretText)
    {
        Assert.Equal(AccountSecretResult.Read, AccountSecret.TryRead(secretText, out var secret, out _));
        using (secret)
        {
            using var key = PasswordKey.Derive(secret!, Password);
            byte[][] canaries = [Encoding.ASCII.GetBytes(Password), Encoding.ASCII.GetBytes(secretText), secret!.Secret.ToArray(), key.Bytes.ToArray()];
            foreach (byte[] connection in _evil.Tap.Up) Assert.All(canaries, canary => Assert.True(connection.AsSpan().IndexOf(canary) < 0));
        }
    }
}
