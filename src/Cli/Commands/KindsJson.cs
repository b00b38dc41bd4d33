using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>{"kinds": {"contacts": "on", …}}: what on and off answer to a program.</summary>
internal static class KindsJson
{
    public static void Write(Session session, Device device) => session.Write(w =>
    {
        w.WriteStartObject("kinds"u8);
        foreach (var kind in Kinds.All) w.WriteString(kind.Word(), device.Account.IsOn(kind) ? "on" : "off");
        w.WriteEndObject();
    });
}
