namespace Candor.Audit.Search;

/// <summary>By what a photo of the owner is known again: its digest, its length, pieces out of it, and what it looks like.</summary>
/// <param name="Sha256">Of the file.</param>
/// <param name="Length">Of the file, in bytes.</param>
/// <param name="Look">Of the picture; null where it cannot be decoded.</param>
internal sealed record PhotoMark(byte[] Sha256, long Length, PhotoLook? Look)
{
    private const int PieceLength = 24, MaxPieces = 64, LeastDistinct = 14;

    public static PhotoMark Of(byte[] file) => new(System.Security.Cryptography.SHA256.HashData(file), file.Length, PhotoLook.Of(file));

    /// <summary>Pieces of the picture itself, spread over the file: not of its head, where files of one camera are the same.</summary>
    public static IEnumerable<(int At, byte[] Piece)> Samples(byte[] file)
    {
        int from = Math.Max(Body(file), Math.Min(1024, file.Length / 4));
        int step = Math.Max(PieceLength, (file.Length - from) / MaxPieces);
        for (int at = from; at + PieceLength <= file.Length; at += step)
        {
            var piece = file.AsSpan(at, PieceLength);
            if (Distinct(piece) >= LeastDistinct) yield return (at, piece.ToArray());
        }
    }

    /// <summary>Where a JPEG's first scan begins (ITU T.81, B.2.3): before it stand tables that are the same in millions of files. 0 for others.</summary>
    private static int Body(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8])) return 0;
        for (int at = 2; at + 4 <= file.Length && file[at] == 0xFF;)
        {
            int length = (file[at + 2] << 8) + file[at + 3];
            if (file[at + 1] == 0xDA) return Math.Min(file.Length, at + 2 + length);
            at += 2 + length;
        }
        return 0;
    }

    private static int Distinct(ReadOnlySpan<byte> piece)
    {
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        int distinct = 0;
        foreach (byte b in piece)
        {
            if (!seen[b]) distinct++;
            seen[b] = true;
        }
        return distinct;
    }
}
