using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Client.Pairing;

/// <summary>A head of an account's log that a device of the account verified and handed over, and two holders that must be live at it (spec/pairing.md §1).</summary>
/// <param name="Size">Leaves.</param>
/// <param name="Root">Of these leaves.</param>
/// <param name="Approver">The device that handed it over, whose keys a person compared.</param>
/// <param name="NewDevice">The device that it let in.</param>
/// <remarks>A device keeps it until its log is past <paramref name="Size"/>: a process that ends meanwhile must not forget what to look for.</remarks>
public sealed record TrustedHead(long Size, Hash32 Root, HolderKeys Approver, HolderKeys NewDevice)
{
    /// <summary>Whether the log of <see cref="Size"/> leaves is the one that was handed over.</summary>
    internal bool Fits(AccountState state) => state.Size == Size && state.Root == Root && IsLive(state, Approver) && IsLive(state, NewDevice);

    /// <summary>One line: size, root and both holders' public keys.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Size} {Root} {Approver.ToHeader()} {NewDevice.ToHeader()}");

    /// <summary>Reads what <see cref="ToString"/> wrote, and no other spelling of it. Total.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TrustedHead? head)
    {
        head = null;
        if (text.Split(' ') is not [var number, var hash, var first, var second] || number.StartsWith('0')) return false;
        // A number parser of .NET passes over NULs at the end.
        if (number.AsSpan().ContainsAnyExceptInRange('0', '9')) return false;
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long size) || size < 1 || !Hash32.TryParseHex(hash, out var root)) return false;
        if (!HolderKeys.TryParseHeader(first, out var approver) || !HolderKeys.TryParseHeader(second, out var device)) return false;
        head = new(size, root, approver, device);
        return true;
    }

    /// <summary>An id is a hash of the keys: who stands under it has these and no others.</summary>
    private static bool IsLive(AccountState state, HolderKeys keys) => state.Holders.GetValueOrDefault(keys.Id) is { IsLive: true };
}
