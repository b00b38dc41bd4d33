namespace Candor.Formats.Messages;

/// <summary>Collects an element's bytes up to a limit. Beyond it nothing more is kept and <see cref="IsTooLarge"/> is set.</summary>
internal sealed class ElementBytes(int limit)
{
    private byte[] _bytes = new byte[4096];

    internal int Length { get; private set; }

    internal bool IsTooLarge { get; private set; }

    internal void Clear() => (Length, IsTooLarge) = (0, false);

    internal void Write(ReadOnlySpan<byte> more)
    {
        if (IsTooLarge || more.Length > limit - Length)
        {
            IsTooLarge = true;
            return;
        }
        if (more.Length > _bytes.Length - Length)
            Array.Resize(ref _bytes, (int)Math.Min(limit, Math.Max(_bytes.Length * 2L, (long)Length + more.Length)));
        more.CopyTo(_bytes.AsSpan(Length));
        Length += more.Length;
    }

    internal byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();
}
