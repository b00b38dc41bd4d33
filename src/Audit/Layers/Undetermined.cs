namespace Candor.Audit.Layers;

/// <summary>Where bytes end that nothing here reads: they are counted as such, and a gap among them is no more of a loss.</summary>
public sealed class Undetermined(ByteTally tally, ByteClass kind = ByteClass.Undetermined) : IByteSink, IDatagramSink
{
    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin) => tally.Add(side, kind, bytes.Length);

    public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin) => tally.Add(side, kind, payload.Length);

    public void Gap(Side side, long offset, long length, Origin origin) { }

    public void End(Side side, Origin origin) { }

    public void End() { }
}
