using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Candor.Client.Folder;
using Candor.Client.Records;
using Candor.Protocol;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Client.Folder;

/// <summary>Makes what other programs export, and looks at what became of it.</summary>
internal static class Exports
{
    public const string Photos = "Takeout/Google Photos/";

    public static byte[] Zip(params (string Name, byte[] Bytes)[] entries)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                entry.Write(bytes);
            }
        }
        return file.ToArray();
    }

    /// <summary>As node-tar writes a .jex: ustar, names below 100 bytes.</summary>
    public static byte[] Tar(params (string Name, byte[] Bytes)[] entries)
    {
        using var file = new MemoryStream();
        foreach (var (name, bytes) in entries)
        {
            byte[] header = new byte[512];
            Encoding.UTF8.GetBytes(name).CopyTo(header, 0);
            Encoding.ASCII.GetBytes(Convert.ToString(bytes.Length, 8).PadLeft(11, '0')).CopyTo(header, 124);
            header[156] = (byte)'0';
            Encoding.ASCII.GetBytes("ustar\0").CopyTo(header, 257);
            header.AsSpan(148, 8).Fill((byte)' ');
            int sum = header.Sum(b => b);
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(header, 148);
            file.Write(header);
            file.Write(bytes);
            file.Write(new byte[(512 - (bytes.Length % 512)) % 512]);
        }
        file.Write(new byte[1024]);
        return file.ToArray();
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A picture that is different for each number and says nothing of itself.</summary>
    public static byte[] Png(int number)
    {
        byte[] png = [.. Convert.FromHexString("89504E470D0A1A0A0000000D49484452000000010000000108060000001F15C489"), 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(png.Length - 4), number);
        return png;
    }

    /// <summary>A description as Google Photos writes it. Taken on 14 November 2023.</summary>
    public static byte[] Sidecar(string title, string more = "") =>
        Bytes($$"""{"title":"{{title}}","photoTakenTime":{"timestamp":"1700000000"},"geoData":{"latitude":48.2,"longitude":16.4,"altitude":0.0} {{(more.Length > 0 ? "," + more : "")}} }""");

    public static byte[] Album(string title) => Bytes($$"""{"title":"{{title}}","description":"","date":{"timestamp":"1700000000"} }""");

    public static byte[] Keep(string title, int created, string text, string more = "") => Bytes(string.Create(CultureInfo.InvariantCulture,
        $$"""{"title":"{{title}}","textContent":"{{text}}","createdTimestampUsec":{{created}}000000,"userEditedTimestampUsec":{{created + 1}}000000 {{(more.Length > 0 ? "," + more : "")}} }"""));

    public static string Card(string uid, string name) => $"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n";

    /// <summary>Every record of a kind that is there, by name.</summary>
    public static List<RecordPlaintext> RecordsOf(this Phone phone, Kind kind)
    {
        var keys = phone.Device.Account.KeysOf(kind)!;
        return [.. phone.Device.Store.Heads(kind).Where(h => !h.Removed).Select(h => phone.Device.Account.Read(h, keys)!).OrderBy(r => r.Name, StringComparer.Ordinal)];
    }

    public static KindReport Of(this FolderReport report, Kind kind) => report.Kinds.Single(k => k.Kind == kind);

    /// <summary>Every item of every kind is safe or has a trouble of its own.</summary>
    public static void AssertExplained(FolderReport report) => Assert.All(report.Kinds, k => Assert.Equal(k.Seen, k.Safe + k.Troubles.Count));
}
