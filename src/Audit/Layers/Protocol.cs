namespace Candor.Audit.Layers;

/// <summary>What first bytes look like.</summary>
internal enum Protocol : byte
{
    /// <summary>More is needed to say.</summary>
    Unsure,

    /// <summary>None of these.</summary>
    Other,
    Tls,
    Http1,
    Http2,
    Dns,
    Mqtt,
    Xmpp,
    MiPush,
    Smtp,
    Ftp,
    Socks,
    Ssh,
}

/// <summary>Tells a protocol by what each side said first.</summary>
internal static class Recognition
{
    /// <summary>The longest that is needed: a method of HTTP may be long, and a greeting waits for the client's answer.</summary>
    public const int Enough = 64;

    private const int LongestMethod = 24, MaxRecord = 16384 + 2048;

    /// <param name="client">What the client said first, as far as it is known.</param>
    /// <param name="server">What the server said first.</param>
    /// <param name="port">The server's.</param>
    /// <param name="last">No more comes: decide.</param>
    public static Protocol Of(ReadOnlySpan<byte> client, ReadOnlySpan<byte> server, int port, bool last)
    {
        if (port == 53 && (client.Length > 14 || server.Length > 14)) return IsDns(client.Length > 14 ? client : server) ? Protocol.Dns : Protocol.Other;
        var first = client.IsEmpty ? Protocol.Unsure : OfClient(client, last);
        if (first > Protocol.Other) return first;
        if (server.IsEmpty) return last ? Protocol.Other : first == Protocol.Other && client.Length >= Enough ? Protocol.Other : Protocol.Unsure;
        var answer = OfServer(server, client, port, last);
        if (answer > Protocol.Other) return answer;
        if (last) return Protocol.Other;
        return first == Protocol.Other && answer == Protocol.Other || client.Length >= Enough || server.Length >= 16 * Enough ? Protocol.Other : Protocol.Unsure;
    }

    private static Protocol OfClient(ReadOnlySpan<byte> bytes, bool last)
    {
        if (bytes[0] is >= 0x14 and <= 0x18)
        {
            if (bytes.Length < 5) return last ? Protocol.Other : Protocol.Unsure;
            return bytes[1] == 3 && bytes[2] <= 4 && (bytes[3] << 8 | bytes[4]) is > 0 and <= MaxRecord ? Protocol.Tls : IsMqtt(bytes) ? Protocol.Mqtt : Protocol.Other;
        }
        if (bytes[0] == 0x10) return bytes.Length < 12 && !last ? Protocol.Unsure : IsMqtt(bytes) ? Protocol.Mqtt : Protocol.Other;
        if (bytes[0] == 0xC2) return bytes.Length < 4 && !last ? Protocol.Unsure : bytes.StartsWith((ReadOnlySpan<byte>)[0xC2, 0xFE, 0, 5]) ? Protocol.MiPush : Protocol.Other;
        if (bytes[0] == 5) return bytes.Length < 3 ? (last ? Protocol.Other : Protocol.Unsure) : IsSocks5(bytes) ? Protocol.Socks : Protocol.Other;
        if (bytes[0] == 4) return bytes.Length < 9 ? (last ? Protocol.Other : Protocol.Unsure) : bytes[1] is 1 or 2 && bytes.Length <= 600 ? Protocol.Socks : Protocol.Other;
        if (bytes[0] == '<')
        {
            if (bytes.Length < 15 && !last) return Protocol.Unsure;
            return bytes.StartsWith("<?xml"u8) || bytes.StartsWith("<stream:stream"u8) || bytes.StartsWith("<open xmlns"u8) ? Protocol.Xmpp : Protocol.Other;
        }
        return OfText(bytes, last);
    }

