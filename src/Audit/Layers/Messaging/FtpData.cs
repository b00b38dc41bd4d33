using System.Globalization;
using Candor.Audit.Layers.Http;
using Candor.Audit.Packets;

namespace Candor.Audit.Layers.Messaging;

/// <summary>What a control connection of FTP asked a data connection for; it may say so after it has named the address.</summary>
internal sealed class FtpTransfer
{
    public string Verb { get; set; } = "DATA";

    public string Target { get; set; } = "";
}

/// <summary>Data connections that control connections have named (RFC 959, 4.1.2; RFC 2428) and that have not come yet. Bounded: where there are more, the oldest are forgotten.</summary>
internal sealed class FtpTransfers
{
    private const int MaxExpected = 1024;

    private readonly Dictionary<Endpoint, FtpTransfer> _expected = [];
    private readonly Queue<Endpoint> _order = new();

    public void Expect(Endpoint end, FtpTransfer transfer)
    {
        if (!_expected.TryAdd(end, transfer))
        {
            _expected[end] = transfer;
            return;
        }
        _order.Enqueue(end);
        if (_order.Count > MaxExpected) _expected.Remove(_order.Dequeue());
    }

    public FtpTransfer? Take(Endpoint end) => _expected.Count > 0 && _expected.Remove(end, out var transfer) ? transfer : null;

    /// <summary>"227 … (h1,h2,h3,h4,p1,p2)", or "229 … (|||port|)". The address that a 227 names is believed only so far as its port: behind an address translation it is a wrong one.</summary>
    public static Endpoint? ReadAnswer(string line, Address server)
    {
        int open = line.IndexOf('(', StringComparison.Ordinal), close = open < 0 ? -1 : line.IndexOf(')', open);
        if (close < 0) return null;
        string inner = line[(open + 1)..close];
        return line.StartsWith("229", StringComparison.Ordinal) ? Extended(inner, server) : Numbers(inner) is { } n ? new(server, n[4] << 8 | n[5]) : null;
    }

    /// <summary>What follows PORT, or EPRT: "|1|192.0.2.1|5000|".</summary>
    public static Endpoint? ReadCommand(string verb, string rest, Address client) =>
        verb == "EPRT" ? Extended(rest.Trim(), client) : Numbers(rest.Trim()) is { } n ? new(Address.Of([n[0], n[1], n[2], n[3]]), n[4] << 8 | n[5]) : null;

    private static Endpoint? Extended(string text, Address otherwise)
    {
        if (text.Length < 5) return null;
        string[] parts = text.Split(text[0]);
        if (parts.Length < 5 || !int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535) return null;
        return new(parts[2].Length == 0 ? otherwise : Address.TryRead(parts[2]) ?? otherwise, port);
    }

    private static byte[]? Numbers(string text)
    {
        string[] parts = text.Split(',');
        byte[] numbers = new byte[6];
        if (parts.Length != 6) return null;
        for (int i = 0; i < 6; i++)
        {
            if (!byte.TryParse(parts[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return null;
        }
        return numbers;
    }
}

/// <summary>A data connection of FTP: all of it is one file, or a list; TLS where the control connection has it too.</summary>
internal sealed class FtpData(Layering layering, Conversation conversation, FtpTransfer transfer) : IByteSink
{
    private readonly bool[] _begun = [false, false], _whole = [true, true];
    private IHttpSink? _messages;
    private FirstBytes? _inner;

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        if (_messages is null && _inner is null && bytes.Length >= 3 && bytes[0] == 0x16 && bytes[1] == 3) _inner = new FirstBytes(layering, conversation);
        if (_inner is not null)
        {
            _inner.Take(side, offset, bytes, origin);
            return;
        }
        _messages ??= layering.MessagesOf(conversation);
        if (!_begun[(int)side])
        {
            _begun[(int)side] = true;
            conversation.Speaks("ftp-data");
            _messages.Head(0, side, new() { Scheme = "ftp", Method = transfer.Verb, Target = transfer.Target }, offset, origin);
        }
        _messages.Body(0, side, bytes, offset, origin);
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        _whole[(int)side] = false;
        _inner?.Gap(side, offset, length, origin);
    }

    public void End(Side side, Origin origin)
    {
        _inner?.End(side, origin);
        if (_begun[(int)side]) _messages!.End(0, side, _whole[(int)side], origin);
    }
}
