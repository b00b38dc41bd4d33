using Candor.Hpke;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.Hostile;

namespace Candor.Tests.Sealing;

public sealed class AccountKeysTests : IDisposable
{
    private readonly Id _account = Id.Random();
    private readonly HolderSecret _device = HolderSecret.GenerateDevice();
    private readonly RootKeys _root;

    public AccountKeysTests() => _root = RootKeys.Generate(_account);

    public void Dispose()
    {
        _device.Dispose();
        _root.Dispose();
    }

    [Attack("K06")]
    [Fact]
    public void AHolderOpensTheRootKeyOfItsOwnWrapOnly()
    {
        using var other = HolderSecret.GenerateDevice();
        var keyring = _root.FirstKeyring([_device.Keys, other.Keys]);
        Assert.NotNull(keyring);
        var mine = keyring.Wraps.Single(w => w.Holder == _device.Id);
        using var opened = RootKeys.Open(_account, _device, mine, 1, None);
        Assert.NotNull(opened);
        Assert.Null(RootKeys.Open(_account, other, mine, 1, None));
        Assert.Null(RootKeys.Open(_account, other, mine with { Holder = other.Id }, 1, None));
        Assert.Null(RootKeys.Open(Id.Random(), _device, mine, 1, None));
        Assert.Null(_device.OpenRootKey(mine, _account, 2));
        Assert.Null(_device.OpenRootKey(mine with { Suite = 2 }, _account, 1));
    }

    [Attack("K05")]
    [Fact]
    public void EveryFlippedBitOfAWrapIsRefused()
    {
        var wrap = _root.FirstKeyring([_device.Keys])!.Wraps[0];
        for (int bit = 0; bit < 8 * Limits.Wrap; bit++)
        {
            byte[] bytes = wrap.Bytes.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            // X25519 ignores the top bit of a point: the encapsulation then is another text for the same point, and HPKE binds the text.
            Assert.Null(_device.OpenRootKey(wrap with { Bytes = bytes }, _account, 1));
        }
    }

    [Fact]
    public void TodaysHolderReadsWhatEveryEarlierEpochSealed()
    {
        byte[] first = _root.SealVaultKey(Kind.Notes, Secret32.Generate());
        var previous = new Dictionary<uint, ReadOnlyMemory<byte>>();
        Keyring? keyring = null;
        for (int i = 0; i < 3; i++)
        {
            keyring = _root.Rotate([_device.Keys]);
            previous[keyring!.Epoch] = keyring.Previous;
        }
        using var opened = RootKeys.Open(_account, _device, keyring!.Wraps[0], 4, previous);
        using var key = opened!.OpenVaultKey(Kind.Notes, 1, first);
        Assert.NotNull(key);
        Assert.Null(opened.OpenVaultKey(Kind.Photos, 1, first));
        Assert.Null(opened.OpenVaultKey(Kind.Notes, 2, first));

        previous[3] = previous[4];
        Assert.Null(RootKeys.Open(_account, _device, keyring.Wraps[0], 4, previous));
    }

    [Fact]
    public void TheSameWordsAreTheSameHolder()
    {
        using var phrase = RecoveryPhrase.Generate();
        using var one = HolderSecret.FromPhrase(phrase);
        Assert.Equal(PhraseResult.Read, RecoveryPhrase.TryRead(string.Join(' ', phrase.ToWords()), out var again, out _));
        using (again)
        using (var two = HolderSecret.FromPhrase(again!))
        {
            Assert.Equal(one.Id, two.Id);
            Assert.Equal(HolderType.Phrase, two.Keys.Type);
        }
        using var other = RecoveryPhrase.Generate();
        using var three = HolderSecret.FromPhrase(other);
        Assert.NotEqual(one.Id, three.Id);
    }

