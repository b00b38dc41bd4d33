using System.Buffers.Binary;
using System.Security.Cryptography;
using Candor.Client.Devices;

namespace Candor.Client.Shelf;

/// <summary>When a device that waits asks the shelf: at one moment of each day (UTC), drawn anew for every day, so that neither its habits nor itself can be told from when it asks.</summary>
/// <remarks>
/// The moments come from 32 random bytes that are used for nothing else and never leave. Starting the program, using it or being offline does not move them: a moment that was missed is not made up for.
/// </remarks>
public sealed class ShelfSchedule
{
    private const int SeedSize = 32;

    private readonly byte[] _seed;

    internal ShelfSchedule(byte[] seed) => _seed = seed;

    /// <summary>Reads the seed, or draws one where there is none that can be read.</summary>
    public static ShelfSchedule Open(string file)
    {
        if (File.Exists(file) && File.ReadAllBytes(file) is { Length: SeedSize } kept) return new(kept);
        byte[] seed = RandomNumberGenerator.GetBytes(SeedSize);
        DurableFile.Write(file, seed);
        return new(seed);
    }

    /// <summary>The first moment after a time.</summary>
    public DateTimeOffset After(DateTimeOffset time)
    {
        var day = new DateTimeOffset(time.UtcDateTime.Date, TimeSpan.Zero);
        Span<byte> number = stackalloc byte[8];
        Span<byte> drawn = stackalloc byte[HMACSHA256.HashSizeInBytes];
        while (true)
        {
            BinaryPrimitives.WriteInt64BigEndian(number, day.ToUnixTimeSeconds() / 86_400);
            HMACSHA256.HashData(_seed, number, drawn);
            // 64 bits over 86,400,000 ms: the unevenness is below one in 10¹¹.
            var moment = day.AddMilliseconds(BinaryPrimitives.ReadUInt64BigEndian(drawn) % 86_400_000);
            if (moment > time) return moment;
            day = day.AddDays(1);
        }
    }
}
