using Candor.Shelf.Tuf;

namespace Candor.Shelf.Updates;

/// <summary>What the shelf's keeper signs about an update, beside its length and hash (spec/shelf.md §5). It is the <c>custom</c> of a target <c>updates/DEVICE/CHANNEL/FILE</c>.</summary>
/// <param name="Device">The phone that it is for, as its system calls it.</param>
/// <param name="Channel">stable, nightly …; LineageOS's updater calls it romtype.</param>
/// <param name="File">Of the zip.</param>
/// <param name="Version">For people; LineageOS's updater compares it as text: one form for ever.</param>
/// <param name="Notes">What is new, for people; may be empty.</param>
/// <param name="Build">Fingerprint of the build.</param>
/// <param name="Incremental">Number of the build.</param>
/// <param name="From">Number of the build that it starts from; null: from any.</param>
/// <param name="Built">Unix seconds.</param>
/// <param name="Patch">Security patch level, YYYY-MM-DD, or null.</param>
/// <param name="Payload">Where the payload lies in the zip, and what it is.</param>
public sealed record UpdateEntry(string Device, string Channel, string File, string Version, string Notes, string Build, string Incremental, string? From, long Built, string? Patch, OtaPayload Payload)
{
    /// <summary>Before the path of every update.</summary>
    public const string Prefix = "updates/";

    private const string Form = "candor-update/1";

    private const int LongestBuild = 256, DateLength = 10;

    public string Path => $"{Prefix}{Device}/{Channel}/{File}";

    /// <summary>The entry of a package. False, with a sentence, where the publisher's words are not fit for one.</summary>
    public static bool TryMake(OtaPackage package, string device, string channel, string file, string version, string notes, out UpdateEntry entry, out string wrong)
    {
        entry = new(device, channel, file, version, notes, package.Build, package.Incremental, package.From, package.Built, package.Patch, package.Payload);
        wrong = !package.Devices.Contains(device, StringComparer.Ordinal) ? $"The package is for {string.Join(", ", package.Devices)}, not for {device}."
            : !UpdateNames.IsChannel(channel) ? $"\"{channel}\" is no channel: a–z, 0–9 and _, at most 32."
            : !UpdateNames.IsFile(file) ? $"\"{file}\" is no name for an update: letters, digits and .-_, ending in .zip, at most 128."
            : UpdateNames.Wrong(version, notes);
        return wrong.Length == 0;
    }

    /// <summary>True where a package is the one that the entry speaks of.</summary>
    public bool Describes(OtaPackage package) => package.Devices.Contains(Device, StringComparer.Ordinal)
        && (package.Build, package.Incremental, package.From, package.Built, package.Patch, package.Payload) == (Build, Incremental, From, Built, Patch, Payload);

    /// <summary>Canonical JSON.</summary>
    public byte[] Write() => TufJson.Write(TufJson.Of(
        ("form", Form), ("device", Device), ("channel", Channel), ("version", Version), ("notes", UpdateNames.WriteNotes(Notes)), ("build", Build), ("incremental", Incremental), ("from", From), ("built", Built), ("patch", Patch),
        ("payload", TufJson.Of(("offset", Payload.Offset), ("size", Payload.Size), ("sha256", Payload.Hash)))));

    /// <summary>Reads what stands beside a target. False for a path or an entry of another form: a later program's, perhaps; never throws.</summary>
    public static bool TryRead(string path, ReadOnlySpan<byte> custom, out UpdateEntry entry)
    {
        entry = null!;
        if (path.Split('/') is not ["updates", var device, var channel, var file] || !UpdateNames.IsName(device) || !UpdateNames.IsChannel(channel) || !UpdateNames.IsFile(file)) return false;
        if (!TufJson.TryParse(custom, out var value) || value["form"].Text != Form || value["device"].Text != device || value["channel"].Text != channel) return false;
        if (value["version"].Text is not { } version || !UpdateNames.IsName(version) || UpdateNames.ReadNotes(value["notes"]) is not { } notes) return false;
        if (value["build"].Text is not { Length: > 0 and <= LongestBuild } build || !UpdateNames.IsLine(build) || value["incremental"].Text is not { } incremental || !UpdateNames.IsName(incremental)) return false;
        if (!Optional(value["from"], UpdateNames.IsName, out string? from) || !Optional(value["patch"], t => t.Length == DateLength && UpdateNames.IsName(t), out string? patch)) return false;
        if (value["built"].Number is not { } built || built is < 1 or > UpdateNames.LatestTime) return false;
        var payload = value["payload"];
        if (payload["offset"].Number is not { } offset || offset < 0 || payload["size"].Number is not { } size || size < 1 || payload["sha256"].Text is not { Length: 64 } hash || TufKey.TryHex(hash) is null) return false;
        entry = new(device, channel, file, version, notes, build, incremental, from, built, patch, new(offset, size, hash));
        return true;
    }

    private static bool Optional(TufValue value, Func<string, bool> isGood, out string? text)
    {
        text = value.Text;
        return value.Value is null || (text is not null && isGood(text));
    }
}
