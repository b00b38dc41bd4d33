using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Cli;

/// <summary>What is known of a device's server without asking it: its name. Region and law are the server's to say.</summary>
internal static class ServerFacts
{
    public static Task<ServerInfo> AskServerAsync(this Device device, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.FromResult(new ServerInfo(device.ServerName, "", "", "", "", "", new(0, 0, 0, 0, 0, 0, 0)));
    }
}
