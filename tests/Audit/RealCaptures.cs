using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Packets;

namespace Candor.Tests.Audit;

/// <summary>Captures that others made, beside the checkout. They are not ours to ship: where they are not, their tests are skipped and say so.</summary>
internal static class RealCaptures
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(Checkout.Root, "..", "shared", "captures"));

    public static string Of(string name)
    {
        string path = Path.Combine(Folder, name);
        if (!File.Exists(path)) Assert.Skip($"{path} is not here: real captures are not part of the project.");
        return path;
    }

    /// <summary>Reads it, and checks that every byte is accounted for.</summary>
    public static AuditResult Read(string name, Layering? layering = null, params string[] owners)
    {
        byte[] bytes = File.ReadAllBytes(Of(name));
        return ReadBytes(bytes, layering, owners);
    }

    public static AuditResult ReadBytes(byte[] bytes, Layering? layering = null, params string[] owners)
    {
        var run = new AuditRun(WithoutKeys(layering), [.. owners.Select(o => Address.TryRead(o)!.Value)]);
        Assert.True(run.TryRead(new MemoryStream(bytes), "capture", TestContext.Current.CancellationToken), "It is no capture.");
        var result = run.Finish();
        Assert.Equal(bytes[0] == 0x1F ? result.Files[0].Bytes.Total : bytes.Length, result.Files[0].Bytes.Total);
        AddsUp(result);
        return result;
    }

    /// <summary>All layers, and no keys where the test has none.</summary>
    public static Layering WithoutKeys(Layering? layering = null)
    {
        layering ??= new();
        if (layering.Tls is null) Decryption.AddTo(layering, new KeyLog());
        return layering;
    }

    /// <summary>The file's bytes are its packets' and its framing; the packets' are the conversations' and what is around them; a conversation's are headers, repetitions and classes.</summary>
    public static void AddsUp(AuditResult result)
    {
        Assert.Equal(result.Files.Sum(f => f.Bytes.Packets), result.Files.Sum(f => f.Packets.Total));
        var all = result.Conversations.Concat(result.Folded).ToList();
        Assert.Equal(result.Files.Sum(f => f.Packets.Ip), all.Sum(c => c[Side.Client].IpBytes + c[Side.Server].IpBytes));
        foreach (var conversation in all)
        {
            foreach (var side in (Side[])[Side.Client, Side.Server])
            {
                var sums = conversation[side];
                var classes = conversation.Tally[side];
                Assert.True(classes[ByteClass.Explained] >= 0 && classes[ByteClass.Identified] >= 0 && classes[ByteClass.Undetermined] >= 0 && classes[ByteClass.Damaged] >= 0, $"{conversation.Number} {side}: below zero");
                Assert.True(sums.Payload == sums.Repeated + classes.Total,
                    $"{conversation.Number} {conversation.Client} {conversation.Server} {string.Join('+', conversation.Layers)} {side}: payload {sums.Payload}, repeated {sums.Repeated}, classes {classes.Total}");
            }
        }
        Assert.Equal(all.Sum(c => c[Side.Client].IpBytes + c[Side.Server].IpBytes), result.Up.Ip + result.Down.Ip + result.Others.Ip);
    }
}
