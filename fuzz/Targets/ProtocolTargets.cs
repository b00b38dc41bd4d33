using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Fuzz;

/// <summary>What travels: every message has one encoding, so that what is read writes back to the very bytes.</summary>
internal static class ProtocolTargets
{
    private const string SameBytes = "What was read is encoded as other bytes.";

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Message("commit", () => VectorSeeds.Bytes("commit.json", "body"), Commits, "Commit.TryDecode"),
        Message("leaf", () => VectorSeeds.Bytes("history.json", "leaf"), bytes =>
        {
            if (!Leaf.TryDecode(bytes, out var leaf)) return;
            Claim.Same(bytes, leaf.Encode(), SameBytes);
            Claim.Holds(leaf.Body.Length <= Limits.Commit, "A body beyond its limit.");
            Commits(leaf.Body.ToArray());
        }, "Leaf.TryDecode"),
        Message("push", Pushes, bytes =>
        {
            if (!Push.TryDecode(bytes, out var push)) return;
            Claim.Same(bytes, push.Encode(), SameBytes);
            Claim.Holds(push.Leaf.Length <= Limits.Leaf && push.Bundle.Length <= Limits.Bundle && push.Vaults.Count <= Kinds.All.Count, "A part beyond its limit.");
        }, "Push.TryDecode"),
        Message("put-back", PutBacks, bytes =>
        {
            if (!PutBack.TryDecode(bytes, out var sent)) return;
            Claim.Same(bytes, sent.Encode(), SameBytes);
            Claim.Holds(sent.Leaf.Length <= Limits.Leaf && sent.Bundle.Length <= Limits.Bundle && sent.Gone.Count <= Limits.Operations && sent.Vaults.Count <= Kinds.All.Count, "A part beyond its limit.");
        }, "PutBack.TryDecode"),
        Message("pull-item", PullItems, bytes =>
        {
            if (!PullItem.TryDecode(bytes, out var item)) return;
            Claim.Same(bytes, item.Encode(), SameBytes);
            Claim.Holds(CborSequence.Measure(bytes, PullItem.Longest) == bytes.Length, "An item that is read, but measured otherwise.");
        }, "PullItem.TryDecode"),
        Message("cbor-sequence", PullItems, Sequence, "CborSequence.Measure"),
        Message("places", () => [RequestLists.EncodePlaces([new(0, 0), new(7, 4095), new(long.MaxValue, 1)]), RequestLists.EncodePlaces([])], bytes =>
        {
            if (RequestLists.TryDecodePlaces(bytes, out var places)) Claim.Same(bytes, RequestLists.EncodePlaces(places), SameBytes);
        }, "RequestLists.TryDecodePlaces"),
        Message("names", () => [RequestLists.EncodeNames([Hash32.Of("a"u8), Hash32.Of("b"u8)]), RequestLists.EncodeNames([])], bytes =>
        {
            if (RequestLists.TryDecodeNames(bytes, out var names)) Claim.Same(bytes, RequestLists.EncodeNames(names), SameBytes);
        }, "RequestLists.TryDecodeNames"),
        Message("usage", () => [Usage(false), Usage(true)], bytes =>
        {
            if (Candor.Protocol.Usage.TryDecode(bytes, out var usage)) Claim.Holds(usage is { Blobs: >= 0, Bytes: >= 0, Quota: >= 0, Commits: >= 0 }, "A number below 0.");
        }, "Usage.TryDecode") with { Promise = "Read or refused; no number is below 0." },
        Message("recovery-answer", () => [new RecoveryAnswer(1, new(1_795_000_000_000, 2), null, 0).Encode(), new RecoveryAnswer(7, default, Id.From(new byte[Id.Size]), 259_200).Encode()], bytes =>
        {
            if (RecoveryAnswer.TryDecode(bytes, out var answer)) Claim.Same(bytes, answer.Encode(), SameBytes);
        }, "RecoveryAnswer.TryDecode"),
        Message("pairing-offer", () => VectorSeeds.Bytes("pairing.json", "message", "offer"), bytes =>
        {
            if (PairingOffer.TryDecode(bytes, out var offer)) Claim.Same(bytes, offer.Encode(), SameBytes);
        }, "PairingOffer.TryDecode"),
        Message("pairing-reveal", () => VectorSeeds.Bytes("pairing.json", "message", "reveal"), bytes =>
        {
            if (!PairingReveal.TryDecode(bytes, out var reveal)) return;
            Claim.Same(bytes, reveal.Encode(), SameBytes);
            Claim.Holds(PairingRules.IsName(reveal.Name), "A name that is none.");
        }, "PairingReveal.TryDecode"),
        Message("pairing-messages", () => VectorSeeds.Bytes("pairing.json", "message", "messages"), bytes =>
        {
            if (!PairingMessages.TryDecode(bytes, out var sent)) return;
            Claim.Holds(new[] { sent.Offer, sent.Reveal, sent.Welcome }.All(m => m is null or { Length: > 0 and <= PairingRules.LongestMessage }), "A message beyond its limit.");
        }, "PairingMessages.TryDecode") with { Promise = "Read or refused; every message is within its limit." },
        new("request-headers", "Digest, signature and holder headers have one spelling: what is read is written as the same text.",
            () => [.. VectorSeeds.Utf8("http.json", "holder_text"), .. VectorSeeds.Utf8("http.json", "content_digest_text"), .. Signatures()],
            bytes => Targets.AsText(bytes, Headers), "RequestSignature.TryParse", "RequestSignature.TryParseDigest", "HolderKeys.TryParseHeader",
            "Hash32.TryParse", "Hash32.TryParseHex", "Hash32.TryParseBase64", "Id.TryParse", "Kinds.TryParse") { Pieces = Targets.TextPieces },
    ];

    private static FuzzTarget Message(string name, Func<byte[][]> seeds, Action<byte[]> check, params string[] covers) =>
        new(name, "One encoding: what is read is written as the same bytes, and every part is within its limit.", seeds, check, [.. covers, "Cbor.TryDecode"]) { Pieces = Targets.CborPieces };

    private static void Commits(byte[] body)
    {
        bool read = Commit.TryDecode(body, out var commit, out string? error);
        Claim.Holds(read == error is null, "Read and refused at once.");
        if (!read) return;
        Claim.Same(body, commit!.Encode(), SameBytes);
        var places = Bundle.Places(commit, new HashSet<int>());
        Claim.Holds(places.Count <= commit.Operations.Count && commit.Operations.Count <= Limits.Operations, "More operations than allowed.");
    }

    private static byte[][] Pushes()
    {
        byte[][] leaves = VectorSeeds.Bytes("history.json", "leaf");
        return [.. leaves.Take(6).Select(leaf => new Push(leaf, new byte[200], [new byte[Limits.SealedKey]]).Encode())];
    }

    private static byte[][] PutBacks() =>
        [.. VectorSeeds.Bytes("history.json", "leaf").Take(4).Select((leaf, i) => new PutBack(leaf, new byte[50 * i], i == 0 ? [] : [0, 7], [new byte[Limits.SealedKey], default]).Encode())];

    private static byte[][] PullItems()
    {
        byte[][] leaves = VectorSeeds.Bytes("history.json", "leaf");
        return
        [
            .. leaves.Take(4).Select((leaf, i) => new PulledLeaf(i, leaf, i % 2 == 0 ? null : new byte[100], i == 0 ? [] : [1, 5]).Encode()),
            .. VectorSeeds.Texts("checkpoint.json", "note_text", "open").Take(2).Select(note => new PulledCheckpoint(note).Encode()),
            new PulledRestore("s/restored\n").Encode(),
        ];
    }

    /// <summary>A prefix never has another length than the whole, and more bytes never turn "refused" into something else.</summary>
    private static void Sequence(byte[] bytes)
    {
        const int longest = 1 << 16;
        int whole = CborSequence.Measure(bytes, longest);
        Claim.Holds(whole >= -1 && whole <= Math.Min(bytes.Length, longest), "A length outside the bytes.");
        for (int cut = 0; cut < bytes.Length; cut += 1 + (bytes.Length / 16))
        {
            int part = CborSequence.Measure(bytes.AsSpan(0, cut), longest);
            if (part != 0) Claim.Holds(part == whole, "A prefix is measured otherwise than the whole.");
        }
    }

    private static byte[] Usage(bool more)
    {
        var w = Cbor.Writer();
        w.WriteStartMap(more ? 5 : 4);
        foreach (string key in (string[])["blobs", "bytes", "quota", "commits"])
        {
            w.WriteTextString(key);
            w.WriteInt64(key.Length);
        }
        if (more)
        {
            w.WriteTextString("later");
            w.WriteTextString("unknown");
        }
        w.WriteEndMap();
        return w.Encode();
    }

    private static IEnumerable<byte[]> Signatures() => VectorSeeds.Cases("http.json").Where(c => c.TryGetProperty("signature_input_text", out _) && c.TryGetProperty("signature_text", out _))
        .Select(c => Encoding.UTF8.GetBytes(c.GetProperty("signature_input_text").GetString() + "\n" + c.GetProperty("signature_text").GetString()));

    private static void Headers(string text)
    {
        const string same = "A header with a second spelling.";
        if (RequestSignature.TryParseDigest(text, out var digest)) Claim.Holds(RequestSignature.ContentDigest(digest) == text, same);
        if (HolderKeys.TryParseHeader(text, out var keys)) Claim.Holds(keys.ToHeader() == text, same);
        if (Id.TryParse(text, out var id)) Claim.Holds(id.ToString() == text, same);
        if (Hash32.TryParseHex(text, out var hash)) Claim.Holds(hash.ToString() == text, same);
        if (Hash32.TryParseBase64(text, out hash)) Claim.Holds(hash.ToBase64() == text, same);
        if (Kinds.TryParse(text, out var kind)) Claim.Holds(Enum.IsDefined(kind), "A kind that is none.");
        int newline = text.IndexOf('\n', StringComparison.Ordinal);
        if (newline < 0 || !RequestSignature.TryParse(text[..newline], text[(newline + 1)..], out var signature)) return;
        Claim.Holds(RequestSignature.FormatInput(signature.Created, signature.Nonce, signature.KeyId) == text[..newline], same);
        Claim.Holds(RequestSignature.FormatSignature(signature.Signature.Span) == text[(newline + 1)..], same);
        Claim.Holds(signature.Created.ToString(CultureInfo.InvariantCulture).Length <= 19, same);
    }
}
