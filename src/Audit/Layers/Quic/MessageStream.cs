namespace Candor.Audit.Layers.Quic;

/// <summary>Takes a stream whose every side is one message, as the first drafts of DNS over QUIC have it, and hands each on whole.</summary>
internal sealed class MessageStream(ByteTally tally, IDatagramSink messages) : IByteSink
{
    private const int MaxMessage = 65535;

    private readonly List<byte>[] _held = [[], []];
    private readonly long[] _missing = [0, 0];
    private int _ended;

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        var held = _held[(int)side];
        // Behind a hole nothing can be put in its place.
        int count = _missing[(int)side] > 0 ? 0 : Math.Min(bytes.Length, MaxMessage - held.Count);
        held.AddRange(bytes[..count]);
        tally.Add(side, ByteClass.Undetermined, bytes.Length - count);
    }

    public void Gap(Side side, long offset, long length, Origin origin) => _missing[(int)side] += length;

    public void End(Side side, Origin origin)
    {
        var held = _held[(int)side];
        if (held.Count > 0) messages.Take(side, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(held), (int)Math.Min(_missing[(int)side], int.MaxValue), origin);
        held.Clear();
        if (++_ended == 2) messages.End();
    }
}
