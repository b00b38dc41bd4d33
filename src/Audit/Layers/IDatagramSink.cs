namespace Candor.Audit.Layers;

/// <summary>Takes the datagrams of a conversation, each whole: UDP payload, or what QUIC or DTLS made of one.</summary>
/// <remarks>As with <see cref="IByteSink"/>, nothing is thrown for what a capture says.</remarks>
public interface IDatagramSink
{
    /// <param name="side">Who sent it.</param>
    /// <param name="payload">Lent for the call; may be empty. Less than was sent where the capture cut it: then <paramref name="missing"/> says by how much.</param>
    /// <param name="missing">Bytes of the datagram that the capture has not.</param>
    /// <param name="origin">The packet that brought it.</param>
    void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin);

    /// <summary>The capture has no more of this conversation. Called once.</summary>
    void End();
}
