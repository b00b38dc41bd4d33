namespace Candor.Audit.Layers.Tls;

/// <summary>Opens one side's records in their order, and finds its place again where some are missing. As it is: TLS 1.0 to 1.2, with one key until the next ChangeCipherSpec.</summary>
internal class RecordOpener(RecordCipher? cipher, ulong sequence = 0) : IDisposable
{
    /// <summary>Most tries in vain at records whose number is not known. Each costs as much as opening one.</summary>
    private const int MaxTries = 4096;

    private int _tries;

    private protected RecordCipher? Cipher { get; set; } = cipher;

    private protected ulong Sequence { get; set; } = sequence;

    /// <summary>Opens a record. Returns the length of its content, -1 if it fits no key.</summary>
    /// <param name="header">Its five bytes.</param>
    /// <param name="body">What follows them.</param>
    /// <param name="ahead">Most records that may be missing before it.</param>
    /// <param name="type">The record's; in TLS 1.3 changed to that of the content.</param>
    /// <param name="plain">At least as long as the body.</param>
    public virtual int Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, int ahead, ref byte type, Span<byte> plain)
    {
        int length = Cipher is null ? -1 : Cipher.Open(header, body, Sequence, plain);
        if (length < 0 && Cipher is { SurvivesGaps: true }) length = Search(Cipher, Sequence + 1, ahead, header, body, plain);
        // What could not be opened had a number too.
        Sequence++;
        return length;
    }

    private protected int Search(RecordCipher cipher, ulong from, int ahead, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, Span<byte> plain)
    {
        for (ulong at = from; at < from + (ulong)ahead && _tries < MaxTries; at++)
        {
            int length = cipher.Open(header, body, at, plain);
            if (length >= 0)
            {
                Sequence = at;
                return length;
            }
            _tries++;
        }
        return -1;
    }

    public void Dispose()
    {
        Cipher?.Dispose();
        Cipher = null;
    }
}

/// <summary>The secrets of TLS 1.3, in their order.</summary>
internal enum Epoch : byte
{
    Early,
    Handshake,
    Traffic,
}

/// <summary>TLS 1.3: a key for early data, the handshake and what follows it, the last changed by each KeyUpdate. Where it was not seen that one began, it is tried.</summary>
/// <param name="secretOf">The secret of an epoch; null: there is none.</param>
/// <param name="suiteCode">The number of the suite; 0: the ServerHello is not seen yet, or never. Then those with secrets of that length are tried.</param>
/// <param name="first">The epoch that encryption begins with.</param>
internal sealed class RecordOpener13(Func<Epoch, byte[]?> secretOf, Func<int> suiteCode, Epoch first) : RecordOpener(null)
{
    private CipherSuite _suite;
    private byte[]? _secret;
    private Epoch _next = first;

    /// <summary>Of the keys in use.</summary>
    public Epoch Epoch { get; private set; } = first;

    /// <summary>The next record is of a later epoch: Finished or EndOfEarlyData was read.</summary>
    public void Advance(Epoch epoch)
    {
        Dispose();
        _secret = null;
        _next = epoch;
    }

    /// <summary>A KeyUpdate was read (RFC 8446, 7.2).</summary>
    public void Update()
    {
        if (_secret is null || Cipher is null) return;
        var cipher = NextGeneration(out byte[] secret);
        Use(cipher, secret);
    }

    public override int Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, int ahead, ref byte type, Span<byte> plain)
    {
        int length = Cipher is null ? -1 : Cipher.Open(header, body, Sequence, plain);
        for (var epoch = Cipher is null ? _next : Epoch + 1; length < 0 && epoch <= Epoch.Traffic; epoch++) length = TryEpoch(epoch, header, body, ahead, plain);
        if (length < 0 && ahead > 0 && Cipher is not null)
        {
            length = Search(Cipher, Sequence + 1, ahead, header, body, plain);
            if (length < 0 && Epoch == Epoch.Traffic) length = TryNextGeneration(header, body, ahead, plain);
        }
        Sequence++;
        if (length < 0) return -1;
        // The content's type stands behind it, and padding behind that.
        int last = plain[..length].LastIndexOfAnyExcept((byte)0);
        if (last < 0) return -1;
        type = plain[last];
        return last;
    }

    private int TryEpoch(Epoch epoch, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, int ahead, Span<byte> plain)
    {
        if (secretOf(epoch) is not { } secret) return -1;
        int code = epoch == Epoch.Early ? 0 : suiteCode();
        // Early data has the suite of the session that it resumes.
        ReadOnlySpan<ushort> codes = code == 0 ? CipherSuite.WithSecretsOf(secret.Length) : [(ushort)code];
        foreach (ushort each in codes)
        {
            if (CipherSuite.Of(each) is not { IsAead: true } suite || suite.HashSize != secret.Length) continue;
            var cipher = RecordCipher.Of13(suite, secret);
            ulong before = Sequence;
            Sequence = 0;
            int length = cipher.Open(header, body, 0, plain);
            if (length < 0) length = Search(cipher, 1, ahead, header, body, plain);
            if (length >= 0)
            {
                ulong found = Sequence;
                (_suite, Epoch) = (suite, epoch);
                Use(cipher, secret);
                Sequence = found;
                return length;
            }
            Sequence = before;
            cipher.Dispose();
        }
        return -1;
    }

    private int TryNextGeneration(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, int ahead, Span<byte> plain)
    {
        var cipher = NextGeneration(out byte[] secret);
        ulong before = Sequence;
        int length = Search(cipher, 0, ahead, header, body, plain);
        if (length < 0)
        {
            Sequence = before;
            cipher.Dispose();
            return -1;
        }
        ulong found = Sequence;
        Use(cipher, secret);
        Sequence = found;
        return length;
    }

    private RecordCipher NextGeneration(out byte[] secret)
    {
        secret = new byte[_secret!.Length];
        KeySchedule.Expand(_suite.Hash, _secret, "traffic upd", secret);
        return RecordCipher.Of13(_suite, secret);
    }

    private void Use(RecordCipher cipher, byte[] secret)
    {
        Dispose();
        (Cipher, _secret, Sequence) = (cipher, secret, 0);
    }
}
