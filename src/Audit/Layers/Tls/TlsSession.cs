namespace Candor.Audit.Layers.Tls;

/// <summary>What one side's bytes within TLS came to. With nothing else in its stream they add up to it.</summary>
public struct RecordSums
{
    /// <summary>Headers of records, handshakes, alerts, and what encryption adds to opened records: tags, types, padding.</summary>
    public long Overhead { get; internal set; }

    /// <summary>What opened records of data held.</summary>
    public long Data { get; internal set; }

    /// <summary>Records that were not opened, without their headers.</summary>
    public long Closed { get; internal set; }

    /// <summary>Of <see cref="Closed"/>: those that say they hold data, which in TLS 1.3 every encrypted one does.</summary>
    public long ClosedData { get; internal set; }

    /// <summary>The number of those.</summary>
    public long ClosedRecords { get; internal set; }

    /// <summary>Records with a hole, cut off, or that fail after others were opened.</summary>
    public long Damaged { get; internal set; }
}

/// <summary>What a TLS connection, over TCP or within QUIC, says of itself. Filled while it is read.</summary>
public sealed class TlsSession
{
    /// <summary>SNI; null: the hello names no server, or is not in the capture.</summary>
    public string? ServerName { get; internal set; }

    /// <summary>The hello has an encrypted part, or pretends to (ECH): <see cref="ServerName"/> is the outer one and may not be the true one.</summary>
    public bool EncryptedHello { get; internal set; }

    /// <summary>ALPN as the client offered it.</summary>
    public IReadOnlyList<string> Offered { get; internal set; } = [];

    /// <summary>ALPN as the server chose it; null: it did not, or it stands where nobody without keys reads.</summary>
    public string? Agreed { get; internal set; }

    /// <summary>0x0301 to 0x0304; 0 until the server has chosen.</summary>
    public int Version { get; internal set; }

    public string VersionName => Version == 0 ? "" : TlsVersion.NameOf(Version);

    /// <summary>IANA's number; 0 until the server has chosen.</summary>
    public int Suite { get; internal set; }

    public string SuiteName => Suite == 0 ? "" : CipherSuite.NameOf(Suite);

    /// <summary>A key log has a secret of it.</summary>
    public bool HasKeys { get; internal set; }

    /// <summary>Records were opened.</summary>
    public bool Opened { get; internal set; }

    /// <summary>The client sent data before the server answered (0-RTT).</summary>
    public bool EarlyData { get; internal set; }

    /// <summary>The server did not take the early data: the client sends it again, in a conversation that begins anew.</summary>
    public bool EarlyDataRefused { get; internal set; }

    /// <summary>A key log has a secret of it, but it opened nothing: it is of something else.</summary>
    public bool KeysDoNotFit
    {
        get => field && !Opened;
        internal set;
    }

    /// <summary>What is spoken within as far as it is known: <see cref="Agreed"/>, else the only protocol that was offered.</summary>
    public string? Protocol => Agreed ?? (Offered.Count == 1 ? Offered[0] : null);

    private RecordSums _client, _server;

    /// <summary>The sums of one side's records, where they came over a stream; in QUIC there are none.</summary>
    public ref RecordSums this[Side side] => ref side == Side.Client ? ref _client : ref _server;

    internal void Hear(ClientHelloMessage hello, bool first)
    {
        ServerName ??= hello.ServerName;
        EncryptedHello |= hello.EncryptedHello;
        EarlyData |= hello.EarlyData;
        if (first) Offered = hello.Protocols;
    }

    /// <summary>A retry refuses early data that was sent with the first hello.</summary>
    internal void Hear(ServerHelloMessage hello)
    {
        (Version, Suite) = (hello.Version, hello.Suite);
        Agreed ??= hello.Protocol;
        EarlyDataRefused |= hello.IsRetry && EarlyData;
    }
}
