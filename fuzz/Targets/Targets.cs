using System.Text;

namespace Candor.Fuzz;

/// <summary>Every target. A decoder without one fails the test over the assemblies.</summary>
/// <remarks>The pieces stand before the targets that are made of them: fields are set in their order.</remarks>
public static class Targets
{
    /// <summary>What breaks formats made of lines: separators, signs, digits, white space, controls, pieces of UTF-8.</summary>
    internal static readonly byte[][] TextPieces =
    [
        .. new[] { "\n", "\r", "\r\n", " ", "+", "-1", "0", "00", "=", "\"", "\\", ":", ";", ",", "/", "%", "%FF", "{", "}", "[", "]", "null", "9223372036854775807", "9223372036854775808", "\0", "\u00a0", "\uFEFF" }
            .Select(Encoding.UTF8.GetBytes),
        [0xE2], [0xE2, 0x80], [0xFF], [0xED, 0xA0, 0x80],
    ];

    /// <summary>Heads of CBOR items at the edges of their lengths and types.</summary>
    internal static readonly byte[][] CborPieces =
    [
        [0xF6], [0xF5], [0x80], [0xA0], [0x40], [0x60], [0x9F], [0xBF], [0xFF], [0xC0], [0xF9, 0, 0], [0x18, 0x17], [0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x9B, 0, 0, 0, 1, 0, 0, 0, 0], [0x5A, 0x7F, 0xFF, 0xFF, 0xFF], [0x81], [0x61, 0xFF],
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. ProtocolTargets.All, .. LogTargets.All, .. PublicLogTargets.All, .. ObliviousTargets.All, .. SealingTargets.All, .. LedgerTargets.All, .. RecordTargets.All, .. DeviceTargets.All,
        .. ContactTargets.All, .. MessageTargets.All, .. NoteTargets.All, .. PhotoTargets.All, .. AuditBodyTargets.All, .. AuditWireTargets.All, .. AuditSecretsTargets.All, .. AuditFindingsTargets.All, .. ShelfTargets.All, .. GreetingTargets.All,
    ];

    /// <summary>The bytes as text in two ways: as UTF-8, and one character a byte so that none of them is lost.</summary>
    internal static void AsText(byte[] bytes, Action<string> check)
    {
        check(Encoding.UTF8.GetString(bytes));
        check(Encoding.Latin1.GetString(bytes));
    }
}
