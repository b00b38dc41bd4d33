using System.Buffers.Binary;

namespace Candor.Audit.Layers.TlsOutline;

/// <summary>Reads TLS as far as it goes without keys: records, the hellos in the clear. What is encrypted is undetermined.</summary>
internal sealed class TlsOutlineLayer(Layering layering, Conversation conversation) : IByteSink
{
    private const int HeaderSize = 5, MaxRecord = 16384 + 2048, MaxHello = 65536;
    private const byte ChangeCipher = 20, Alert = 21, Handshake = 22, HeartBeat = 24;

    private readonly Half _client = new(), _server = new();

    private sealed class Half
    {
        public readonly byte[] Header = new byte[HeaderSize];
        public int HeaderLength, Left;
        public byte Type;
        public bool Encrypted, Lost, Said;
        public byte[] Hello = [];
        public int HelloLength;
        public IByteSink? Unread;
    }

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        var half = side == Side.Client ? _client : _server;
        if (half.Lost && bytes.Length >= HeaderSize && IsRecord(bytes)) half.Lost = false;
        while (!bytes.IsEmpty)
        {
            int taken;
            if (half.Lost)
            {
                Unread(half).Take(side, offset, bytes, origin);
                return;
            }
            if (half.Left == 0)
            {
                taken = Math.Min(bytes.Length, HeaderSize - half.HeaderLength);
                bytes[..taken].CopyTo(half.Header.AsSpan(half.HeaderLength));
                half.HeaderLength += taken;
                if (half.HeaderLength == HeaderSize) Begin(half, side);
            }
            else
            {
                taken = Math.Min(bytes.Length, half.Left);
                Body(half, side, offset, bytes[..taken], origin);
                half.Left -= taken;
            }
            bytes = bytes[taken..];
            offset += taken;
        }
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        var half = side == Side.Client ? _client : _server;
        if (half.HeaderLength == 0 && length <= half.Left)
        {
            // The record's end is known all the same.
            half.Left -= (int)length;
            half.Said = true;
        }
        else Lose(half, side);
        half.Unread?.Gap(side, offset, length, origin);
    }

    public void End(Side side, Origin origin)
    {
        var half = side == Side.Client ? _client : _server;
        conversation.Tally.Add(side, ByteClass.Damaged, half.HeaderLength);
        half.HeaderLength = 0;
        (_client.Unread ?? _server.Unread)?.End(side, origin);
    }

    /// <summary>One sink for both sides would take what is encrypted as one conversation, which it is.</summary>
    private IByteSink Unread(Half half) => half.Unread ??= (half == _client ? _server : _client).Unread ?? layering.Unread(conversation);

    private static bool IsRecord(ReadOnlySpan<byte> header) =>
        header[0] is >= ChangeCipher and <= HeartBeat && header[1] == 3 && header[2] <= 4 && BinaryPrimitives.ReadUInt16BigEndian(header[3..]) is > 0 and <= MaxRecord;

    private void Begin(Half half, Side side)
    {
        half.HeaderLength = 0;
        if (!IsRecord(half.Header))
        {
            conversation.Tally.Add(side, ByteClass.Undetermined, HeaderSize);
            half.Lost = true;
            return;
        }
        conversation.Tally.Add(side, ByteClass.Explained, HeaderSize);
        conversation.Speaks("tls");
        half.Type = half.Header[0];
        half.Left = BinaryPrimitives.ReadUInt16BigEndian(half.Header.AsSpan(3));
    }

    private void Body(Half half, Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        bool clear = half.Type == ChangeCipher || half.Type is Handshake or Alert && !half.Encrypted;
        if (half.Type == ChangeCipher) half.Encrypted = true;
        if (!clear)
        {
            Unread(half).Take(side, offset, bytes, origin);
            return;
        }
        conversation.Tally.Add(side, ByteClass.Explained, bytes.Length);
        if (half.Type == Handshake && !half.Said) Hello(half, side, bytes);
    }

    private void Hello(Half half, Side side, ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, MaxHello - half.HelloLength);
        if (half.Hello.Length < half.HelloLength + taken) Array.Resize(ref half.Hello, half.HelloLength + taken);
        bytes[..taken].CopyTo(half.Hello.AsSpan(half.HelloLength));
        half.HelloLength += taken;
        var message = half.Hello.AsSpan(0, half.HelloLength);
        bool whole = message.Length >= 4 && message.Length - 4 >= (message[1] << 16 | message[2] << 8 | message[3]);
        if (!whole && half.HelloLength < MaxHello) return;
        half.Said = true;
        if (side == Side.Client && ClientHello.TryRead(message) is { } hello) Say(hello);
        half.Hello = [];
    }

    private void Say(ClientHello hello)
    {
        if (hello.ServerName is { } name) conversation.Calls(name);
        if (hello.EncryptedHello)
        {
            conversation.NameHidden = true;
            conversation.Remark("the hello has an encrypted part (ECH): the name may stand for another one");
        }
        if (hello.ServerName is null) conversation.Remark("the hello names no server");
    }

    private void Lose(Half half, Side side)
    {
        conversation.Tally.Add(side, ByteClass.Damaged, half.HeaderLength);
        (half.HeaderLength, half.Left, half.Lost) = (0, 0, true);
    }
}
