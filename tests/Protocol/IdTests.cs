using Candor.Protocol;
using Candor.Tests.Hostile;

namespace Candor.Tests.Protocol;

public class IdTests
{
    [Fact]
    public void AnIdHasOneSpelling()
    {
        var id = Id.Random();
        Assert.True(Id.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
        foreach (string? wrong in new[] { null, "", id.ToString().ToUpperInvariant() + "0", id.ToString()[1..], "ABCDEF" + id.ToString()[6..], "zz" + id.ToString()[2..], " " + id.ToString()[1..] })
        {
            Assert.False(Id.TryParse(wrong, out _), wrong);
        }
    }

    [Fact]
    public void HolderHeadersReadBackAndRefuseOtherForms()
    {
        using var holder = new TestHolder(HolderType.Phrase);
        string header = holder.Keys.ToHeader();
        Assert.True(HolderKeys.TryParseHeader(header, out var keys));
        Assert.Equal(holder.Id, keys.Id);
        foreach (string wrong in new[] { "", "6" + header[1..], "0" + header[1..], header + "0", header[..^1], header.ToUpperInvariant(), header.Replace('.', ':') })
        {
            Assert.False(HolderKeys.TryParseHeader(wrong, out _), wrong);
        }
    }

    [Attack("S16")]
    [Fact]
    public void AClockThatRunsTenYearsAheadPullsNobodyAlong()
    {
        var now = new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);
        var wild = new HybridTime(now.AddYears(10).ToUnixTimeMilliseconds(), 0);
        var own = new HybridTime(now.AddMinutes(-1).ToUnixTimeMilliseconds(), 3);
        Assert.Equal(now.ToUnixTimeMilliseconds(), HybridTime.Next(own, wild, now).Ms);

        var ahead = new HybridTime(now.AddHours(1).ToUnixTimeMilliseconds(), 7);
        Assert.Equal(new HybridTime(ahead.Ms, 8), HybridTime.Next(own, ahead, now));
        Assert.Equal(new HybridTime(ahead.Ms + 1, 0), HybridTime.Next(own, ahead with { Counter = HybridTime.MaxCounter }, now));
    }
}
