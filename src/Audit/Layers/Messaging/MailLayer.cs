using System.Globalization;
using System.Text;

namespace Candor.Audit.Layers.Messaging;

/// <summary>Reads SMTP and FTP by their lines: each command as a message, a mail's text as one with a body; and hands over to TLS where both agree on it.</summary>
internal sealed class MailLayer(Layering layering, Conversation conversation, string protocol) : FramedLayer(layering, conversation)
{
    private const int MaxLine = 8192;

    private readonly FtpTransfer _transfer = new();
    private bool _asksTls, _asksData, _inData;

    protected override int MaxHead => MaxLine;

    protected override int Head(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin, out long body)
    {
        body = 0;
        int end = bytes.IndexOf((byte)'\n') + 1;
        // A line of a mail may be of any length: its parts are as good.
        if (end == 0) return side == Side.Client && _inData && bytes.Length >= MaxLine ? Text(bytes[..MaxLine], offset, origin) : 0;
        var line = bytes[..end];
        if (side == Side.Client && _inData) return Text(line, offset, origin);
        Explain(side, end);
        Conversation.Speaks(protocol);
        if (side == Side.Client) body = Command(line, offset, origin);
        else Answer(line);
        return end;
    }

    protected override void BodyEnd(Side side, Origin origin) => Close(side, true, origin);

    private long Command(ReadOnlySpan<byte> line, long offset, Origin origin)
    {
        string text = Encoding.Latin1.GetString(line).Trim();
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        string verb = (space < 0 ? text : text[..space]).ToUpperInvariant(), rest = space < 0 ? "" : text[(space + 1)..];
        _asksTls = verb == "STARTTLS" || verb == "AUTH" && rest.Trim().ToUpperInvariant() is "TLS" or "SSL" or "TLS-C";
        _asksData = verb == "DATA" && protocol == "smtp";
        if (protocol == "ftp") Transfer(verb, rest);
        // What a person wrote stands behind the verb; a password is searched for as anything else.
        Open(Side.Client, new() { Scheme = protocol, Method = verb.Length <= 16 ? verb : "", Target = verb.Length <= 16 ? rest : text, WireBytes = line.Length }, offset, origin);
        if (verb == "BDAT" && long.TryParse(rest.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size > 0) return size;
        if (!_asksData) Close(Side.Client, true, origin);
        return 0;
    }

    /// <summary>Where the next data connection goes, and what for.</summary>
    private void Transfer(string verb, string rest)
    {
        if (verb is "PORT" or "EPRT" && FtpTransfers.ReadCommand(verb, rest, Conversation.Client.Address) is { } active) Layering.Transfers.Expect(active, _transfer);
        else if (verb is "STOR" or "STOU" or "APPE" or "RETR" or "LIST" or "NLST" or "MLSD") (_transfer.Verb, _transfer.Target) = (verb, rest);
    }

    private void Answer(ReadOnlySpan<byte> line)
    {
        if (line.Length >= 4 && line[3] == '-') return;
        if (protocol == "ftp" && (line.StartsWith("227"u8) || line.StartsWith("229"u8)) && FtpTransfers.ReadAnswer(Encoding.Latin1.GetString(line), Conversation.Server.Address) is { } passive) Layering.Transfers.Expect(passive, _transfer);
        if (_asksTls && line.StartsWith("2"u8)) PassTo(Layering.Bytes(Conversation));
        if (_asksData && line.StartsWith("354"u8)) _inData = true;
        _asksTls = _asksData = false;
    }

    /// <summary>A line of a mail: a dot alone ends it.</summary>
    private int Text(ReadOnlySpan<byte> line, long offset, Origin origin)
    {
        if (line.TrimEnd("\r\n"u8).SequenceEqual("."u8))
        {
            _inData = false;
            Explain(Side.Client, line.Length);
            Close(Side.Client, true, origin);
        }
        else Body(Side.Client, line, offset, origin);
        return line.Length;
    }
}
