using System.Text;
using Candor.Client.Devices;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Folder;

/// <summary>The folders that this device has worked on, so that a person need not name them again. Sealed under the store key, as paths tell names.</summary>
public static class FolderList
{
    private const string Role = "local/folders";

    /// <summary>Absolute paths, the last used first; none where the list is missing or damaged.</summary>
    public static IReadOnlyList<string> Of(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        byte[] sealedBytes;
        try
        {
            sealedBytes = File.ReadAllBytes(device.Home.FolderListFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
        if (Cobblestone.PlainLength(sealedBytes.Length) is not { } length || length > 1 << 20) return [];
        byte[] plain = new byte[length];
        bool opened = Cobblestone.Open(device.StoreKey, Context, sealedBytes, plain, out _) == OpenResult.Opened;
        return opened ? Encoding.UTF8.GetString(plain).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
    }

    internal static void Remember(Device device, string folder)
    {
        var known = Of(device);
        if (known is [var first, ..] && first == folder) return;
        byte[] plain = Encoding.UTF8.GetBytes(string.Join('\n', known.Where(f => f != folder).Prepend(folder)));
        byte[] sealedBytes = new byte[Cobblestone.SealedLength(plain.Length)];
        Cobblestone.Seal(device.StoreKey, Context, plain, sealedBytes);
        DurableFile.Write(device.Home.FolderListFile, sealedBytes);
    }

    private static byte[] Context => SealingContext.Of(Id.Zero, Kind.None, Id.Zero, Id.Zero, 0, Role);
}
