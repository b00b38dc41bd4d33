using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Candor.Bench.Measuring;

/// <summary>What this machine can do at all: no program that does the work is faster than its parts. Rates in bytes per second, times in seconds.</summary>
/// <param name="Cores">That the process may use.</param>
/// <param name="AesGcm">AES-256-GCM over pieces of 64 KiB, one core.</param>
/// <param name="Gmac">The tag of AES-256-GCM alone: associated data of 64 KiB, one core.</param>
/// <param name="Sha256">SHA-256 over pieces of 64 KiB, one core.</param>
/// <param name="Loopback">One TCP connection, both ends in this process.</param>
/// <param name="RoundTrip">One byte there and back over loopback, median.</param>
/// <param name="DiskWrite">One new file written in pieces of 1 MiB and flushed to the disk at the end.</param>
/// <param name="SmallFlush">4 KiB appended and flushed to the disk, median.</param>
/// <param name="Start">From the start to the end of a program that does nothing: /bin/true, median.</param>
internal sealed record Floors(int Cores, double AesGcm, double Gmac, double Sha256, double Loopback, double RoundTrip, double DiskWrite, double SmallFlush, double Start)
{
    private const int Piece = 64 << 10, DiskPiece = 1 << 20, SmallPiece = 4 << 10;

    /// <param name="folder">On the disk that is measured; what is written there is removed.</param>
    /// <param name="each">How long each may take, about.</param>
    /// <param name="bounds">Of the programs that are started.</param>
    public static Floors Measure(string folder, TimeSpan each, Bounds bounds)
    {
        var piece = new byte[Piece];
        RandomNumberGenerator.Fill(piece);
        var sealedPiece = new byte[Piece];
        byte[] tag = new byte[16], nonce = new byte[12], hash = new byte[32];
        using var aes = new AesGcm(new byte[32], tag.Length);
        var starts = Repeat(each, () => new Command("/bin/true").Run(bounds).Sample.Wall);
        return new(
            Environment.ProcessorCount,
            Rate(each, Piece, () => aes.Encrypt(nonce, piece, sealedPiece, tag)),
            Rate(each, Piece, () => aes.Encrypt(nonce, default(ReadOnlySpan<byte>), default, tag, piece)),
            Rate(each, Piece, () => SHA256.HashData(piece, hash)),
            LoopbackRate(each),
            LoopbackRoundTrip(each),
            DiskRate(folder, each),
            FlushTime(folder, each),
            Measured.Median(starts));
    }

    /// <summary>Seconds below which no program can seal so many bytes, send them, have them hashed on both sides and keep them on a disk, and which part is the slowest.</summary>
    public (double Seconds, string Part) OfSending(long bytes) => Slowest(
        (bytes / DiskWrite, "disk"), (bytes / Loopback, "loopback"), ((bytes / AesGcm + 2 * bytes / Sha256) / Cores, "AES once, SHA-256 twice, on all cores"));

    /// <summary>The same of fetching: hashed and opened on one side, written to a disk.</summary>
    public (double Seconds, string Part) OfFetching(long bytes) => Slowest(
        (bytes / DiskWrite, "disk"), (bytes / Loopback, "loopback"), ((bytes / AesGcm + bytes / Sha256) / Cores, "AES once, SHA-256 once, on all cores"));

    private static (double, string) Slowest(params ReadOnlySpan<(double Seconds, string Part)> parts)
    {
        var slowest = parts[0];
        foreach (var part in parts)
        {
            if (part.Seconds > slowest.Seconds)
                slowest = part;
        }
        return slowest;
    }

    private static List<double> Repeat(TimeSpan each, Func<double> once)
    {
        var values = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        do
            values.Add(once());
        while (Stopwatch.GetElapsedTime(begun) < each);
        return values;
    }

    private static double Rate(TimeSpan each, int bytes, Action work)
    {
        work();
        long done = 0;
        var begun = Stopwatch.GetTimestamp();
        do
        {
            work();
            done += bytes;
        }
        while (Stopwatch.GetElapsedTime(begun) < each);
        return done / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static double LoopbackRate(TimeSpan each)
    {
        var (ours, theirs) = Pair();
        using (ours)
        using (theirs)
        {
            var receiving = Task.Run(() =>
            {
                var buffer = new byte[4 * Piece];
                long received = 0;
                while (theirs.Receive(buffer) is > 0 and var length)
                    received += length;
                return received;
            });
            var piece = new byte[4 * Piece];
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun) < each)
                ours.Send(piece);
            ours.Shutdown(SocketShutdown.Send);
            return receiving.Result / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
    }

    private static double LoopbackRoundTrip(TimeSpan each)
    {
        var (ours, theirs) = Pair();
        using (ours)
        using (theirs)
        {
            ours.NoDelay = theirs.NoDelay = true;
            var echo = Task.Run(() =>
            {
                var there = new byte[1];
                while (theirs.Receive(there) > 0)
                    theirs.Send(there);
            });
            var one = new byte[1];
            var trips = Repeat(each, () =>
            {
                var begun = Stopwatch.GetTimestamp();
                ours.Send(one);
                ours.Receive(one);
                return Stopwatch.GetElapsedTime(begun).TotalSeconds;
            });
            ours.Shutdown(SocketShutdown.Send);
            echo.Wait();
            return Measured.Median(trips);
        }
    }

    private static (Socket, Socket) Pair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var ours = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        ours.Connect(listener.LocalEndPoint!);
        return (ours, listener.Accept());
    }

    private static double DiskRate(string folder, TimeSpan each)
    {
        Kernel.FlushDisks();
        var piece = new byte[DiskPiece];
        RandomNumberGenerator.Fill(piece);
        return InNewFile(folder, file =>
        {
            var begun = Stopwatch.GetTimestamp();
            long written = 0;
            do
            {
                file.Write(piece);
                written += piece.Length;
            }
            while (Stopwatch.GetElapsedTime(begun) < each);
            file.Flush(flushToDisk: true);
            return written / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        });
    }

    private static double FlushTime(string folder, TimeSpan each)
    {
        var piece = new byte[SmallPiece];
        return InNewFile(folder, file => Measured.Median(Repeat(each, () =>
        {
            var begun = Stopwatch.GetTimestamp();
            file.Write(piece);
            file.Flush(flushToDisk: true);
            return Stopwatch.GetElapsedTime(begun).TotalSeconds;
        })));
    }

    private static double InNewFile(string folder, Func<FileStream, double> measure)
    {
        var path = Path.Join(folder, "floor");
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.DeleteOnClose });
        return measure(file);
    }
}
