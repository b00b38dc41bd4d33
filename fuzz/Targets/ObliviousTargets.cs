using Candor.Hpke;
using Candor.Oblivious;

namespace Candor.Fuzz;

/// <summary>Oblivious HTTP: what a relay, a gateway and a client take from each other.</summary>
internal static class ObliviousTargets
{
    private static readonly byte[][] Numbers = [[0x00], [0x3F], [0x40, 0x00], [0x40, 0x64], [0x40, 0xC8], [0x7F, 0xFF], [0x80, 0, 0, 0], [0xBF, 0xFF, 0xFF, 0xFF], [0xC0, 0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x01, 0x61, 0x00], [0x00, 0x20], [0x00, 0x01]];

    private static readonly Lazy<GatewayKey> Key = new(() => new(1, new Secret32([.. Enumerable.Repeat((byte)7, Secret32.Size)])));

    private static readonly Lazy<SealedRequest> Exchange = new(() => SealedRequest.Seal(Key.Value.Config, Request())!);

    private static readonly Lazy<byte[]> Answer = new(() =>
    {
        Key.Value.Open(Exchange.Value.Bytes.Span, out var opened);
        using (opened) return opened!.Seal(Response());
    });

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("bhttp-request", "Read or refused; what is read is written so that it is read as the same.", () => [Request(), Open(2, [.. Request()[1..28], 0x01, 0x61, 0x01, 0x62, 0x00, 0x02, 0x63, 0x64, 0x00, 0x00])], bytes =>
        {
            if (!BinaryRequest.TryParse(bytes, out var request)) return;
            byte[] written = request.ToBytes();
            Claim.Holds(BinaryRequest.TryParse(written, out var again), "What was written is not read.");
            Claim.Same(written, again!.ToBytes(), "Written as other bytes.");
            Claim.Holds(request.Content.Length <= bytes.Length && request.ToBytes(512).Length % 512 == 0, "Longer than what it was read from.");
        }, "BinaryRequest.TryParse") { Pieces = Numbers },
        new("bhttp-response", "Read or refused; what is read is written so that it is read as the same.", () => [Response(), Open(3, [0x40, 0x66, 0x00, 0x40, 0xC8, 0x01, 0x61, 0x01, 0x62, 0x00, 0x01, 0x63, 0x00, 0x00])], bytes =>
        {
            if (!BinaryResponse.TryParse(bytes, out var response)) return;
            byte[] written = response.ToBytes();
            Claim.Holds(BinaryResponse.TryParse(written, out var again), "What was written is not read.");
            Claim.Same(written, again!.ToBytes(), "Written as other bytes.");
        }, "BinaryResponse.TryParse") { Pieces = Numbers },
        new("ohttp-keys", "Read or refused as a whole; each key that is read is written as a collection that is read as that key.", () => [Key.Value.Config.ToBytes(), [.. Key.Value.Config.ToBytes(), .. Key.Value.Config.ToBytes()]], bytes =>
        {
            if (!KeyConfig.TryParse(bytes, out var configs)) return;
            foreach (var config in configs)
            {
                Claim.Holds(config.Aeads.Count > 0 && config.PublicKey.Length == 32, "A key that cannot be used.");
                Claim.Holds(KeyConfig.TryParse(config.ToBytes(), out var again) && again.Count == 1, "What was written is not read.");
                Claim.Same(config.ToBytes(), again![0].ToBytes(), "Another key.");
            }
        }, "KeyConfig.TryParse") { Pieces = Numbers },
        new("ohttp-request", "Opens only what was sealed to this key.", () => [Exchange.Value.Bytes.ToArray()], bytes =>
        {
            var result = Key.Value.Open(bytes, out var opened);
            using (opened)
            {
                Claim.Holds((result == GatewayResult.Done) == (opened is not null), "A result without its request.");
                // Who holds the public key may seal; a fuzzer that changes bytes does not.
                if (opened is not null) Claim.Same(bytes, Exchange.Value.Bytes.ToArray(), "Bytes opened that nobody sealed.");
            }
        }, "GatewayKey.Open") { Pieces = Numbers },
        new("ohttp-response", "Opens only the answer to its request.", () => [Answer.Value], bytes =>
        {
            if (Exchange.Value.Open(bytes) is not null) Claim.Same(bytes, Answer.Value, "An answer that nobody gave.");
        }, "SealedRequest.Open", "AnswerCipher.Open") { Pieces = Numbers },
    ];

    private static byte[] Request() => new BinaryRequest("GET", "https", "cloud.example", "/a", [new("range", "bytes=0-9")], default).ToBytes();

    private static byte[] Response() => new BinaryResponse(200, [new("content-type", "text/plain")], "hello"u8.ToArray()).ToBytes();

    private static byte[] Open(byte framing, byte[] rest) => [framing, .. rest];
}
