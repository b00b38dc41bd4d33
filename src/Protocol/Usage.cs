using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>What an account takes on its server: the answer to GET A/usage (spec/http-api.md §3).</summary>
/// <param name="Blobs">How many blobs.</param>
/// <param name="Bytes">Of blobs, payloads and leaves.</param>
/// <param name="Quota">Bytes it may take; 0: no limit.</param>
/// <param name="Commits">Leaves in its log.</param>
public sealed record Usage(long Blobs, long Bytes, long Quota, long Commits)
{
    private const int LongestKey = 23;
    private const int MostKeys = 64;

    /// <summary>Total. Keys that we do not know are passed over, if what stands there is a number or a text; the four must be there.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Usage? usage) => Cbor.TryDecode(bytes, r =>
    {
        if (r.ReadStartMap() is not { } count || count > MostKeys) return null;
        var values = new Dictionary<string, long>();
        for (int i = 0; i < count; i++)
        {
            if (r.ReadText(LongestKey) is not { } key) return null;
            if (key is not ("blobs" or "bytes" or "quota" or "commits"))
            {
                r.SkipValue();
                continue;
            }
            long value = r.ReadUInt(long.MaxValue);
            if (value < 0) return null;
            values[key] = value;
        }
        r.ReadEndMap();
        return values.Count == 4 ? new Usage(values["blobs"], values["bytes"], values["quota"], values["commits"]) : null;
    }, out usage);
}
