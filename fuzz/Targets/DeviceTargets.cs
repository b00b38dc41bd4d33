using System.Text;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Client.Pairing;
using Candor.Hpke;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Fuzz;

/// <summary>What a device keeps of itself: files that a disk, a copy or a restored home may have damaged.</summary>
internal static class DeviceTargets
{
    private static readonly byte[] KeyBytes = [.. Enumerable.Range(1, 64).Select(i => (byte)i)];

    private static byte[] IndexContext => SealingContext.Of(Id.Zero, Kind.None, Id.Zero, Id.Zero, 0, "local/folder");

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("device-key-file", "Read or refused by name; what is read is written and read again as the same.", () => [KeyFile(false), KeyFile(true)], bytes =>
        {
            if (KeysOf(bytes) is not { } keys) return;
            byte[] written = Written(keys);
            Claim.Holds(KeysOf(written) is { } again && Written(again).AsSpan().SequenceEqual(written), "Written it is another file.");
        }, "DeviceKeyFile.Read", "DeviceKeyFile.Decode", "Cbor.TryDecode") { Pieces = Targets.CborPieces },
        new("folder-index", "A damaged index is empty; one that is read names kinds, uses and sizes that there are.", () => [Index()], bytes =>
        {
            using var key = new Secret32(KeyBytes.AsSpan(0, 32));
            byte[] sealedBytes = new byte[Cobblestone.SealedLength(bytes.Length)];
            Cobblestone.Seal(key, IndexContext, bytes, sealedBytes);
            var index = InFile(sealedBytes, path => FolderIndex.Load(path, key));
            if (!index.WasThere)
            {
                Claim.Holds(index.Entries.Count + index.Applied.Count + index.Removals.Count + index.Troubles.Count == 0, "A refused index that is not empty.");
                return;
            }
            Claim.Holds(index.Entries.Values.All(e => Enum.IsDefined(e.Kind) && Enum.IsDefined(e.Use)), "An entry of no kind or use.");
            Claim.Holds(index.Entries.Values.All(e => e is { Size: >= 0, Items: >= 0, Failed: >= 0, Base: { Index: >= 0, Op: >= 0 } }), "An entry of less than nothing.");
            Claim.Holds(index.Applied.All(a => a.Value >= 0 && Kinds.IsVault(a.Key)) && index.Removals.All(r => r.Count >= 0), "A count below 0.");
        }, "FolderIndex.Load"),
        new("typed-words", "Words that a person typed are a phrase or refused with a sentence.", () => VectorSeeds.Utf8("phrase.json", "typed_text"), bytes => Targets.AsText(bytes, text =>
        {
            try
            {
                using var phrase = RecoveryWords.Read(text);
                Claim.Holds(phrase.ToWords().Length == RecoveryPhrase.WordCount, "A phrase of another length.");
            }
            catch (DeviceException e)
            {
                Claim.Holds(e.Message.Length > 0, "A refusal that says nothing.");
            }
        }), "RecoveryWords.Read") { Pieces = Targets.TextPieces },
        new("typed-secret", "An account secret that a person typed is read or refused with a sentence.", () => VectorSeeds.Utf8("password.json", "typed_text"), bytes => Targets.AsText(bytes, text =>
        {
            try
            {
                using var secret = Passwords.ReadSecret(text);
                Claim.Holds(Passwords.SecretTrouble(secret.ToText()) is null, "A secret that is refused as it is shown.");
            }
            catch (DeviceException e)
            {
                Claim.Holds(e.Message.Length > 0, "A refusal that says nothing.");
            }
        }), "Passwords.ReadSecret") { Pieces = Targets.TextPieces },
    ];

    private static DeviceKeyFile? KeysOf(byte[] bytes) => InFile(bytes, path =>
    {
        try
        {
            return DeviceKeyFile.Read(path);
        }
        catch (DeviceException)
        {
            return null;
        }
    });

    private static byte[] Written(DeviceKeyFile keys)
    {
        using (keys)
        {
            return InFile([], path =>
            {
                keys.Write(path);
                return File.ReadAllBytes(path);
            });
        }
    }

    private static byte[] KeyFile(bool withHead)
    {
        var vkey = VectorSeeds.Texts("note.json", "vkey_text", "vkey").Select(t => NoteVerifierKey.TryParse(t, out var key, out _) ? key : null).OfType<NoteVerifierKey>().First();
        TrustedHead? head = null;
        if (withHead && !TrustedHead.TryParse(Encoding.UTF8.GetString(LedgerTargets.Heads()[0]), out head)) throw new InvalidDataException("No head.");
        var me = HolderSecret.Import(HolderType.Device, KeyBytes) ?? throw new InvalidDataException("No keys.");
        return Written(new(me, new Secret32(KeyBytes.AsSpan(0, 32)), new Id(7), new Uri("https://home.example:8443/"), vkey, head));
    }

    private static byte[] Index()
    {
        using var key = new Secret32(KeyBytes.AsSpan(0, 32));
        byte[] sealedBytes = InFile([], path =>
        {
            var index = FolderIndex.Load(path, key);
            index.Applied[Kind.Notes] = 12;
            index.Removals.Add((Kind.Contacts, 1714564800000, 3));
            index.Troubles.Add(new(Kind.Photos, "IMG_1.HEIC", "It cannot be read."));
            index.Set(new("notes/a.md", Kind.Notes, EntryUse.Record, 12, 5, new Id(1), new(3, 1), new Id(2), 1, 0));
            index.Set(new("photos/2024/05/b.jpg", Kind.Photos, EntryUse.Record, 1 << 20, 6, new Id(3), new(4, 0), new Id(4), 1, 0) { NoPreview = true });
            index.Save();
            return File.ReadAllBytes(path);
        });
        byte[] plain = new byte[Cobblestone.PlainLength(sealedBytes.Length)!.Value];
        if (Cobblestone.Open(key, IndexContext, sealedBytes, plain, out _) != OpenResult.Opened) throw new InvalidDataException("The index does not open.");
        return plain;
    }

    /// <summary>Lays bytes into a file of its own for as long as <paramref name="use"/> needs it.</summary>
    private static T InFile<T>(byte[] bytes, Func<string, T> use)
    {
        var folder = Directory.CreateTempSubdirectory("candor-fuzz-");
        try
        {
            string path = Path.Combine(folder.FullName, "file");
            File.WriteAllBytes(path, bytes);
            return use(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
