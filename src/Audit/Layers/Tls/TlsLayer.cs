using System.Buffers;
using Candor.Audit.Layers.Keys;

namespace Candor.Audit.Layers.Tls;

/// <summary>Reads TLS 1.0 to 1.3 over a byte stream: the handshake always, what is encrypted where the key log has its secret.</summary>
/// <remarks>
/// Classes: headers of records, handshakes, alerts and what encryption adds are explained; what is opened goes on to the inner sink, as a stream of its own from offset 0; records without
/// keys, or whose keys fit none of them, are undetermined; a record that fails after others were opened, or has a hole, is damaged. Up to 37 KiB are held a side, while a record is not whole.
/// </remarks>
/// <param name="keys">Filled before.</param>
/// <param name="tally">Of the conversation.</param>
/// <param name="inner">Makes what takes the opened bytes, once there are some. Called again where refused early data ends one inner conversation and a new one begins.</param>
/// <param name="said">Told each time that a message adds to the session; null: nobody is.</param>
public sealed class TlsLayer(KeyLog keys, ByteTally tally, Func<TlsSession, IByteSink> inner, Action<TlsSession>? said = null) : IByteSink
{
    /// <summary>Records that came before the other side's hello did, in bytes.</summary>
    private const int MaxLate = 1024;

    private readonly TlsHalf _client = new(Side.Client), _server = new(Side.Server);
    private ClientHelloMessage? _hello;
    private ServerHelloMessage? _answer;
    private bool _has13, _earlyGiven;
    private IByteSink? _inner;

