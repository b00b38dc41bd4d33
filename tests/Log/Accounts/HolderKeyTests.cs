using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;
using Xunit;

namespace Candor.Tests.Log.Accounts;

/// <summary>R15: which bytes are a holder's keys. Two implementations that part here part for good.</summary>
public class HolderKeyTests
{
    public static TheoryData<string, string> Bad => new()
    {
        { "no point: y = 2", "0200000000000000000000000000000000000000000000000000000000000000" },
        { "not canonical: y = p + 3", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "order 1", "0100000000000000000000000000000000000000000000000000000000000000" },
        { "order 1, with a sign", "0100000000000000000000000000000000000000000000000000000000000080" },
        { "order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "order 4", "0000000000000000000000000000000000000000000000000000000000000000" },
        { "order 4, the other", "0000000000000000000000000000000000000000000000000000000000000080" },
        { "order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05" },
        { "order 8, another", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" },
        { "order 8, with a sign", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void WhatIsNoKeyOfEd25519IsNoHolders(string what, string hex)
    {
        using var good = HolderSecret.GenerateDevice();
        Assert.True(HolderSignature.IsUsable(good.Keys));
        Assert.False(HolderSignature.IsUsable(new HolderKeys(good.Keys.Type, Convert.FromHexString(hex), good.Keys.Agreement.Span)), what);
    }

    [Fact]
    public void EveryKeyThatIsMadeIsOne()
    {
        for (int n = 0; n < 50; n++)
        {
            using var made = HolderSecret.GenerateDevice();
            Assert.True(HolderSignature.IsUsable(made.Keys), Convert.ToHexString(made.Keys.Signing.Span));
        }
    }
}
