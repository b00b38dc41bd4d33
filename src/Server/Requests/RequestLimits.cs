using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Candor.Protocol;

namespace Candor.Server.Requests;

/// <summary>How often who may ask. Kept in memory only, and forgotten when nobody asks: an address is never written down.</summary>
public sealed class RequestLimits : IDisposable
{
    private const int PairingsPerMinute = 10;
    private const int UnknownCodesPerHour = 20;

    /// <summary>From here on a second's worth comes each second; fewer a minute come one by one, as often as they are due.</summary>
    private const int ManyPerMinute = 600;

    private readonly PartitionedRateLimiter<Id> _holders;
    private readonly PartitionedRateLimiter<IPAddress> _strangers;
    private readonly PartitionedRateLimiter<IPAddress> _pairings;
    private readonly PartitionedRateLimiter<Id> _unknownCodes;

    /// <param name="perMinute">Requests of one holder.</param>
    /// <param name="strangersPerMinute">Requests from one address that no account vouches for: founding, looking up, pairing, bad signatures.</param>
    public RequestLimits(int perMinute, int strangersPerMinute)
    {
        _holders = PartitionedRateLimiter.Create<Id, Id>(holder => RateLimitPartition.GetTokenBucketLimiter(holder, _ => Bucket(perMinute)));
        _strangers = PartitionedRateLimiter.Create<IPAddress, IPAddress>(a => RateLimitPartition.GetTokenBucketLimiter(a, _ => Bucket(strangersPerMinute)));
        _pairings = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
            a => RateLimitPartition.GetFixedWindowLimiter(a, _ => Window(PairingsPerMinute, TimeSpan.FromMinutes(1))));
        _unknownCodes = PartitionedRateLimiter.Create<Id, Id>(
            holder => RateLimitPartition.GetFixedWindowLimiter(holder, _ => Window(UnknownCodesPerHour, TimeSpan.FromHours(1))));
    }

    public Problem? CheckHolder(Id holder) => Take(_holders, holder);

    public Problem? CheckStranger(HttpContext http) => Take(_strangers, AddressOf(http));

    public Problem? CheckNewPairing(HttpContext http) => Take(_pairings, AddressOf(http));

    /// <summary>Refuses a holder that has guessed too often, without counting.</summary>
    public Problem? CheckGuesses(Id holder) => Take(_unknownCodes, holder, 0);

    public void CountGuess(Id holder) => Take(_unknownCodes, holder);

    internal static Problem? Take<T>(PartitionedRateLimiter<T> limiter, T who, int permits = 1)
    {
        using var lease = Ask(limiter, who, permits);
        if (lease.IsAcquired) return null;
        int seconds = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 1;
        return Problem.Later(ErrorName.RateLimited, seconds);
    }

    /// <remarks>What counts for somebody is let go when it was full for ten seconds. Where that comes between finding it and asking it, it says that it is disposed of, and the next one is new.</remarks>
    private static RateLimitLease Ask<T>(PartitionedRateLimiter<T> limiter, T who, int permits)
    {
        try
        {
            return limiter.AttemptAcquire(who, permits);
        }
        catch (ObjectDisposedException)
        {
            return limiter.AttemptAcquire(who, permits);
        }
    }

    /// <summary>A home has one IPv4 address, or one /64 of IPv6: who owns it can use any address in it.</summary>
    private static IPAddress AddressOf(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new(bytes);
    }

    // A minute's worth at once, then evenly: a first upload comes in one go.
    private static TokenBucketRateLimiterOptions Bucket(int perMinute) => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = perMinute < ManyPerMinute ? 1 : perMinute / 60,
        ReplenishmentPeriod = perMinute < ManyPerMinute ? TimeSpan.FromMinutes(1) / Math.Max(1, perMinute) : TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    };

    private static FixedWindowRateLimiterOptions Window(int permits, TimeSpan window) => new() { PermitLimit = permits, Window = window, QueueLimit = 0 };

    public void Dispose()
    {
        _holders.Dispose();
        _strangers.Dispose();
        _pairings.Dispose();
        _unknownCodes.Dispose();
    }
}