    public TlsSession Session { get; } = new();

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        var half = Of(side);
        if (half.Skip > 0) Unreadable(half, half.SkipFrom(ref bytes));
        Records(half, bytes, last: false, origin);
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        var half = Of(side);
        Unreadable(half, half.Gap(length));
        half.Handshake.Reset();
        half.InnerGap += length;
    }

    public void End(Side side, Origin origin)
    {
        var half = Of(side);
        Records(half, default, last: true, origin);
        // A record that the capture cuts off.
        Unreadable(half, half.Held.Length);
        half.Close();
        if (_inner is null) return;
        if (half.InnerGap > 0) _inner.Gap(side, half.InnerOffset, half.InnerGap, origin);
        half.InnerGap = 0;
        _inner.End(side, origin);
    }

    private TlsHalf Of(Side side) => side == Side.Client ? _client : _server;

    /// <summary>Records while they come; after a gap, from where one begins.</summary>
    private void Records(TlsHalf half, ReadOnlySpan<byte> bytes, bool last, Origin origin)
    {
        while (true)
        {
            if (half.Lost)
            {
                Unreadable(half, half.Resync(ref bytes, last));
                if (half.Lost && bytes.IsEmpty) return;
            }
            while (half.TryNext(ref bytes, out var record)) Record(half, record, origin);
            if (half.Lost) continue;
            half.LetGo();
            return;
        }
    }

    /// <summary>Bytes of records that will never be whole. Where nothing could open them anyway, the loss is not what hides them.</summary>
    private void Unreadable(TlsHalf half, int bytes)
    {
        bool closed = half.Protected && !half.Opened;
        tally.Add(half.Side, closed ? ByteClass.Undetermined : ByteClass.Damaged, bytes);
        Session[half.Side].Damaged += bytes;
        half.Missing += bytes;
    }

    private void Record(TlsHalf half, ReadOnlySpan<byte> record, Origin origin)
    {
        var body = record[TlsHalf.HeaderSize..];
        tally.Add(half.Side, ByteClass.Explained, TlsHalf.HeaderSize);
        Session[half.Side].Overhead += TlsHalf.HeaderSize;
        byte type = record[0];
        if (type != RecordType.Data && (Is13 || !half.Protected))
        {
            tally.Add(half.Side, ByteClass.Explained, body.Length);
            Session[half.Side].Overhead += body.Length;
            if (type == RecordType.Handshake) Handshake(half, body);
            else if (type == RecordType.ChangeCipher && !Is13) Activate(half);
            return;
        }
        if (!half.Protected || half.Opener is null && half.Records > 0) Activate(half);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(body.Length);
        int length = half.Opener?.Open(record[..TlsHalf.HeaderSize], body, half.Ahead, ref type, buffer) ?? -1;
        half.Records++;
        if (length < 0) Closed(half, type, body.Length);
        else Opened(half, type, body.Length, buffer.AsSpan(0, length), origin);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Closed(TlsHalf half, byte type, int size)
    {
        tally.Add(half.Side, half.Opened ? ByteClass.Damaged : ByteClass.Undetermined, size);
        ref var sums = ref Session[half.Side];
        if (half.Opened) sums.Damaged += size;
        else
        {
            sums.Closed += size;
            if (type == RecordType.Data) (sums.ClosedData, sums.ClosedRecords) = (sums.ClosedData + size, sums.ClosedRecords + 1);
        }
        if (Session.HasKeys && !half.Opened) Session.KeysDoNotFit = true;
        if (type == RecordType.Data) half.InnerGap += size;
        if (half.Opened) half.Missing += size;
    }

    private void Opened(TlsHalf half, byte type, int size, ReadOnlySpan<byte> plain, Origin origin)
    {
        half.Opened = Session.Opened = true;
        half.Missing = 0;
        // What is compressed before it is encrypted (RFC 3749) nobody sends any more, and nothing here reads it.
        bool compressed = _answer is { Compressed: true } && type != RecordType.ChangeCipher;
        bool passed = type == RecordType.Data || compressed;
        tally.Add(half.Side, ByteClass.Explained, passed ? size - plain.Length : size);
        Session[half.Side].Overhead += passed ? size - plain.Length : size;
        if (compressed) Session[half.Side].Closed += plain.Length;
        else if (passed) Session[half.Side].Data += plain.Length;
        if (compressed) tally.Add(half.Side, ByteClass.Undetermined, plain.Length);
        else if (type == RecordType.Handshake) Handshake(half, plain);
        else if (type == RecordType.ChangeCipher) Activate(half);
        else if (type == RecordType.Data && !plain.IsEmpty) Give(half, plain, origin);
    }

    private void Give(TlsHalf half, ReadOnlySpan<byte> plain, Origin origin)
    {
        if (half.Opener is RecordOpener13 { Epoch: Epoch.Early }) _earlyGiven = true;
        else if (_earlyGiven && Session.EarlyDataRefused) Renew(origin);
        var sink = _inner ??= inner(Session);
        if (half.InnerGap > 0)
        {
            sink.Gap(half.Side, half.InnerOffset, half.InnerGap, origin);
            half.InnerOffset += half.InnerGap;
            half.InnerGap = 0;
        }
        sink.Take(half.Side, half.InnerOffset, plain, origin);
        half.InnerOffset += plain.Length;
    }

    /// <summary>What the server refused is over: the client says it again from the start.</summary>
    private void Renew(Origin origin)
    {
        _earlyGiven = false;
        _inner?.End(Side.Client, origin);
        _inner?.End(Side.Server, origin);
        _inner = null;
        _client.InnerOffset = _client.InnerGap = _server.InnerOffset = _server.InnerGap = 0;
    }

    private void Handshake(TlsHalf half, ReadOnlySpan<byte> bytes)
    {
        var opener = half.Opener as RecordOpener13;
        while (half.Handshake.TryNext(ref bytes, out byte type, out var message))
        {
            switch (type)
            {
                case HandshakeType.ClientHello when half.Side == Side.Client && ClientHelloMessage.TryRead(message) is { } hello:
                    Hello(hello);
                    break;
                case HandshakeType.ServerHello when half.Side == Side.Server && ServerHelloMessage.TryRead(message) is { } hello:
                    Hello(hello);
                    break;
                case HandshakeType.EncryptedExtensions when half.Side == Side.Server && opener is not null:
                    (string? agreed, bool taken) = ServerHelloMessage.ReadEncrypted(message);
                    Session.Agreed ??= agreed;
                    Session.EarlyDataRefused |= Session.EarlyData && !taken;
                    said?.Invoke(Session);
                    break;
                case HandshakeType.EndOfEarlyData when opener is { Epoch: Epoch.Early }:
                    opener.Advance(Epoch.Handshake);
                    break;
                case HandshakeType.Finished when opener is { Epoch: Epoch.Handshake }:
                    opener.Advance(Epoch.Traffic);
                    break;
                case HandshakeType.KeyUpdate when opener is { Epoch: Epoch.Traffic }:
                    opener.Update();
                    break;
            }
        }
    }

    /// <summary>A hello; also the second one after a retry, with the same random, and that of a renegotiation in TLS 1.2.</summary>
    private void Hello(ClientHelloMessage hello)
    {
        Session.Hear(hello, first: _hello is null);
        _hello = hello;
        for (var label = SecretLabel.Master; label <= SecretLabel.ServerTraffic; label++)
        {
            bool found = keys.TryFind(hello.Random, label, out _);
            Session.HasKeys |= found;
            _has13 |= found && label != SecretLabel.Master;
        }
        said?.Invoke(Session);
    }

    private void Hello(ServerHelloMessage hello)
    {
        Session.Hear(hello);
        if (!hello.IsRetry) _answer = hello;
        said?.Invoke(Session);
    }

    /// <summary>By the server's choice; where the capture does not have it, by the secrets that the log has.</summary>
    private bool Is13 => Session.Version == 0 ? _has13 : Session.Version >= TlsVersion.Tls13;

    /// <summary>From here on a side's records are encrypted. Tried again with later records, where the other side's hello came late.</summary>
    private void Activate(TlsHalf half)
    {
        // A ChangeCipherSpec begins new keys; a late attempt goes on with the number of the record.
        bool late = half.Protected && half.Opener is null && half.Records > 0;
        half.Protected = true;
        if (!late) half.Records = 0;
        half.Handshake.Reset();
        half.Opener?.Dispose();
        half.Opener = null;
        if (_hello is null) return;
        if (Is13)
        {
            var first = half.Side == Side.Client && Session.EarlyData ? Epoch.Early : Epoch.Handshake;
            half.Opener = new RecordOpener13(epoch => Secret(half.Side, epoch), () => Session.Suite, first);
            if (late) half.Missing += MaxLate;
            return;
        }
        if (_answer is not { Version: >= TlsVersion.Tls10 and <= TlsVersion.Tls12 } || CipherSuite.Of(_answer.Suite) is not { } suite || !keys.TryFind(_hello.Random, SecretLabel.Master, out byte[] master)) return;
        half.Opener = new RecordOpener(RecordCipher.Of12(suite, _answer.Version, _answer.EncryptThenMac, master, _hello.Random, _answer.Random, half.Side), half.Records);
    }

    private byte[]? Secret(Side side, Epoch epoch)
    {
        var label = (epoch, side) switch
        {
            (Epoch.Early, _) => SecretLabel.ClientEarly,
            (Epoch.Handshake, Side.Client) => SecretLabel.ClientHandshake,
            (Epoch.Handshake, _) => SecretLabel.ServerHandshake,
            (_, Side.Client) => SecretLabel.ClientTraffic,
            _ => SecretLabel.ServerTraffic,
        };
        return keys.TryFind(_hello!.Random, label, out byte[] secret) ? secret : null;
    }
}

internal static class RecordType
{
    public const byte ChangeCipher = 20, Alert = 21, Handshake = 22, Data = 23;
}
