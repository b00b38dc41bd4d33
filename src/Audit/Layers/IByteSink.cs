namespace Candor.Audit.Layers;

/// <summary>Which end of a conversation wrote the bytes: the one that opened it is the client.</summary>
public enum Side : byte
{
    Client,
    Server,
}

/// <summary>Where bytes came from in the capture.</summary>
/// <param name="Frame">Number of the packet in its file, from 1; 0 where the file has no packets (HAR, mitmproxy).</param>
/// <param name="Time">Nanoseconds since 1970-01-01 UTC; 0 where it is not known.</param>
public readonly record struct Origin(long Frame, long Time);

/// <summary>Takes a conversation: TCP payload, or what a layer made of it. TLS takes one and feeds another; HTTP takes either.</summary>
/// <remarks>
/// Each side's bytes come in the order of its stream, every byte once; the two sides come interleaved as the capture has them. Offsets count from 0 at the first byte of the side and
/// include gaps. Nothing is thrown for what a capture says: a sink classes what it cannot read as undetermined or damaged and goes on.
/// </remarks>
public interface IByteSink
{
    /// <param name="side">Who wrote them.</param>
    /// <param name="offset">Of the first byte in that side's stream.</param>
    /// <param name="bytes">Lent for the call. Never empty.</param>
    /// <param name="origin">The packet that completed them.</param>
    void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin);

    /// <summary>Bytes that the conversation had and the capture has not.</summary>
    void Gap(Side side, long offset, long length, Origin origin);

    /// <summary>No more of this side comes. Called once a side, after its last byte, also where the capture just ends.</summary>
    void End(Side side, Origin origin);
}
