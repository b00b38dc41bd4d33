using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>What people with shares may know of an account before their time is over: enough to announce a device (spec/recovery-people.md §5).</summary>
/// <param name="Seq">The asking holder's last number.</param>
/// <param name="Latest">The latest time in the log.</param>
/// <param name="Device">The device that is announced; null: none.</param>
/// <param name="SecondsLeft">How long it waits, by the server's clock; 0: no more, or none is announced.</param>
public sealed record RecoveryAnswer(long Seq, HybridTime Latest, Id? Device, long SecondsLeft)
{
    public byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(4);
        w.WriteInt64(Seq);
        w.WriteTime(Latest);
        if (Device is { } device) w.WriteId(device);
        else w.WriteNull();
        w.WriteInt64(SecondsLeft);
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Total.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out RecoveryAnswer? answer) => Cbor.TryDecode(bytes, r =>
    {
        if (!r.ReadArray(4)) return null;
        long seq = r.ReadUInt(long.MaxValue);
        if (seq < 0 || r.ReadTime() is not { } latest) return null;
        Id? device = null;
        if (r.PeekState() == System.Formats.Cbor.CborReaderState.Null)
        {
            r.ReadNull();
        }
        else
        {
            if (!r.TryReadId(out var id)) return null;
            device = id;
        }
        long left = r.ReadUInt(int.MaxValue);
        r.ReadEndArray();
        return left < 0 ? null : new RecoveryAnswer(seq, latest, device, left);
    }, out answer);
}
