namespace Candor.Audit.Packets;

/// <summary>Puts fragments of IP together. The first copy of a byte wins. A fixed number of datagrams is held; the one that waited longest makes room.</summary>
internal sealed class Fragments
{
    private const int MaxDatagrams = 64, Largest = 65535;
    private const long Patience = 60_000_000_000;

    private readonly List<Datagram> _datagrams = [];
    private long _clock;

    /// <summary>A datagram that some fragments of are here.</summary>
    internal sealed class Datagram
    {
        public Address Source, Target;
        public uint Id;
        public byte Protocol;
        public byte[] Bytes = new byte[2048];

        /// <summary>From where to where there is something, in order, none touching the next.</summary>
        public readonly List<(int Start, int End)> Have = [];

        /// <summary>Its whole length; -1 until the last fragment came.</summary>
        public int Length = -1;

        /// <summary>Captured bytes of IP of all its fragments, without those that were there already.</summary>
        public int IpBytes;

        public int Packets;
        public long Frame, Time, Touched;
    }

    /// <summary>Takes a fragment.</summary>
    /// <param name="fragment">Addresses, protocol, frame and time; its payload is the fragment's part.</param>
    /// <param name="id">Of the datagram.</param>
    /// <param name="offset">Of the part, in bytes.</param>
    /// <param name="more">Others follow it.</param>
    /// <param name="overlap">How many of its bytes were there.</param>
    /// <param name="lost">A datagram that was given up for it.</param>
    /// <returns>The datagram, if this made it whole: the caller has it for itself then.</returns>
    public Datagram? Take(in Segment fragment, uint id, int offset, bool more, out int overlap, out Datagram? lost)
    {
        lost = null;
        overlap = 0;
        var datagram = Find(fragment, id);
        if (datagram is not null && fragment.Time - datagram.Time > Patience)
        {
            // The number came round again.
            _datagrams.Remove(datagram);
            (lost, datagram) = (datagram, null);
        }
        if (datagram is null)
        {
            if (_datagrams.Count == MaxDatagrams)
            {
                lost = _datagrams.MinBy(d => d.Touched)!;
                _datagrams.Remove(lost);
            }
            datagram = new() { Source = fragment.Source, Target = fragment.Target, Protocol = fragment.Protocol, Id = id, Frame = fragment.Frame, Time = fragment.Time };
            _datagrams.Add(datagram);
        }
        datagram.Touched = _clock++;
        datagram.Packets++;
        int end = offset + fragment.Payload.Length;
        if (!more && fragment.Missing == 0 && datagram.Length < 0) datagram.Length = end;
        overlap = Put(datagram, fragment.Payload, offset);
        datagram.IpBytes += fragment.IpBytes - overlap;
        if (datagram.Length < 0 || datagram.Have.Count != 1 || datagram.Have[0].Start != 0 || datagram.Have[0].End < datagram.Length) return null;
        _datagrams.Remove(datagram);
        return datagram;
    }

    /// <summary>Those that never became whole.</summary>
    public IReadOnlyList<Datagram> Rest()
    {
        Datagram[] rest = [.. _datagrams.OrderBy(d => d.Touched)];
        _datagrams.Clear();
        return rest;
    }

    private Datagram? Find(in Segment fragment, uint id)
    {
        foreach (var datagram in _datagrams)
        {
            if (datagram.Id == id && datagram.Protocol == fragment.Protocol && datagram.Source == fragment.Source && datagram.Target == fragment.Target) return datagram;
        }
        return null;
    }

    /// <summary>Copies what is not there yet; says how many bytes were, those behind the longest possible datagram among them.</summary>
    private static int Put(Datagram datagram, ReadOnlySpan<byte> part, int offset)
    {
        int end = Math.Min(Largest, offset + part.Length), written = 0, at = offset;
        if (end <= offset) return part.Length;
        if (datagram.Bytes.Length < end) Array.Resize(ref datagram.Bytes, Math.Min(Largest, Math.Max(end, 2 * datagram.Bytes.Length)));
        foreach (var (from, to) in datagram.Have)
        {
            if (to <= at) continue;
            if (from >= end) break;
            if (from > at)
            {
                part[(at - offset)..(from - offset)].CopyTo(datagram.Bytes.AsSpan(at));
                written += from - at;
            }
            at = Math.Max(at, to);
        }
        if (at < end)
        {
            part[(at - offset)..(end - offset)].CopyTo(datagram.Bytes.AsSpan(at));
            written += end - at;
        }
        Merge(datagram.Have, offset, end);
        return part.Length - written;
    }

    private static void Merge(List<(int Start, int End)> have, int start, int end)
    {
        int first = 0;
        while (first < have.Count && have[first].End < start) first++;
        int last = first;
        while (last < have.Count && have[last].Start <= end)
        {
            (start, end) = (Math.Min(start, have[last].Start), Math.Max(end, have[last].End));
            last++;
        }
        have.RemoveRange(first, last - first);
        have.Insert(first, (start, end));
    }
}