    [Fact]
    public void ADeviceKeyFileReadsBack()
    {
        Span<byte> bytes = stackalloc byte[64];
        _device.Export(bytes);
        using var again = HolderSecret.Import(HolderType.Device, bytes);
        Assert.Equal(_device.Id, again!.Id);
        bytes[..32].Clear();
        Assert.Null(HolderSecret.Import(HolderType.Device, bytes));
    }

    [Attack("K06", "C03", "C04", "C05", "C06")]
    [Fact]
    public void ARecordOpensOnlyWhereItBelongs()
    {
        using var vault = Vault(Kind.Notes);
        using var sameKeyOtherKind = new VaultKeys(_account, Kind.Photos, [new(1, new Secret32(_vaultKey))]);
        using var otherAccount = new VaultKeys(Id.Random(), Kind.Notes, [new(1, new Secret32(_vaultKey))]);
        Id record = Id.Random(), revision = Id.Random();
        byte[] plain = "a note"u8.ToArray();
        byte[] sealedRecord = new byte[VaultKeys.SealedRecordLength(plain.Length)];
        vault.SealRecord(record, revision, plain, sealedRecord);

        Assert.Equal(plain, vault.OpenRecord(record, revision, 1, sealedRecord, out var result));
        Assert.Equal(OpenResult.Opened, result);
        Assert.Null(vault.OpenRecord(revision, record, 1, sealedRecord, out result));
        Assert.Equal(OpenResult.WrongKey, result);
        Assert.Null(vault.OpenRecord(record, Id.Random(), 1, sealedRecord, out _));
        Assert.Null(vault.OpenRecord(record, revision, 2, sealedRecord, out _));
        Assert.Equal(-1, vault.OpenPiece(record, revision, 1, "blob", 0, [.. sealedRecord], out _));
        Assert.Null(sameKeyOtherKind.OpenRecord(record, revision, 1, sealedRecord, out _));
        Assert.Null(otherAccount.OpenRecord(record, revision, 1, sealedRecord, out _));
        Assert.Null(vault.OpenRecord(record, revision, 1, sealedRecord.AsSpan(1), out _));
    }

    [Attack("M03")]
    [Fact]
    public void RecordIdsSurviveARevocationAndSayNothingWithoutTheKey()
    {
        using var before = Vault(Kind.Messages);
        using var after = new VaultKeys(_account, Kind.Messages, [new(1, new Secret32(_vaultKey)), new(2, Secret32.Generate())]);
        using var elsewhere = new VaultKeys(Id.Random(), Kind.Messages, [new(1, new Secret32(_vaultKey))]);
        Assert.Equal(before.RecordId("m:hello"u8), after.RecordId("m:hello"u8));
        Assert.Equal(before.ContentId("photo"u8), after.ContentId("photo"u8));
        Assert.NotEqual(before.RecordId("m:hello"u8), elsewhere.RecordId("m:hello"u8));
        Assert.NotEqual(before.RecordId("m:hello"u8), before.RecordId("m:hullo"u8));
        Assert.Equal(2u, after.NewestEpoch);
    }

    [Fact]
    public void NamesOfHoldersReadBackUnderTheirEpoch()
    {
        byte[] name = _root.SealName(_device.Id, "Ada's phone 📱");
        Assert.Equal("Ada's phone 📱", _root.OpenName(_device.Id, 1, name));
        Assert.Null(_root.OpenName(Id.Random(), 1, name));
        Assert.Equal("", _root.OpenName(_device.Id, 1, []));
        Assert.Throws<ArgumentException>(() => _root.SealName(_device.Id, new string('x', 513)));
    }

    [Fact]
    public void NoSecretShowsInText()
    {
        using var vault = Vault(Kind.Notes);
        Assert.All(new object[] { _device, _root, vault }, o => Assert.Equal("[secret]", o.ToString()));
    }

    private readonly byte[] _vaultKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private static Dictionary<uint, ReadOnlyMemory<byte>> None => [];

    private VaultKeys Vault(Kind kind) => new(_account, kind, [new(1, new Secret32(_vaultKey))]);
}
