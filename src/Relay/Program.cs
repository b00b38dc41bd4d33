using Candor.Relay;

// candor-relay --gateway https://cloud.example/ohttp [--urls http://127.0.0.1:8791]
// Exit codes: 0 ended, 2 wrong usage, 3 it cannot run as it is.
string? gateway = null, urls = "http://127.0.0.1:8791";
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--gateway": gateway = value; break;
        case "--urls": urls = value; break;
        default: gateway = ""; i = args.Length; break;
    }
}
if (!Uri.TryCreate(gateway, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http") || address.Query.Length > 0 || address.UserInfo.Length > 0)
{
    await Console.Error.WriteLineAsync("candor-relay --gateway https://cloud.example/ohttp [--urls http://127.0.0.1:8791]: carries sealed requests to that gateway and answers back, and nothing of who sent them. It proves nothing where whoever runs it runs the gateway too.").ConfigureAwait(false);
    return 2;
}
try
{
    var server = RelayServer.Open(address, urls);
    await using (server.ConfigureAwait(false))
    {
        await server.StartAsync().ConfigureAwait(false);
        await Console.Out.WriteLineAsync($"Relay to {address} at {urls}").ConfigureAwait(false);
        await server.WaitAsync().ConfigureAwait(false);
    }
    return 0;
}
catch (Exception e) when (e is InvalidOperationException or IOException or ArgumentException or FormatException)
{
    await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
    return 3;
}
