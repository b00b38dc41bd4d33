using System.Text.Json;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.Hostile;
using Xunit;

namespace Candor.Tests.Sealing;

public class PasswordTests
{
    private const string FileName = "password.json";

    public static TheoryData<string> Keys => Vectors.Names(FileName, "keys");
    public static TheoryData<string> Refused => Vectors.Names(FileName, "keys", valid: false);
    public static TheoryData<string> Forms => Vectors.Names(FileName, "read");
    public static TheoryData<string> Misread => Vectors.Names(FileName, "read", valid: false);

    [Fact]
    public void EveryCaseIsRun()
    {
        string[] known = ["keys", "read"];
        Assert.All(Vectors.Cases(FileName), c => Assert.Contains(c.Text("call"), known));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void PasswordAndSecretAreTheHolderThatAnotherProgramMakes(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal(AccountSecretResult.Read, AccountSecret.TryRead(c.Text("secret_text"), out var secret, out _));
        using (secret)
        {
            using var key = PasswordKey.Derive(secret!, c.Text("password_text"));
            Assert.Equal(c.Text("key"), Convert.ToHexStringLower(key.Bytes));
            using var holder = HolderSecret.FromPassword(secret!, c.Text("password_text"));
            Assert.Equal(HolderType.Password, holder.Keys.Type);
            Assert.Equal(c.Text("ed25519"), Convert.ToHexStringLower(holder.Keys.Signing.Span));
            Assert.Equal(c.Text("x25519"), Convert.ToHexStringLower(holder.Keys.Agreement.Span));
            Assert.Equal(c.Text("holder"), holder.Id.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void OtherCharactersAreRefusedBeforeAnythingIsDerived(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal("bad-password", c.Text("error"));
        using var secret = AccountSecret.Generate();
        Assert.False(PasswordKey.CanBeTyped(c.Text("password_text")));
        Assert.Throws<ArgumentException>(() => HolderSecret.FromPassword(secret, c.Text("password_text")));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void ForgivesForm(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal(AccountSecretResult.Read, AccountSecret.TryRead(c.Text("typed_text"), out var secret, out int unknown));
        Assert.Equal(-1, unknown);
        using (secret)
        {
            Assert.Equal(c.Bytes("secret"), secret!.Secret);
            Assert.Equal(c.Text("shown_text"), secret.ToText());
            Assert.Equal("[secret]", secret.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Misread))]
    public void NamesWhatIsWrong(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        var result = AccountSecret.TryRead(c.Text("typed_text"), out var secret, out int unknown);
        Assert.Equal(c.Text("error"), Vectors.ErrorName(result));
        Assert.Null(secret);
        Assert.Equal(c.TryGetProperty("letter", out JsonElement letter) ? letter.GetInt32() : -1, unknown);
    }

    /// <summary>The numbers of the page are those of the program, and there is no other way to give any.</summary>
    [Attack("K01", "K02")]
    [Fact]
    public void TheCostsAreConstantsAndNobodyCanGiveOthers()
    {
        Assert.Equal((65_536, 3, 1, 1), (PasswordKey.MemoryKiB, PasswordKey.Passes, PasswordKey.Parallelism, PasswordKey.Suite));
        var parameters = typeof(PasswordKey).GetMethods().Single(m => m.Name == nameof(PasswordKey.Derive)).GetParameters();
        Assert.Equal([typeof(AccountSecret), typeof(ReadOnlySpan<char>)], parameters.Select(p => p.ParameterType));
    }

    [Attack("K06")]
    [Fact]
    public void AnAccountSecretOpensInItsOwnSlotOnly()
    {
        var account = Id.Random();
        using var root = RootKeys.Generate(account);
        using var stranger = RootKeys.Generate(account);
        using var secret = AccountSecret.Generate();
        Id holder = Id.Random(), other = Id.Random();
        byte[] sealedSecret = root.SealAccountSecret(holder, secret);
        using var opened = root.OpenAccountSecret(holder, 1, sealedSecret);
        Assert.Equal(secret.ToText(), opened!.ToText());
        Assert.Null(root.OpenAccountSecret(other, 1, sealedSecret));
        Assert.Null(root.OpenAccountSecret(holder, 2, sealedSecret));
        Assert.Null(root.OpenName(holder, 1, sealedSecret));
        Assert.Null(root.OpenAccountSecret(holder, 1, root.SealName(holder, "phone")));
        Assert.Null(stranger.OpenAccountSecret(holder, 1, sealedSecret));
    }

    [Attack("K05")]
    [Fact]
    public void EveryFlippedBitAndEveryCutOfASealedSecretAndOfAPasswordsWrapIsRefused()
    {
        var account = Id.Random();
        using var root = RootKeys.Generate(account);
        using var secret = AccountSecret.Generate();
        using var password = HolderSecret.FromPassword(secret, "correct horse battery staple");
        byte[] sealedSecret = root.SealAccountSecret(password.Id, secret);
        Assert.All(Mutants(sealedSecret), m => Assert.Null(root.OpenAccountSecret(password.Id, 1, m)));
        var wrap = root.GrantTo(password.Keys)!.Wrap;
        Assert.NotNull(password.OpenRootKey(wrap, account, 1));
        Assert.All(Mutants(wrap.Bytes.ToArray()), m => Assert.Null(password.OpenRootKey(wrap with { Bytes = m }, account, 1)));
    }

    /// <summary>A password's wrap in the words' slot, the words' in the password's, and both under the other's name.</summary>
    [Attack("K06")]
    [Fact]
    public void TheWrapsOfWordsAndPasswordDoNotChangePlaces()
    {
        var account = Id.Random();
        using var root = RootKeys.Generate(account);
        using var secret = AccountSecret.Generate();
        using var password = HolderSecret.FromPassword(secret, "correct horse battery staple");
        using var phrase = RecoveryPhrase.Generate();
        using var words = HolderSecret.FromPhrase(phrase);
        Wrap forPassword = root.GrantTo(password.Keys)!.Wrap, forWords = root.GrantTo(words.Keys)!.Wrap;
        Assert.Null(password.OpenRootKey(forWords, account, 1));
        Assert.Null(password.OpenRootKey(forWords with { Holder = password.Id }, account, 1));
        Assert.Null(words.OpenRootKey(forPassword with { Holder = words.Id }, account, 1));
        Assert.Null(password.OpenRootKey(forPassword, Id.Random(), 1));
    }

    private static IEnumerable<byte[]> Mutants(byte[] bytes)
    {
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return flipped;
        }
        for (int length = 0; length < bytes.Length; length++) yield return bytes[..length];
        yield return [.. bytes, 0];
        yield return [.. bytes[16..], .. bytes[..16]];
    }
}
