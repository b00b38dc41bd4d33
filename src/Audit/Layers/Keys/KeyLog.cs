using System.Buffers.Binary;

namespace Candor.Audit.Layers.Keys;

/// <summary>Which secret of a TLS connection a line of a key log holds.</summary>
public enum SecretLabel : byte
{
    /// <summary>The master secret of TLS 1.2 and earlier.</summary>
    Master,
    ClientEarly,
    ClientHandshake,
    ServerHandshake,
    ClientTraffic,
    ServerTraffic,
}

/// <summary>Secrets of TLS and QUIC connections, found by the random value of their ClientHello. Filled from key logs before conversations are read.</summary>
/// <remarks>
/// Lines of SSLKEYLOGFILE (RFC 9850): label, 32 bytes of client random, secret, each in hexadecimal. Both ends of a connection may write to one file: a line that is there already counts as
/// repeated. Where two lines give different secrets for the same thing the first stands. Comments, unknown labels and broken lines are skipped and counted; nothing is thrown.
/// At most <see cref="MaxConnections"/> connections are kept, about 40 MB. Not thread-safe while it is filled.
/// </remarks>
public sealed class KeyLog
{
    public const int MaxConnections = 200_000;

    private const int RandomSize = 32, MasterSize = 48, MaxLine = 512, Labels = 6;

    private readonly Dictionary<ClientRandom, byte[]?[]> _secrets = [];

    /// <summary>The first 32 bytes that a client says, as four numbers: a key without an allocation.</summary>
    private readonly record struct ClientRandom(ulong A, ulong B, ulong C, ulong D)
    {
        public static ClientRandom Of(ReadOnlySpan<byte> bytes) =>
            new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
    }

    /// <summary>Connections with at least one secret.</summary>
    public int Connections => _secrets.Count;

    /// <summary>Lines that gave a secret.</summary>
    public int Taken { get; private set; }

    /// <summary>Lines that said again what was known.</summary>
    public int Repeated { get; private set; }

    /// <summary>Lines that gave another secret than an earlier one: the earlier one stands.</summary>
    public int Contradicted { get; private set; }

    /// <summary>Lines that are no comment and gave nothing: unknown labels, wrong lengths, not hexadecimal, beyond the limit.</summary>
    public int Skipped { get; private set; }

    /// <summary>Takes a key log that is in memory: a Decryption Secrets Block, or a file.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("\uFEFF"u8)) text = text[3..];
        while (!text.IsEmpty)
        {
            int end = text.IndexOfAny((byte)'\n', (byte)'\r');
            AddLine(end < 0 ? text : text[..end]);
            text = end < 0 ? default : text[(end + 1)..];
        }
    }

    /// <summary>Takes a key log of any length.</summary>
    /// <param name="stream">Read to its end; the caller closes it.</param>
    public void Add(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] buffer = new byte[64 * 1024];
        int length = 0;
        bool skipping = false;
        for (int count; (count = stream.Read(buffer, length, buffer.Length - length)) > 0;)
        {
            length += count;
            int end = buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
            if (end == 0 && length < buffer.Length) continue;
            if (end == 0)
            {
                // A line longer than all that could be one.
                if (!skipping) Skipped++;
                skipping = true;
                length = 0;
                continue;
            }
            int start = skipping ? buffer.AsSpan(0, length).IndexOf((byte)'\n') + 1 : 0;
            skipping = false;
            Add(buffer.AsSpan(start, end - start));
            buffer.AsSpan(end, length - end).CopyTo(buffer);
            length -= end;
        }
        if (!skipping) Add(buffer.AsSpan(0, length));
    }

    /// <summary>A secret of a connection. False: the log has none.</summary>
    /// <param name="clientRandom">32 bytes, as the ClientHello has them.</param>
    /// <param name="label">Which.</param>
    /// <param name="secret">48 bytes for the master secret, 32 or 48 (as the cipher suite's hash) for the others. Not to be changed.</param>
    public bool TryFind(ReadOnlySpan<byte> clientRandom, SecretLabel label, out byte[] secret)
    {
        secret = [];
        if (clientRandom.Length != RandomSize || !_secrets.TryGetValue(ClientRandom.Of(clientRandom), out byte[]?[]? all) || all[(int)label] is not { } found) return false;
        secret = found;
        return true;
    }

    private void AddLine(ReadOnlySpan<byte> line)
    {
        line = line.Trim(" \t\0"u8);
        if (line.IsEmpty || line[0] == '#') return;
        Span<byte> random = stackalloc byte[RandomSize], secret = stackalloc byte[MasterSize];
        int first = line.IndexOf((byte)' ');
        if (line.Length > MaxLine || first < 0 || LabelOf(line[..first]) is not { } label)
        {
            Skipped++;
            return;
        }
        var rest = line[(first + 1)..].TrimStart((byte)' ');
        int second = rest.IndexOf((byte)' ');
        var value = second < 0 ? default : rest[(second + 1)..].TrimStart((byte)' ');
        int size = value.Length / 2;
        bool right = second == 2 * RandomSize && value.Length % 2 == 0 && (size == MasterSize || size == 32 && label != SecretLabel.Master);
        if (!right || !TryHex(rest[..second], random) || !TryHex(value, secret[..size]))
        {
            Skipped++;
            return;
        }
        var key = ClientRandom.Of(random);
        if (!_secrets.TryGetValue(key, out byte[]?[]? all))
        {
            if (_secrets.Count == MaxConnections)
            {
                Skipped++;
                return;
            }
            _secrets[key] = all = new byte[]?[Labels];
        }
        if (all[(int)label] is { } known)
        {
            if (secret[..size].SequenceEqual(known)) Repeated++;
            else Contradicted++;
            return;
        }
        all[(int)label] = secret[..size].ToArray();
        Taken++;
    }

    private static bool TryHex(ReadOnlySpan<byte> hex, Span<byte> bytes) => Convert.FromHexString(hex, bytes, out _, out int written) == System.Buffers.OperationStatus.Done && written == bytes.Length;

    /// <summary>Labels with QUIC before them are those of its drafts. Exporter secrets and those of ECH open nothing here.</summary>
    private static SecretLabel? LabelOf(ReadOnlySpan<byte> label)
    {
        if (label.StartsWith("QUIC_"u8)) label = label[5..];
        return label switch
        {
            _ when label.SequenceEqual("CLIENT_RANDOM"u8) => SecretLabel.Master,
            _ when label.SequenceEqual("CLIENT_EARLY_TRAFFIC_SECRET"u8) => SecretLabel.ClientEarly,
            _ when label.SequenceEqual("CLIENT_HANDSHAKE_TRAFFIC_SECRET"u8) => SecretLabel.ClientHandshake,
            _ when label.SequenceEqual("SERVER_HANDSHAKE_TRAFFIC_SECRET"u8) => SecretLabel.ServerHandshake,
            _ when label.SequenceEqual("CLIENT_TRAFFIC_SECRET_0"u8) => SecretLabel.ClientTraffic,
            _ when label.SequenceEqual("SERVER_TRAFFIC_SECRET_0"u8) => SecretLabel.ServerTraffic,
            _ => null,
        };
    }
}
