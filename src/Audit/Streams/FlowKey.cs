using System.Security.Cryptography;
using Candor.Audit.Packets;

namespace Candor.Audit.Streams;

/// <summary>Two ends and a transport, in one order whoever sent: the smaller end first.</summary>
internal readonly struct FlowKey : IEquatable<FlowKey>
{
    /// <summary>Whoever wrote the capture must not choose where its conversations fall in the table.</summary>
    private static readonly ulong s_seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    private readonly Address _low, _high;
    private readonly ulong _ports;

    public FlowKey(in Segment segment, out bool sourceIsLow)
    {
        int order = segment.Source.CompareTo(segment.Target);
        sourceIsLow = order != 0 ? order < 0 : segment.SourcePort <= segment.TargetPort;
        (_low, _high) = sourceIsLow ? (segment.Source, segment.Target) : (segment.Target, segment.Source);
        ulong low = sourceIsLow ? segment.SourcePort : segment.TargetPort, high = sourceIsLow ? segment.TargetPort : segment.SourcePort;
        _ports = low << 24 | high << 8 | segment.Protocol;
    }

    public bool Equals(FlowKey other) => _ports == other._ports && _low.Low == other._low.Low && _high.Low == other._high.Low && _low.High == other._low.High && _high.High == other._high.High;

    public override bool Equals(object? obj) => obj is FlowKey other && Equals(other);

    public override int GetHashCode()
    {
        ulong mixed = Mix(Mix(Mix(Mix(Mix(s_seed, _ports), _low.Low), _high.Low), _low.High), _high.High);
        return unchecked((int)(mixed ^ mixed >> 32));
    }

    private static ulong Mix(ulong state, ulong value)
    {
        ulong high = Math.BigMul(state ^ value, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low ^ s_seed;
    }
}
