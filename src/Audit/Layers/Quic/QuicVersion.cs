namespace Candor.Audit.Layers.Quic;

/// <summary>What differs between the versions of QUIC: the salt of the first keys, the labels and the numbers of packet types (RFC 9001, RFC 9369; drafts 29 to 34 differ from version 1 in the salt at most).</summary>
internal sealed record QuicVersion(uint Number, byte[] Salt, string Labels, bool Shifted)
{
    public const uint One = 1, Two = 0x6B3343CF;

    private static readonly byte[] s_one = Convert.FromHexString("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), s_two = Convert.FromHexString("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
        s_draft29 = Convert.FromHexString("afbfec289993d24c9e9786f19c6111e04390a899");

    private static readonly QuicVersion s_v1 = new(One, s_one, "quic", false), s_v2 = new(Two, s_two, "quicv2", true);

    /// <summary>Null: one that nothing here reads.</summary>
    public static QuicVersion? Of(uint number) => number switch
    {
        One => s_v1,
        Two => s_v2,
        >= 0xFF00001D and <= 0xFF000020 => new(number, s_draft29, "quic", false),
        0xFF000021 or 0xFF000022 => new(number, s_one, "quic", false),
        _ => null,
    };

    public PacketType TypeOf(byte first) => (PacketType)(((first >> 4 & 3) + (Shifted ? 3 : 0)) & 3);
}

/// <summary>By their numbers in version 1; <see cref="Short"/> is 1-RTT.</summary>
internal enum PacketType : byte
{
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
    Short,
}

/// <summary>Walks the fields of packets and frames: variable-length integers and bytes (RFC 9000, 16). Never beyond the end.</summary>
internal ref struct QuicFields(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public bool TryNumber(out long number)
    {
        number = 0;
        if (Rest.IsEmpty) return false;
        int size = 1 << (Rest[0] >> 6);
        if (Rest.Length < size) return false;
        number = Rest[0] & 0x3F;
        for (int i = 1; i < size; i++) number = number << 8 | Rest[i];
        Rest = Rest[size..];
        return true;
    }

    public bool TryTake(long count, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (count < 0 || count > Rest.Length) return false;
        value = Rest[..(int)count];
        Rest = Rest[(int)count..];
        return true;
    }

    /// <summary>So many numbers, whatever they are.</summary>
    public bool TrySkip(int numbers)
    {
        for (; numbers > 0; numbers--)
        {
            if (!TryNumber(out _)) return false;
        }
        return true;
    }
}
