using Candor.Shelf.Tuf;

namespace Candor.Shelf.Updates;

/// <summary>What the shelf's keeper signs about a release of a program, beside its length and hash (spec/shelf.md §5.1). It is the <c>custom</c> of a target <c>programs/PROGRAM/SYSTEM/FILE</c>.</summary>
/// <param name="Program">candor, candor-server …</param>
/// <param name="System">What it runs on, as .NET calls it: linux-x64 …; "any".</param>
/// <param name="File">The release's name.</param>
/// <param name="Version">For people.</param>
/// <param name="Notes">What is new, for people; may be empty.</param>
public sealed record ProgramEntry(string Program, string System, string File, string Version, string Notes)
{
    /// <summary>Before the path of every release.</summary>
    public const string Prefix = "programs/";

    private const string Form = "candor-program/1";

    public string Path => $"{Prefix}{Program}/{System}/{File}";

    /// <summary>The entry of a release. False, with a sentence, where the publisher's words are not fit for one.</summary>
    public static bool TryMake(string program, string system, string file, string version, string notes, out ProgramEntry entry, out string wrong)
    {
        entry = new(program, system, file, version, notes);
        wrong = !UpdateNames.IsName(program) ? $"\"{program}\" is no name of a program: letters, digits and .-_, at most 64."
            : !UpdateNames.IsName(system) ? $"\"{system}\" is no system: letters, digits and .-_, at most 64, like linux-x64."
            : !UpdateNames.IsRelease(file) ? $"\"{file}\" is no name for a release: letters, digits and .-_, at most 128."
            : UpdateNames.Wrong(version, notes);
        return wrong.Length == 0;
    }

    /// <summary>Canonical JSON.</summary>
    public byte[] Write() => TufJson.Write(TufJson.Of(("form", Form), ("program", Program), ("system", System), ("version", Version), ("notes", UpdateNames.WriteNotes(Notes))));

    /// <summary>Reads what stands beside a target. False for a path or an entry of another form: a later program's, perhaps; never throws.</summary>
    public static bool TryRead(string path, ReadOnlySpan<byte> custom, out ProgramEntry entry)
    {
        entry = null!;
        if (path.Split('/') is not ["programs", var program, var system, var file] || !UpdateNames.IsName(program) || !UpdateNames.IsName(system) || !UpdateNames.IsRelease(file)) return false;
        if (!TufJson.TryParse(custom, out var value) || value["form"].Text != Form || value["program"].Text != program || value["system"].Text != system) return false;
        if (value["version"].Text is not { } version || !UpdateNames.IsName(version) || UpdateNames.ReadNotes(value["notes"]) is not { } notes) return false;
        entry = new(program, system, file, version, notes);
        return true;
    }
}
