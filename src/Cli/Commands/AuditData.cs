using System.Buffers.Binary;
using System.CommandLine;
using System.Globalization;
using Candor.Audit.Packets;
using Candor.Audit.Where;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>candor audit data: which data sets say where addresses are, how old they are, under which licence, and how often they differ.</summary>
internal static class AuditData
{
    private const long MostBytes = 1L << 30;

    /// <summary>Addresses that the sets are asked about.</summary>
    private const int Sample = 4096;

    private const string WithinProgram = "within the program";

    /// <param name="Path">Where it lies.</param>
    /// <param name="Source">Reads it.</param>
    /// <param name="Licence">As its makers say, where its name tells who they are.</param>
    /// <param name="Knows">Of the sample.</param>
    private sealed record Set(string Path, CountrySource Source, string Licence, int Knows);

    public static Command Make(CommandTree tree)
    {
        var files = new Argument<string[]>("FILE") { Arity = ArgumentArity.ZeroOrMore, Description = "a data set to take in: lines of first,last,country, delegation statistics of a registry, a MaxMind DB, or public_suffix_list.dat; else those in use are listed" };
        var command = new Command("data", "List the data sets that tell where addresses are, or take some in") { files };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            string folder = AuditFiles.DataFolder(session);
            foreach (string file in parsed.GetValue(files) ?? []) Take(session, folder, file);
            return List(session, folder);
        });
        return command;
    }

    private static void Take(Session session, string folder, string path)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no file {path}.");
        if (new FileInfo(path).Length > MostBytes) throw new UsageException($"{path} is longer than {MostBytes >> 20} MiB: it is no data set of countries.");
        string name = Path.GetFileName(path), to = Path.Combine(folder, name);
        if (name == "public_suffix_list.dat")
        {
            if (PublicSuffixes.Read(File.ReadAllText(path), name) is null) throw new UsageException($"{path} is not the Public Suffix List. Nothing was taken in.");
        }
        else if (AuditFiles.NetworksIn(path) is null && Read(path) is not { Knows: > 0 }) throw new UsageException($"{path} says of no address in which country it is. Nothing was taken in.");
        Directory.CreateDirectory(folder);
        bool before = File.Exists(to);
        if (Path.GetFullPath(path) != Path.GetFullPath(to)) File.Copy(path, to, overwrite: true);
        // Its day is the file's where it has none of its own.
        File.SetLastWriteTimeUtc(to, File.GetLastWriteTimeUtc(path));
        session.Say($"{name} is {(before ? "taken in, in place of the one before" : "taken in")}.");
    }

    private static Set? Read(string path)
    {
        string date = File.GetLastWriteTimeUtc(path).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return CountrySource.Read(File.ReadAllBytes(path), Path.GetFileName(path), date) is { } source ? Of(path, source) : null;
    }

    private static Set Of(string path, CountrySource source) => new(path, source, source.Licence.Length > 0 ? source.Licence : LicenceOf(Path.GetFileName(path)), Addresses().Count(a => source.Of(a) is not null));

    private static int List(Session session, string folder)
    {
        string[] files = [.. (Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal) : Enumerable.Empty<string>()).Where(f => Path.GetFileName(f) != "public_suffix_list.dat" && new FileInfo(f).Length <= MostBytes)];
        var brought = files.Select(Read).OfType<Set>().ToList();
        var networks = files.Select(AuditFiles.NetworksIn).OfType<NetworkSource>().LastOrDefault() ?? Shipped.Networks;
        List<Set> sets = [.. Shipped.Countries.Where(s => !brought.Exists(b => b.Source.Name == s.Name)).Select(s => Of(WithinProgram, s)), .. brought];
        string suffixes = File.Exists(Path.Combine(folder, "public_suffix_list.dat")) ? Path.Combine(folder, "public_suffix_list.dat") : File.Exists(AuditFiles.SystemSuffixes) ? AuditFiles.SystemSuffixes : "";
        session.Say($"Data sets within the program, and of {folder}:");
        var table = Screen.Table("Name", "Of", "Says where an address is", "Licence", ">Knows", "Path");
        foreach (var set in sets) table.Row(set.Source.Name, set.Source.Date, set.Source.Says, set.Licence, $"{100 * set.Knows / Sample} %", set.Path);
        if (!session.Json) Screen.Show(session.Terminal, table);
        var (asked, same) = Agreement(sets);
        session.Say($"Of {Wording.Count(asked)} addresses spread over the internet that at least two of them know, {Wording.Count(same)} ({(asked == 0 ? 0 : 100 * same / asked)} %) are in the same country in all of them. A report shows each one's answer.");
        session.Say($"Networks: {networks.Pack.Name} of {networks.Pack.Date} ({networks.Pack.Licence}).");
        foreach (var set in sets.Where(s => s.Source.Credit.Length > 0)) session.Say($"{set.Source.Name}: {set.Source.Credit} ({set.Licence}).");
        session.Say($"{networks.Pack.Name}: {networks.Pack.Credit}.");
        session.Say($"Operators and trackers: {Wording.Count(Operators.Count, "domain")} within the program, from TrackHAR (CC0-1.0) and operators' own statements.");
        session.Say($"Registered domains: {(suffixes.Length > 0 ? $"{suffixes}, the Public Suffix List (MPL-2.0), file of {File.GetLastWriteTimeUtc(suffixes):yyyy-MM-dd}" : "a short list within the program")}.");
        session.Write(w =>
        {
            w.WriteString("folder"u8, folder);
            w.WriteRows("sets"u8, sets, (row, set) =>
            {
                row.WriteString("name"u8, set.Source.Name);
                row.WriteString("date"u8, set.Source.Date);
                row.WriteString("says"u8, set.Source.Says);
                row.WriteString("licence"u8, set.Licence);
                row.WriteString("credit"u8, set.Source.Credit);
                row.WriteNumber("knows"u8, set.Knows);
                row.WriteString("path"u8, set.Path);
            });
            w.WriteString("networks"u8, $"{networks.Pack.Name} of {networks.Pack.Date}");
            w.WriteNumber("sample"u8, Sample);
            w.WriteNumber("asked"u8, asked);
            w.WriteNumber("same"u8, same);
            w.WriteString("suffixes"u8, suffixes);
        });
        return ExitCode.Done;
    }

    /// <summary>How many addresses at least two sets know, and of how many of these all say the same.</summary>
    private static (int Asked, int Same) Agreement(List<Set> sets)
    {
        int asked = 0, same = 0;
        foreach (var address in Addresses())
        {
            string[] said = [.. sets.Select(s => s.Source.Of(address)).OfType<string>()];
            if (said.Length < 2) continue;
            asked++;
            if (said.Distinct().Count() == 1) same++;
        }
        return (asked, same);
    }

    /// <summary>Always the same ones, spread evenly over IPv4's public part.</summary>
    private static IEnumerable<Address> Addresses()
    {
        const uint step = 0x9E3779B1;
        uint at = 0;
        byte[] bytes = new byte[4];
        for (int count = 0; count < Sample;)
        {
            at = unchecked(at + step);
            BinaryPrimitives.WriteUInt32BigEndian(bytes, at);
            var address = Address.Of(bytes);
            if (address.Scope != Scope.Internet) continue;
            count++;
            yield return address;
        }
    }

    private static string LicenceOf(string name) => name.ToUpperInvariant() switch
    {
        var n when n.StartsWith("IPTOASN", StringComparison.Ordinal) => "PDDL-1.0",
        var n when n.StartsWith("DBIP", StringComparison.Ordinal) => "CC BY 4.0, IP geolocation by DB-IP",
        var n when n.StartsWith("DELEGATED", StringComparison.Ordinal) || n.StartsWith("NRO", StringComparison.Ordinal) || n.StartsWith("ASN-COUNTRY", StringComparison.Ordinal) => "CC BY 4.0, NRO",
        "GEOIP" or "GEOIP6" => "CC BY-SA 4.0, IPFire",
        var n when n.StartsWith("GEOLITE", StringComparison.Ordinal) => "MaxMind's EULA",
        _ => "not known here",
    };
}