    private static Protocol OfText(ReadOnlySpan<byte> bytes, bool last)
    {
        if ("PRI * HTTP/2.0"u8.StartsWith(bytes[..Math.Min(bytes.Length, 14)])) return bytes.Length >= 14 ? Protocol.Http2 : last ? Protocol.Other : Protocol.Unsure;
        if (bytes.StartsWith("SSH-"u8)) return Protocol.Ssh;
        if (Starts(bytes, "EHLO "u8) || Starts(bytes, "HELO "u8) || Starts(bytes, "LHLO "u8)) return Protocol.Smtp;
        if (Starts(bytes, "USER "u8) || Starts(bytes, "FEAT\r"u8)) return Protocol.Ftp;
        int space = bytes[..Math.Min(bytes.Length, LongestMethod + 1)].IndexOf((byte)' ');
        var method = space < 0 ? bytes[..Math.Min(bytes.Length, LongestMethod)] : bytes[..space];
        foreach (byte b in method)
        {
            if (b is not ((>= (byte)'A' and <= (byte)'Z') or (byte)'-' or (byte)'_' or (>= (byte)'a' and <= (byte)'z'))) return Protocol.Other;
        }
        if (space == 0 || space < 0 && bytes.Length >= LongestMethod) return Protocol.Other;
        if (space < 0 || bytes.Length == space + 1) return last ? Protocol.Other : Protocol.Unsure;
        var target = bytes[(space + 1)..];
        if (target[0] is (byte)'/' or (byte)'*' || Starts(target, "http"u8) || method.SequenceEqual("CONNECT"u8)) return Protocol.Http1;
        return "http"u8.StartsWith(target[..Math.Min(target.Length, 4)]) && target.Length < 4 && !last ? Protocol.Unsure : Protocol.Other;
    }

    private static Protocol OfServer(ReadOnlySpan<byte> server, ReadOnlySpan<byte> client, int port, bool last)
    {
        if (server[0] is >= 0x14 and <= 0x18 && server.Length >= 5 && server[1] == 3 && server[2] <= 4 && (server[3] << 8 | server[4]) is > 0 and <= MaxRecord) return Protocol.Tls;
        if (server.StartsWith("HTTP/1."u8)) return Protocol.Http1;
        if (server.StartsWith("SSH-"u8)) return Protocol.Ssh;
        if (server.StartsWith((ReadOnlySpan<byte>)[0xC2, 0xFE, 0, 5])) return Protocol.MiPush;
        if (!server.StartsWith("220"u8)) return server.Length < 8 && !last ? Protocol.Unsure : Protocol.Other;
        // A greeting of SMTP and of FTP look alike: the port says it, else the client's first word, else what the greeting calls itself.
        if (port is 25 or 465 or 587 or 2525) return Protocol.Smtp;
        if (port is 21 or 990) return Protocol.Ftp;
        if (client.IsEmpty && !last) return Protocol.Unsure;
        return server.IndexOf("SMTP"u8) >= 0 ? Protocol.Smtp : server.IndexOf("FTP"u8) >= 0 ? Protocol.Ftp : Protocol.Other;
    }

    private static bool Starts(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> word) => bytes.Length >= word.Length && System.Text.Ascii.EqualsIgnoreCase(bytes[..word.Length], word);

    /// <summary>CONNECT: its length, then the name of the protocol in versions 3.1 to 5.</summary>
    private static bool IsMqtt(ReadOnlySpan<byte> bytes)
    {
        int at = 1;
        while (at < bytes.Length && at < 4 && bytes[at] >= 0x80) at++;
        return bytes[0] == 0x10 && bytes.Length > at + 1 && (bytes[(at + 1)..].StartsWith("\0\u0004MQTT"u8) || bytes[(at + 1)..].StartsWith("\0\u0006MQIsdp"u8));
    }

    /// <summary>A count of methods, and that many bytes: nothing else may follow before the server's answer.</summary>
    private static bool IsSocks5(ReadOnlySpan<byte> bytes) => bytes[1] is > 0 and < 10 && bytes.Length == 2 + bytes[1];

    /// <summary>A length, then a header whose counts are small.</summary>
    private static bool IsDns(ReadOnlySpan<byte> bytes) => (bytes[0] << 8 | bytes[1]) >= 12 && (bytes[4] & 0x78) is 0 or 0x28 or 0x20 && bytes[6] == 0 && bytes[7] <= 4 && bytes[8] <= 4;
}
