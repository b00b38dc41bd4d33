using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Messaging;
using Candor.Audit.Packets;

namespace Candor.Tests.Audit.Layers;

/// <summary>Data connections that FTP's control connection has named (RFC 959; RFC 2428).</summary>
public class FtpDataTests
{
    private static readonly Address s_server = Address.TryRead("93.184.216.34")!.Value, s_phone = Address.TryRead("10.0.0.1")!.Value;

    private readonly List<TakenMessages> _messages = [];
    private readonly Layering _layering;

    public FtpDataTests() => _layering = new()
    {
        Messages = conversation =>
        {
            _messages.Add(new(conversation.Tally));
            return _messages[^1];
        },
    };

    private Conversation Speak(Endpoint client, Endpoint server, params (Side Side, string Text)[] said)
    {
        var conversation = new Conversation { Transport = 6, Client = client, Server = server };
        var sink = _layering.Bytes(conversation);
        long[] at = [0, 0];
        foreach (var (side, text) in said)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            sink.Take(side, at[(int)side], bytes, new(1, 1));
            at[(int)side] += bytes.Length;
        }
        sink.End(Side.Client, new(2, 2));
        sink.End(Side.Server, new(2, 2));
        foreach (var side in (Side[])[Side.Client, Side.Server]) Assert.Equal(at[(int)side], conversation.Tally[side].Total);
        return conversation;
    }

    private void Control(string ask, string answer, string command) => Speak(new(s_phone, 40000), new(s_server, 21), (Side.Server, "220 ready\r\n"), (Side.Client, "USER u\r\n"), (Side.Server, "331 go on\r\n"), (Side.Client, ask + "\r\n"), (Side.Server, answer + "\r\n"), (Side.Client, command + "\r\n"));

    [Theory]
    [InlineData("PASV", "227 Entering Passive Mode (93,184,216,34,117,48)")]
    [InlineData("PASV", "227 Entering Passive Mode (192,168,0,9,117,48).")]
    [InlineData("EPSV", "229 Entering Extended Passive Mode (|||30000|)")]
    public void APassiveConnectionIsTheFileThatTheCommandNames(string ask, string answer)
    {
        Control(ask, answer, "STOR photo of mine.jpg");
        var data = Speak(new(s_phone, 40001), new(s_server, 30000), (Side.Client, "\u0001first "), (Side.Client, "second"));
        var file = _messages[^1].All.Single();
        Assert.Equal(("ftp", "STOR", "photo of mine.jpg", "\u0001first second", true), (file.Head.Scheme, file.Head.Method, file.Head.Target, file.Text, file.Whole == true));
        Assert.Contains("ftp-data", data.Layers);
        // It was named once: the next connection to that port is another one.
        Assert.DoesNotContain("ftp-data", Speak(new(s_phone, 40002), new(s_server, 30000), (Side.Client, "\u0001other")).Layers);
    }

    [Theory]
    [InlineData("PORT 10,0,0,1,195,80")]
    [InlineData("EPRT |1|10.0.0.1|50000|")]
    public void AnActiveConnectionIsOpenedByTheServerAndSentOnByThePhone(string ask)
    {
        Control(ask, "200 OK", "APPE log.txt");
        Speak(new(s_server, 20), new(s_phone, 50000), (Side.Server, "what the phone sends"));
        var file = _messages[^1].All.Single();
        Assert.Equal((Side.Server, "APPE", "what the phone sends"), (file.Side, file.Head.Method, file.Text));
    }

    [Theory]
    [InlineData("227 (1,2,3,4,5)")]
    [InlineData("227 no address")]
    [InlineData("229 (|||70000|)")]
    [InlineData("229 ()")]
    [InlineData("227 (1,2,3,4,5,999)")]
    public void WhatNamesNoPortIsNone(string answer) => Assert.Null(FtpTransfers.ReadAnswer(answer, s_server));
}
