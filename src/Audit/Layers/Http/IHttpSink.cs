namespace Candor.Audit.Layers.Http;

/// <summary>Takes HTTP messages, whatever carried them: HTTP/1, 2 or 3, a HAR file or a proxy's dump.</summary>
/// <remarks>
/// A message is <see cref="Head"/>, <see cref="Body"/> any number of times, <see cref="Trailer"/> at most once, <see cref="End"/>. Messages of different exchanges come interleaved. The layer
/// above has classed its own framing and the head as explained; the sink classes the body's bytes as they are given to it (after chunked transfer coding, before Content-Encoding),
/// and moves to identified what a finding claims.
/// </remarks>
public interface IHttpSink
{
    /// <param name="exchange">Numbers the request and its answer within the conversation: from 0 in HTTP/1, the stream's number in HTTP/2 and 3.</param>
    /// <param name="side">Who sent it. A promised request (HTTP/2 push) comes from the server.</param>
    /// <param name="head">Kept by the sink if it likes; never changed.</param>
    /// <param name="offset">Where the head began in that side's byte stream as the capture has it.</param>
    /// <param name="origin">The packet that completed it.</param>
    void Head(long exchange, Side side, HttpHead head, long offset, Origin origin);

    /// <param name="exchange">As in <see cref="Head"/>.</param>
    /// <param name="side">Who sent it.</param>
    /// <param name="bytes">Lent for the call; never empty.</param>
    /// <param name="offset">Of its first byte in that side's byte stream as the capture has it.</param>
    /// <param name="origin">The packet that completed them.</param>
    void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin);

    void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin);

    /// <summary>The message is over. Called once for every <see cref="Head"/>, also where the capture just ends.</summary>
    /// <param name="exchange">As in <see cref="Head"/>.</param>
    /// <param name="side">Who sent it.</param>
    /// <param name="whole">False if bytes of it are missing: it was cut off, or reset, or has a gap.</param>
    /// <param name="origin">The packet that ended it.</param>
    void End(long exchange, Side side, bool whole, Origin origin);
}
