using System.Buffers.Binary;
using Candor.Protocol;

namespace Candor.Sealing;

/// <summary>Four words that two screens show alike only if both devices saw the same messages. Source: spec/pairing.md §1.</summary>
public static class PairingWords
{
    public const int Count = 4;

    private const int BitsPerWord = 11;

    /// <summary>The first 44 bits of the transcript, eleven at a time from the top.</summary>
    public static IReadOnlyList<string> Of(in Hash32 transcript)
    {
        ulong bits = BinaryPrimitives.ReadUInt64BigEndian(transcript.AsSpan());
        var words = new string[Count];
        for (int i = 0; i < Count; i++) words[i] = WordList.Word((int)((bits >> (64 - ((i + 1) * BitsPerWord))) & (WordList.Count - 1)));
        return words;
    }
}
