using System.Net;
using System.Net.Sockets;
using System.Text;
using Candor.Audit.Layers;

namespace Candor.Tests.Audit.Layers;

/// <summary>A conversation as a relay saw it: who wrote what, in the order it passed.</summary>
internal sealed class Talk
{
    private readonly List<(Side Side, byte[] Bytes)> _pieces = [];

    public IReadOnlyList<(Side Side, byte[] Bytes)> Pieces => _pieces;

    public Talk Add(Side side, ReadOnlySpan<byte> bytes)
    {
        lock (_pieces) _pieces.Add((side, bytes.ToArray()));
        return this;
    }

    public byte[] All(Side side) => [.. _pieces.Where(p => p.Side == side).SelectMany(p => p.Bytes)];

    /// <summary>Gives it to a layer: whole pieces, or cut into smaller ones; some bytes may be missing.</summary>
    /// <param name="layer">Takes it.</param>
    /// <param name="most">Longest piece.</param>
    /// <param name="gap">A side and a range of its bytes that the capture lost.</param>
    /// <param name="only">The capture has only that side.</param>
    public void GiveTo(IByteSink layer, int most = int.MaxValue, (Side Side, int From, int To)? gap = null, Side? only = null)
    {
        long[] offsets = [0, 0];
        long frame = 0;
        foreach (var (side, bytes) in _pieces)
        {
            if (only is { } one && side != one) continue;
            for (int at = 0; at < bytes.Length;)
            {
                int count = Math.Min(most, bytes.Length - at);
                ref long offset = ref offsets[(int)side];
                if (gap is { } lost && lost.Side == side && offset < lost.To && offset + count > lost.From)
                {
                    int before = (int)Math.Max(0, lost.From - offset);
                    if (before > 0) layer.Take(side, offset, bytes.AsSpan(at, before), new(++frame, frame));
                    int missing = (int)(Math.Min(offset + count, lost.To) - offset) - before;
                    layer.Gap(side, offset + before, missing, new(++frame, frame));
                    count = before + missing;
                }
                else layer.Take(side, offset, bytes.AsSpan(at, count), new(++frame, frame));
                at += count;
                offset += count;
            }
        }
        layer.End(Side.Client, new(++frame, frame));
        layer.End(Side.Server, new(++frame, frame));
    }

    /// <summary>Relays one connection to a port of this machine and writes down what passes.</summary>
    /// <param name="port">Where it goes.</param>
    /// <param name="talk">Connects to the port that it is given, and talks.</param>
    public static async Task<Talk> RelayAsync(int port, Func<int, Task> talk)
    {
        var record = new Talk();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var relayed = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAll(record.CopyAsync(client, server, Side.Client), record.CopyAsync(server, client, Side.Server));
        });
        await talk(((IPEndPoint)listener.LocalEndpoint).Port);
        await relayed.WaitAsync(TimeSpan.FromSeconds(60));
        return record;
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, Side side)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            for (int count; (count = await from.GetStream().ReadAsync(buffer)) > 0;)
            {
                Add(side, buffer.AsSpan(0, count));
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
            }
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            // One end closed before the other: what passed is written down.
            to.Close();
        }
    }
}

/// <summary>Writes down what a layer passes on, and holds it to the contract: bytes in order, each once, each side ended once.</summary>
internal sealed class TakenBytes(ByteTally? tally = null) : IByteSink
{
    private readonly long[] _next = [0, 0];
    private readonly MemoryStream[] _bytes = [new(), new()];
    private readonly bool[] _ended = [false, false];

    public long[] Gaps { get; } = [0, 0];

    public byte[] this[Side side] => _bytes[(int)side].ToArray();

    public string Text(Side side) => Encoding.Latin1.GetString(this[side]);

    public bool Ended => _ended[0] && _ended[1];

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        Assert.False(bytes.IsEmpty);
        Assert.False(_ended[(int)side]);
        Assert.Equal(_next[(int)side], offset);
        _next[(int)side] += bytes.Length;
        _bytes[(int)side].Write(bytes);
        tally?.Add(side, ByteClass.Explained, bytes.Length);
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        Assert.True(length > 0);
        Assert.False(_ended[(int)side]);
        Assert.Equal(_next[(int)side], offset);
        _next[(int)side] += length;
        Gaps[(int)side] += length;
    }

    public void End(Side side, Origin origin)
    {
        Assert.False(_ended[(int)side]);
        _ended[(int)side] = true;
    }
}
