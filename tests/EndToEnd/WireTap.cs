using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Candor.Tests.EndToEnd;

/// <summary>A request as the tap saw it leave.</summary>
internal sealed record TappedRequest(string Head, byte[] Body)
{
    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];
}

/// <summary>A wire between a client and a server that keeps every byte the client gave to it, connection by connection.</summary>
internal sealed class WireTap : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<MemoryStream> _up = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly int _port;
    private readonly Task _accepting;
    private long _bytesUp;

    public WireTap(Uri server)
    {
        _port = server.Port;
        _listener.Start();
        Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where the client is to go.</summary>
    public Uri Address { get; }

    /// <summary>Set: the server's answer to a request with this in its target is lost, and the connection with it.</summary>
    public string? LoseAnswerTo { get; set; }

    public long BytesUp => Interlocked.Read(ref _bytesUp);

    /// <summary>What left on each connection.</summary>
    public IReadOnlyList<byte[]> Up
    {
        get
        {
            var all = new List<byte[]>();
            foreach (var stream in _up)
                lock (stream) all.Add(stream.ToArray());
            return all;
        }
    }

    /// <summary>Requests that left whole, and the bytes of those that did not.</summary>
    public (IReadOnlyList<TappedRequest> Whole, long CutBytes) Requests()
    {
        var whole = new List<TappedRequest>();
        long cut = 0;
        foreach (byte[] bytes in Up)
        {
            for (int at = 0; at < bytes.Length;)
            {
                int end = bytes.AsSpan(at).IndexOf("\r\n\r\n"u8);
                string head = end < 0 ? "" : Encoding.Latin1.GetString(bytes, at, end + 4);
                int length = head.Split("\r\n").Where(l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)).Select(l => int.Parse(l[16..], CultureInfo.InvariantCulture)).FirstOrDefault();
                if (end < 0 || at + head.Length + length > bytes.Length)
                {
                    cut += bytes.Length - at;
                    break;
                }
                whole.Add(new(head, bytes[(at + head.Length)..(at + head.Length + length)]));
                at += head.Length + length;
            }
        }
        return (whole, cut);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_running);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                _running.Add(Task.Run(() => CarryAsync(client)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The end.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        var kept = new MemoryStream();
        _up.Enqueue(kept);
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            var up = PumpAsync(near, far, kept, both.Token);
            var down = PumpAsync(far, near, null, both.Token, () => LoseAnswerTo is { } target && LastLine(kept).Contains(target, StringComparison.Ordinal));
            await Task.WhenAny(up, down);
            // Either side ended: what the client has written by now still counts, then both ends close.
            if (down.IsCompleted && !up.IsCompleted) Drain(near, kept);
            await both.CancelAsync();
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            Drain(near, kept);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, MemoryStream? kept, CancellationToken cancel, Func<bool>? isLost = null)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer, cancel) is > 0 and var count)
            {
                if (isLost?.Invoke() == true) return;
                if (kept is not null) Keep(kept, buffer.AsSpan(0, count));
                await to.SendAsync(buffer.AsMemory(0, count), cancel);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side is gone.
        }
    }

    /// <summary>The line of the request that left last on a connection.</summary>
    private static string LastLine(MemoryStream kept)
    {
        string all;
        lock (kept) all = Encoding.Latin1.GetString(kept.GetBuffer(), 0, (int)kept.Length);
        int end = all.LastIndexOf(" HTTP/1.1\r\n", StringComparison.Ordinal);
        return end < 0 ? "" : all[(all.LastIndexOf('\n', end) + 1)..end];
    }

    private void Drain(Socket near, MemoryStream kept)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (near.Available > 0) Keep(kept, buffer.AsSpan(0, near.Receive(buffer)));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone.
        }
    }

    private void Keep(MemoryStream kept, ReadOnlySpan<byte> bytes)
    {
        lock (kept) kept.Write(bytes);
        Interlocked.Add(ref _bytesUp, bytes.Length);
    }
}
