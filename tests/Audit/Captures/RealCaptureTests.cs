using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Packets;

namespace Candor.Tests.Audit.Captures;

/// <summary>What others' captures hold, as tshark and a separate decoder saw it.</summary>
public class RealCaptureTests
{
    public static TheoryData<string> Names() => Directory.Exists(RealCaptures.Folder) ? [.. Directory.GetFiles(RealCaptures.Folder, "*.pcap*").Select(f => Path.GetFileName(f)).Order()] : ["android.pcap"];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryByteOfEveryCaptureHasAPlace(string name)
    {
        var result = RealCaptures.Read(name);
        Assert.Null(result.Files[0].Fault);
        Assert.True(result.Conversations.Count > 0);
        Assert.NotEmpty(result.Owners);
    }
}
