using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Protocol;
using Candor.Tests.Client.Previews;
using Candor.Tests.Faults;
using Candor.Tests.Hostile;
using Candor.Tests.Photos;

namespace Candor.Tests.EndToEnd;

using Device = Candor.Client.Devices.Device;

/// <summary>Promise P4: after a backup of everything, nothing of it can be found on the server, on the wire or, in the clear, in the client's own home.</summary>
public sealed class CanaryTests : IDisposable
{
    private static readonly string[] Planted =
    [
        "Zanzibara Quillfeather", "Pemberton-Oxley", "Canary Quarry Works", "+4915799887766", "4915799887766", "zanzibara@canary-quarry.example", "Quarrymasters group",
        "uid-canary-contact-0815", "the falcon lands at midnight", "+8613912345678", "Mirabelle Okonkwo", "mms caption ostrich", "ostrich-parade.jpg",
        "Saffron ledger of debts", "owed to the lighthouse keeper", "tag-clandestine", "blueprint-basement.png", "notes-of-winter", "IMG_SECRET_20260102.jpg", "Album of Elsewhere",
        "CanaryCam Optics", "Mark IX Peregrine", "Lagoon of Tuvalu viewpoint", "phone of Zanzibara Q", "contacts-export-2026",
    ];

    private static readonly Leaks Search = new(Planted);

    private readonly string _root = Directory.CreateTempSubdirectory("candor-canary-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Attack("C13", "D08", "M01")]
    [Fact]
    public async Task NothingThatWasBackedUpIsFoundOnTheServerOnTheWireOrAtHome()
    {
        string data = Path.Combine(_root, "server"), temporary = Directory.CreateDirectory(Path.Combine(_root, "tmp")).FullName;
        using var program = new ServerProgram(data, "information") { Temporary = temporary };
        using var http = new HttpClient();
        program.Start();
        await program.ReadyAsync(http);
        await using var tap = new WireTap(program.Address);
        string home = Path.Combine(_root, "home"), folder = Directory.CreateDirectory(Path.Combine(_root, "folder")).FullName;
        using (var device = await Device.FoundAsync(home, tap.Address, "phone of Zanzibara Q", RecoveryWords.Generate(), null, TimeProvider.System, default))
        {
            var phone = new Phone(device, folder);
            foreach (var kind in Kinds.All) await device.Account.TurnOnAsync(kind, "de", "All of it.", default);
            Plant(phone);
            var report = await phone.SyncAsync();
            Assert.All(report.Kinds, k => Assert.Equal((true, 0L, 0), (k.Seen > 0 && k.Safe == k.Seen, k.Unexplained, k.Troubles.Count)));
            // What was planted is really there to be found, in the folder.
            string all = string.Concat(phone.Files("").Select(f => f + File.ReadAllText(Path.Combine(folder, f), System.Text.Encoding.Latin1)));
            foreach (string text in Planted.Where(t => t is not ("phone of Zanzibara Q" or "4915799887766"))) Assert.Contains(text, all, StringComparison.Ordinal);
            AssertNone(home, "while the device is open");
        }
        program.Kill();
        Assert.True(program.Printed.Length > 0, "The server's output was not captured.");
        Assert.Null(Search.FindIn(program.Printed));
        AssertNone(data, "on the server");
        if (Directory.GetFiles(temporary, "*", SearchOption.AllDirectories).Length > 0) AssertNone(temporary, "in the server's temporary files");
        AssertNone(home, "at home");
        Assert.True(tap.BytesUp > 300_000);
        foreach (byte[] connection in tap.Up) Assert.Null(Search.FindIn(connection));
        // Bodies one by one as well: a body that is deflated from its first byte is found only so.
        foreach (var request in tap.Requests().Whole)
        {
            Assert.Null(Search.FindIn(request.Head));
            Assert.Null(Search.FindIn(request.Body));
        }
    }

    private static void AssertNone(string folder, string where)
    {
        string[] files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files.Where(f => Path.GetFileName(f) != "lock" || new FileInfo(f).Length > 0))
        {
            Assert.True(Search.FindIn(Path.GetRelativePath(folder, file)) is null, $"{file} {where} tells by its name.");
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Assert.True(Search.FindIn(bytes) is not { } found, $"{file} {where} holds: {Search.FindIn(bytes)}");
        }
    }

    private static void Plant(Phone phone)
    {
        phone.Write("contacts/zanzibara.vcf",
            "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:uid-canary-contact-0815\r\nFN:Zanzibara Quillfeather\r\nN:Quillfeather;Zanzibara;;;\r\nORG:Canary Quarry Works\r\nTEL;TYPE=CELL:+4915799887766\r\n" +
            "EMAIL:zanzibara@canary-quarry.example\r\nCATEGORIES:Quarrymasters group\r\nX-MAIDEN:Pemberton-Oxley\r\nEND:VCARD\r\n");
        phone.Write("inbox/contacts-export-2026.vcf", FolderSyncTests.Card("u-2", "Mirabelle Okonkwo", "TEL:+8613912345678"));
        byte[] picture = Pictures.WithExif(Pictures.Quarters(800, 600), Exif());
        string part = Convert.ToBase64String(Pictures.Quarters(300, 200));
        phone.Write("inbox/sms-20260101.xml",
            "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count=\"2\">\n" +
            "  <sms protocol=\"0\" address=\"+4915799887766\" date=\"1700000000001\" type=\"1\" subject=\"null\" body=\"the falcon lands at midnight\" read=\"0\" status=\"-1\" locked=\"0\" contact_name=\"Mirabelle Okonkwo\" />\n" +
            "  <mms date=\"1700000001000\" msg_box=\"1\" address=\"+8613912345678\" m_type=\"132\" read=\"1\" ct_t=\"application/vnd.wap.multipart.related\" m_id=\"mid-1\" contact_name=\"Mirabelle Okonkwo\"><parts>" +
            "<part seq=\"0\" ct=\"text/plain\" name=\"null\" chset=\"106\" text=\"mms caption ostrich\" />" +
            $"<part seq=\"1\" ct=\"image/jpeg\" name=\"ostrich-parade.jpg\" cl=\"ostrich-parade.jpg\" data=\"{part}\" /></parts>" +
            "<addrs><addr address=\"+8613912345678\" type=\"137\" charset=\"106\" /></addrs></mms>\n</smses>\n");
        phone.Write("notes/notes-of-winter/Saffron.md", "---\ntitle: Saffron ledger of debts\ntags: [tag-clandestine]\n---\n# Saffron ledger of debts\n\nowed to the lighthouse keeper\n\n![plan](blueprint-basement.png)\n");
        phone.Write("notes/notes-of-winter/blueprint-basement.png", picture);
        phone.Write("photos/Album of Elsewhere/IMG_SECRET_20260102.jpg", picture);
        phone.Write("DCIM/Camera/big.jpg", [.. Pictures.WithExif(Pictures.Noise(1200, 900), Exif()), .. "the falcon lands at midnight"u8]);
    }

    private static byte[] Exif() => new Ifd().Ascii(0x10E, "Lagoon of Tuvalu viewpoint").Ascii(0x10F, "CanaryCam Optics").Ascii(0x110, "Mark IX Peregrine").Short(0x112, 1)
        .Sub(0x8825, SampleFiles.Gps(-8.5211, 179.1983).Ascii(0x1C, "Lagoon of Tuvalu viewpoint")).ToTiff(big: true);
}
