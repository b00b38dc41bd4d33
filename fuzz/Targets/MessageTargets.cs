using System.IO.Compression;
using System.Text;
using Candor.Formats;
using Candor.Formats.Archives;
using Candor.Formats.Messages;
using Candor.Tests.Archives;
using Candor.Tests.Messages;

namespace Candor.Fuzz;

/// <summary>Message exports and the zips that they and others come in.</summary>
internal static class MessageTargets
{
    private const string Json = """{"_id":"7","address":"+15550100001","date":"1714564800123","date_sent":"1714564799000","read":"1","type":"1","body":"Hi \ud83d\ude00","__display_name":"Ada"}""";

    private const string JsonMms = """{"_id":"9","date":"1714565000","msg_box":"1","m_id":"abc","m_type":"132","__sender_address":{"address":"+15550100001","type":"137"},"__recipient_addresses":[{"address":"+15550109999","type":"151"}],"__parts":[{"_id":"2","seq":"0","ct":"text\/plain","text":"Look"},{"_id":"3","seq":"1","ct":"image\/jpeg","name":"IMG.jpg","_data":"\/data\/PART_1_IMG.jpg"}]}""";

    private static readonly byte[][] Pieces =
    [
        .. "\"|'|<|>|/>|&|&#55357;|<sms |</mms>|<part data=\"|<!--|]]>|<!DOCTYPE [|{|}|[|]|,|:|\\|\\ud83d|\n|null|0|-1|99999999999999999999|PK\u0001\u0002|PK\u0005\u0006|=|\0".Split('|').Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x80],
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("synctech", "Every part that was opened is closed; what is read is written, and written again as the same bytes.",
            () => [Encoding.UTF8.GetBytes(SyncTechSamples.File(SyncTechSamples.Sms, SyncTechSamples.Mms(), SyncTechSamples.SmsWithBody("&#55357;&#56846; &lt;"))), Encoding.Unicode.GetBytes(SyncTechSamples.File(SyncTechSamples.Sms)),
                "<!DOCTYPE a [<!ENTITY b 'c'>]><calls count='1'><call number='1' duration='2'/></calls>"u8.ToArray()], bytes =>
            {
                var read = SyncTechSamples.Read(bytes);
                Claim.Holds(read.AllClosed, "A part was left open.");
                if (read.Messages.Count == 0) return;
                byte[] written = Write(read);
                var again = SyncTechSamples.Read(written);
                Claim.Same(read.Messages.Select(m => SyncTechSamples.Text(m.Original)), again.Messages.Select(m => SyncTechSamples.Text(m.Original)), "Written they are other messages.");
                Claim.Same(read.Messages.Select(Key), again.Messages.Select(Key), "Written they have other keys.");
                Claim.Same(written, Write(again), "Written twice they are other bytes.");
            }, "SyncTechReader.TryRead", "Utf8Source.Open", "XmlText.Decode") { Pieces = Pieces },
        new("sms-ie", "What is read is written and read again as the same messages.",
            () => [Zip(), Encoding.UTF8.GetBytes(Json + "\n" + JsonMms), Encoding.UTF8.GetBytes("[" + Json + "," + JsonMms.Replace("\"__", "\"", StringComparison.Ordinal) + "]")], bytes =>
            {
                var read = ReadLines(bytes);
                if (read.Messages.Count == 0) return;
                var again = ReadLines(WriteLines(read));
                Claim.Same(read.Messages.Select(Key), again.Messages.Select(Key), "Written they have other keys.");
                Claim.Same(read.Messages.Select(m => m.View.Text), again.Messages.Select(m => m.View.Text), "Written they say something else.");
            }, "SmsIeReader.Read") { Pieces = Pieces },
        new("zip", "No entry is longer than its limit; one that ends without a problem is as long as the directory says.",
            () => [new HostileZip().Add(HostileZip.Plain("a"), HostileZip.Deflated("b/c.txt", Encoding.ASCII.GetBytes(new string('x', 3000))), HostileZip.Plain("d/")).Bytes(comment: "comment"),
                new HostileZip().Add(HostileZip.Plain("a"), HostileZip.Deflated("b", [1, 2, 3])).Zip64Bytes(2), Zip()], Unzip,
            "SafeZip.Open", "ZipDirectory.Read", "ZipDirectory.ReadAt", "EntryNames.Decode") { Pieces = Pieces },
        new("tar", "An entry lies within the file and is as long as it says.", () => [Tar("note.md", "hello"u8), Tar("a/b.bin", new byte[700])], Untar, "SafeTar.Read", "SafeTar.Open"),
    ];

    /// <summary>One file in ustar: a header of 512 bytes, the bytes padded to 512, and two empty blocks.</summary>
    private static byte[] Tar(string name, ReadOnlySpan<byte> content)
    {
        byte[] tar = new byte[512 + (((content.Length + 511) / 512) * 512) + 1024];
        Encoding.ASCII.GetBytes(name, tar);
        Encoding.ASCII.GetBytes("0000644\0", tar.AsSpan(100));
        Encoding.ASCII.GetBytes(Convert.ToString(content.Length, 8).PadLeft(11, '0') + "\0", tar.AsSpan(124));
        tar[156] = (byte)'0';
        Encoding.ASCII.GetBytes("ustar\0" + "00", tar.AsSpan(257));
        tar.AsSpan(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte b in tar.AsSpan(0, 512)) sum += b;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", tar.AsSpan(148));
        content.CopyTo(tar.AsSpan(512));
        return tar;
    }

    private static void Untar(byte[] bytes)
    {
        using var tar = new MemoryStream(bytes, writable: false);
        foreach (var (entry, trouble) in Candor.Formats.Archives.SafeTar.Read(tar))
        {
            Claim.Holds(entry is not null || trouble is not null, "Neither an entry nor a problem.");
            if (entry is null) continue;
            Claim.Holds(entry.Offset >= 0 && entry.Length >= 0 && entry.Offset + entry.Length <= bytes.Length, "An entry lies outside of the file.");
            using var stream = Candor.Formats.Archives.SafeTar.Open(tar, entry);
            long length = 0;
            byte[] buffer = new byte[4096];
            for (int read; (read = stream.Read(buffer, 0, buffer.Length)) > 0; length += read)
            {
            }
            Claim.Holds(length == entry.Length, "An entry is not as long as it says.");
        }
    }

    private static void Unzip(byte[] bytes)
    {
        var limits = new ZipLimits { MaxEntryBytes = 1 << 20, MaxTotalBytes = 4 << 20 };
        var (zip, problem) = SafeZip.Open(new MemoryStream(bytes), limits);
        Claim.Holds(zip is not null || problem is not null, "Neither a zip nor a problem.");
        long total = 0;
        foreach (var (entry, trouble) in zip?.Entries ?? [])
        {
            Claim.Holds(entry is not null || trouble is not null, "Neither an entry nor a problem.");
            if (entry is null) continue;
            Claim.Holds(trouble is not null || (!entry.Name.StartsWith('/') && !entry.Name.Split('/').Contains("..")), "A name that leads elsewhere, and nothing is said of it.");
            using var content = zip!.OpenEntry(entry);
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            total += copy.Length;
            Claim.Holds(copy.Length <= limits.MaxEntryBytes && total <= limits.MaxTotalBytes, "More bytes than its limit.");
            if (content.Problem is null) Claim.Holds(copy.Length == entry.DeclaredLength, "Another length than declared, and no problem.");
        }
    }

    private static string Key(Message message) => $"{message.View.Kind} {message.View.Box} {message.View.DateMs} {Convert.ToHexString(MessageIdentity.Key(message.View))}";

    private static byte[] Write(SyncTechSamples.Result read)
    {
        var output = new MemoryStream();
        var writer = new SyncTechWriter(output, read.Messages.Count, "8a7c", 1714570000000);
        foreach (var message in read.Messages) writer.Write(message, read.Opener(message));
        writer.Complete();
        return output.ToArray();
    }

    private static byte[] WriteLines(SyncTechSamples.Result read)
    {
        var output = new MemoryStream();
        using (var writer = new SmsIeWriter(output))
        {
            foreach (var message in read.Messages) writer.Write(message, read.Opener(message));
            writer.Complete();
        }
        return output.ToArray();
    }

    private static SyncTechSamples.Result ReadLines(byte[] file)
    {
        var opened = new Dictionary<(long, int), MemoryStream>();
        var reader = new SmsIeReader(new MemoryStream(file), info => opened[(info.Message, info.Part)] = new MemoryStream());
        List<Reading<Message>> readings = [.. reader.Read()];
        return new(readings, null, opened.ToDictionary(o => o.Key, o => o.Value.ToArray()), true);
    }

    private static byte[] Zip()
    {
        using var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in new[] { ("messages.ndjson", Json + "\n" + JsonMms + "\n"), ("data/PART_1_IMG.jpg", "hello") })
            {
                var entry = zip.CreateEntry(name);
                entry.LastWriteTime = new DateTimeOffset(2024, 5, 1, 0, 0, 0, TimeSpan.Zero);
                using var content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return output.ToArray();
    }
}
