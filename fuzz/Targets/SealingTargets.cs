using Candor.Hpke;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Fuzz;

/// <summary>What is sealed: only the bytes that were sealed open, whole and in a stream alike.</summary>
internal static class SealingTargets
{
    private static readonly byte[] Context = "candor/v1 test"u8.ToArray();
    private static readonly byte[] KeyBytes = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private static readonly Lazy<byte[][]> Sealed = new(() => [.. new[] { 0, 1, 300, 16_384, 16_385 }.Select(Seal)]);
    private static readonly Lazy<byte[][]> Wrapped = new(() => [.. new[] { 0, 32, 100 }.Select(WrapTo)]);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("sealed", "Only the bytes that were sealed open; what does not leaves nothing behind; whole, in place and in a stream give the same answer.", () => Sealed.Value, Open, "Cobblestone.Open",
            "Cobblestone.OpenInPlace", "SealedReader.Open"),
        new("padding", "What unpads pads to the same bytes.", () => [.. new[] { 0, 5, 255, 256, 1000 }.Select(Padded)], bytes =>
        {
            if (!Padding.TryUnpad(bytes, out int plain)) return;
            Claim.Holds(plain >= 0 && plain < bytes.Length, "A length outside the bytes.");
            byte[] again = [.. bytes];
            again.AsSpan(plain).Fill(0xAA);
            Padding.Pad(again, plain);
            Claim.Same(bytes, again, "Padded again it is other bytes.");
        }, "Padding.TryUnpad"),
        new("hpke", "Only the bytes that were sealed to a key open with it.", () => Wrapped.Value, bytes =>
        {
            using Secret32 key = new(KeyBytes);
            byte[] destination = new byte[Math.Max(0, bytes.Length - HpkeBase.Overhead)];
            if (HpkeBase.Open(1, key, Context, [], bytes, destination) == HpkeResult.Done) Claim.Holds(Among(Wrapped.Value, bytes), "Bytes opened that nobody sealed.");
        }, "HpkeBase.Open"),
        new("phrase", "What reads as a phrase is written as its words, and read again as the same.", () => VectorSeeds.Utf8("phrase.json", "typed_text"),
            bytes => Targets.AsText(bytes, Phrase), "RecoveryPhrase.TryRead") { Pieces = Targets.TextPieces },
        new("account-secret", "What reads as an account secret is written as its letters, and read again as the same.", () => VectorSeeds.Utf8("password.json", "typed_text"), bytes => Targets.AsText(bytes, text =>
        {
            var result = AccountSecret.TryRead(text, out var read, out int unknown);
            Claim.Holds((read is not null) == (result == AccountSecretResult.Read) && (unknown >= 0) == (result == AccountSecretResult.UnknownLetter), "An answer that does not fit what came with it.");
            if (read is null) return;
            Claim.Holds(AccountSecret.TryRead(read.ToText(), out var again, out _) == AccountSecretResult.Read && again!.ToText() == read.ToText(), "Written and read again it is another.");
        }), "AccountSecret.TryRead", "HandText.TryRead") { Pieces = Targets.TextPieces },
        new("share", "What reads as a share is written as its letters, and read again as the same.", () => [.. VectorSeeds.Utf8("shares.json", "typed_text")], bytes => Targets.AsText(bytes, text =>
        {
            var result = SecretShare.TryRead(text, out var read, out int unknown);
            Claim.Holds((read is not null) == (result == ShareResult.Read) && (unknown >= 0) == (result == ShareResult.UnknownLetter), "An answer that does not fit what came with it.");
            if (read is null) return;
            Claim.Holds(read.Needed is >= 2 and <= SecretShares.Most && read.Number is >= 1 and <= SecretShares.Most, "Numbers that no share has.");
            Claim.Holds(SecretShare.TryRead(read.ToText(), out var again, out _) == ShareResult.Read && again!.ToText() == read.ToText(), "Written and read again it is another.");
            Claim.Holds(SecretShares.TryJoin([read, again!], out var holder) == SharesResult.TooFew && holder is null, "One share is enough.");
        }), "SecretShare.TryRead", "SecretShares.TryJoin") { Pieces = Targets.TextPieces },
        new("welcome", "Only the welcome that was sealed for this pairing opens.", () => VectorSeeds.Bytes("pairing.json", "message", "welcome"), OpenWelcome, "Welcome.TryOpen") { Pieces = Targets.CborPieces },
    ];

    private static byte[] Seal(int length)
    {
        using Secret32 key = new(KeyBytes);
        byte[] bytes = new byte[Cobblestone.SealedLength(length)];
        Cobblestone.Seal(key, Context, new byte[length], bytes);
        return bytes;
    }

    private static byte[] WrapTo(int length)
    {
        using Secret32 key = new(KeyBytes);
        byte[] bytes = new byte[length + HpkeBase.Overhead];
        HpkeBase.Seal(1, HpkeBase.PublicKeyOf(key), Context, [], new byte[length], bytes);
        return bytes;
    }

    private static byte[] Padded(int length)
    {
        byte[] padded = new byte[Padding.PaddedRecordLength(length)];
        padded.AsSpan(0, length).Fill(0x61);
        Padding.Pad(padded, length);
        return padded;
    }

    private static void Open(byte[] bytes)
    {
        using Secret32 key = new(KeyBytes);
        byte[] destination = new byte[bytes.Length];
        var whole = Cobblestone.Open(key, Context, bytes, destination, out int written);
        if (whole == OpenResult.Opened) Claim.Holds(Among(Sealed.Value, bytes), "Bytes opened that nobody sealed.");
        else Claim.Holds(written == 0 && !destination.AsSpan().ContainsAnyExcept((byte)0), "A refused opening left bytes behind.");
        byte[] place = [.. bytes];
        var inPlace = Cobblestone.OpenInPlace(key, Context, place, out int there);
        Claim.Holds(whole == inPlace && there == written, $"Whole it is {whole}, in place {inPlace}.");
        Claim.Holds(place.AsSpan(0, there).SequenceEqual(destination.AsSpan(0, written)) && !place.AsSpan(there).ContainsAnyExcept((byte)0), "In place other bytes stand there.");
        var streamed = SealedReader.Open(key, Context, new MemoryStream(bytes), out var reader);
        using (reader)
        {
            if (streamed == OpenResult.Opened) streamed = reader!.CopyTo(Stream.Null);
        }
        Claim.Holds(whole == streamed, $"Whole it is {whole}, in a stream {streamed}.");
    }

    private static void Phrase(string typed)
    {
        var result = RecoveryPhrase.TryRead(typed, out var phrase, out int unknownWord);
        using (phrase)
        {
            Claim.Holds(result == PhraseResult.UnknownWord == unknownWord is >= 0 and < RecoveryPhrase.WordCount, "An unknown word without a place.");
            if (result != PhraseResult.Read) return;
            string words = string.Join(' ', phrase!.ToWords());
            Claim.Holds(RecoveryPhrase.TryRead(words, out var again, out _) == PhraseResult.Read, "Its own words are not read.");
            using (again) Claim.Holds(phrase.Entropy.FixedTimeEquals(again!.Entropy), "Its own words are another phrase.");
        }
    }

    private static void OpenWelcome(byte[] bytes)
    {
        var c = VectorSeeds.Case("pairing.json", "welcome");
        using var me = HolderSecret.Import(HolderType.Device, c.Hex("secret")) ?? throw new InvalidDataException("The vector's secret is none.");
        if (!PairingOffer.TryDecode(c.Hex("offer"), out var offer)) throw new InvalidDataException("The vector's offer is none.");
        if (!Welcome.TryOpen(bytes, me, offer, new Hash32(c.Hex("h")), out _)) return;
        Claim.Holds(Among(VectorSeeds.Bytes("pairing.json", "message", "welcome"), bytes), "A welcome opened that nobody sealed.");
    }

    private static bool Among(byte[][] known, byte[] bytes) => known.Any(k => k.AsSpan().SequenceEqual(bytes));
}
