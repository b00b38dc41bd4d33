using System.Buffers.Binary;
using System.Text;
using Candor.Audit.Packets;

namespace Candor.Audit.Layers.Messaging;

/// <summary>Reads SOCKS 4, 4a and 5 (RFC 1928): where the client asks the proxy to connect it, and hands the connection to what is spoken inside.</summary>
internal sealed class SocksLayer(Layering layering, Conversation conversation) : FramedLayer(layering, conversation)
{
    private State _client, _server;
    private bool _four;
    private string? _target;

    private enum State : byte
    {
        Greeting,
        Login,
        Request,
        Done,
    }

    protected override int MaxHead => 1024;

    protected override int Head(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin, out long body)
    {
        body = 0;
        int size = side == Side.Client ? Client(bytes) : Server(bytes);
        if (size > 0) Explain(side, size);
        return size;
    }

    private int Client(ReadOnlySpan<byte> bytes)
    {
        switch (_client)
        {
            case State.Greeting when bytes[0] == 4:
                _four = true;
                return Four(bytes);
            case State.Greeting when bytes[0] == 5:
                if (bytes.Length < 2 || bytes.Length < 2 + bytes[1]) return 0;
                _client = State.Request;
                return 2 + bytes[1];
            case State.Request when bytes[0] == 1: // a name and a password (RFC 1929)
                if (bytes.Length < 2 || bytes.Length < 3 + bytes[1] || bytes.Length < 3 + bytes[1] + bytes[2 + bytes[1]]) return 0;
                return 3 + bytes[1] + bytes[2 + bytes[1]];
            case State.Request when bytes[0] == 5:
                int size = AddressOf(bytes, out _target);
                if (size > 0) _client = State.Done;
                return size;
            default:
                // What comes before the proxy agreed is kept for what follows.
                return _client == State.Done ? 0 : -1;
        }
    }

    private int Four(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 9) return 0;
        int user = bytes[8..].IndexOf((byte)0);
        if (user < 0) return 0;
        int end = 8 + user + 1, port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        string host = Address.Of(bytes.Slice(4, 4)).ToString();
        if (bytes[4] == 0 && bytes[5] == 0 && bytes[6] == 0 && bytes[7] != 0)
        {
            int name = bytes[end..].IndexOf((byte)0);
            if (name < 0) return 0;
            host = Encoding.Latin1.GetString(bytes.Slice(end, name));
            end += name + 1;
        }
        _target = $"{host}:{port}";
        _client = State.Done;
        return end;
    }

    private int Server(ReadOnlySpan<byte> bytes)
    {
        if (_four)
        {
            if (bytes.Length < 8) return 0;
            if (bytes[1] == 90) Connected();
            return bytes[0] == 0 ? 8 : -1;
        }
        switch (_server)
        {
            case State.Greeting:
                if (bytes.Length < 2) return 0;
                _server = bytes[1] == 2 ? State.Login : State.Request;
                return bytes[0] == 5 ? 2 : -1;
            case State.Login:
                if (bytes.Length < 2) return 0;
                _server = State.Request;
                return 2;
            default:
                int size = bytes[0] == 5 ? AddressOf(bytes, out _) : -1;
                if (size > 0 && bytes[1] == 0) Connected();
                return size;
        }
    }

    private void Connected()
    {
        Conversation.Speaks("socks");
        PassTo(Layering.Bytes(Conversation.Within(_target)));
    }

    /// <summary>Version, command, nothing, kind of address, address, port.</summary>
    private static int AddressOf(ReadOnlySpan<byte> bytes, out string? target)
    {
        target = null;
        if (bytes.Length < 5) return 0;
        int length = bytes[3] switch { 1 => 4, 4 => 16, 3 => 1 + bytes[4], _ => -1 };
        if (length < 0) return -1;
        if (bytes.Length < 4 + length + 2) return 0;
        var host = bytes.Slice(4, length);
        int port = BinaryPrimitives.ReadUInt16BigEndian(bytes[(4 + length)..]);
        target = bytes[3] == 3 ? $"{Encoding.Latin1.GetString(host[1..])}:{port}" : new Endpoint(Address.Of(host), port).ToString();
        return 4 + length + 2;
    }
}
