using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Client.Kit;

/// <summary>What a person prints and keeps: what it takes to have the account again when every device is lost.</summary>
/// <param name="Server">Its address.</param>
/// <param name="ServerName">As it stands in its checkpoints.</param>
/// <param name="Account">The account's id.</param>
/// <param name="Fingerprint">Of the key that checks the server's signatures: eight groups of four hex digits.</param>
/// <param name="Words">The 24 words as they were typed for this page; null: blanks to fill in by hand.</param>
/// <param name="AccountSecret">Null where no password is set.</param>
/// <param name="Day">When it was made.</param>
public sealed record RecoveryKit(Uri Server, string ServerName, Id Account, string Fingerprint, IReadOnlyList<string>? Words, string? AccountSecret, DateOnly Day)
{
    /// <summary>The kit of a device's account. Words are those of this account, or none.</summary>
    /// <exception cref="DeviceException">The words are another account's, or no 24 words.</exception>
    public static RecoveryKit Of(Device device, string? words)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (words is not null && !device.AreTheWords(words))
            throw new DeviceException("These are 24 words, but not those of this account: a kit with them would open nothing. Look for the right paper.");
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(device.Clock.GetUtcNow(), device.Clock.LocalTimeZone).DateTime);
        return new(device.Server, device.ServerName, device.Account.Id, device.ServerFingerprint, words is null ? null : RecoveryWords.Written(words), device.Account.AccountSecretText(), day);
    }

    /// <summary>What the QR code says: where the account is, and nothing secret. A picture of a page is read by machines that nobody asked; what opens the account is typed.</summary>
    public string Link => string.Create(CultureInfo.InvariantCulture, $"candor:kit?v=1&server={Uri.EscapeDataString(Server.GetLeftPart(UriPartial.Authority))}&account={Account}&key={Fingerprint.Replace("-", "", StringComparison.Ordinal)}");

    /// <summary>Writes the page, readable by its owner alone.</summary>
    /// <param name="path">The file. One that is there is replaced.</param>
    /// <param name="code">The QR code of <see cref="Link"/>, row by row, true for black, with its quiet zone.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string path, IReadOnlyList<BitArray> code)
    {
        byte[] page = KitPage.Draw(this, code);
        DurableFile.Write(Path.GetFullPath(path), page);
        CryptographicOperations.ZeroMemory(page);
    }

    /// <summary>The first 16 bytes of SHA-256 of a verifier key as it is written (C2SP signed-note).</summary>
    internal static string FingerprintOf(string verifierKey)
    {
        string hex = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(verifierKey)).AsSpan(0, 16));
        return string.Join('-', hex.Chunk(4).Select(c => new string(c)));
    }
}
