namespace Candor.Audit.Layers;

/// <summary>What became of a conversation's bytes, kept by side. Every layer of the conversation adds to the same one: what it was given is either classed here or passed on.</summary>
/// <remarks>
/// The bytes counted are those that travelled. Where a layer makes other bytes of them (decrypts, expands, undoes HPACK), it passes on at most as many as it was given and classes the rest
/// itself, so that the sums of the innermost layers and of all framing come to what the capture has. A finding moves bytes: <c>Add(side, Explained, -n)</c>, <c>Add(side, Identified, n)</c>.
/// Not thread-safe.
/// </remarks>
public sealed class ByteTally
{
    private ByteSums _client, _server;

    /// <summary>The sums of one side.</summary>
    public ByteSums this[Side side] => side == Side.Client ? _client : _server;

    public void Add(Side side, ByteClass kind, long bytes)
    {
        if (side == Side.Client) _client.Add(kind, bytes);
        else _server.Add(kind, bytes);
    }
}
