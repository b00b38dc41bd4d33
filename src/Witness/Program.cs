using Candor.Witness;

// candor-witness --data DIR [--name NAME] [--urls http://127.0.0.1:8790]
// DIR/logs names the logs that it follows, a line each: log VKEY. Exit codes: 0 ended, 2 wrong usage, 3 it cannot run as it is.
string? data = null, name = null, urls = "http://127.0.0.1:8790";
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--data": data = value; break;
        case "--name": name = value; break;
        case "--urls": urls = value; break;
        default: data = ""; i = args.Length; break;
    }
}
if (string.IsNullOrEmpty(data))
{
    await Console.Error.WriteLineAsync("candor-witness --data DIR [--name NAME] [--urls http://127.0.0.1:8790]: cosigns what other people's logs say, so that none of them can say two things. DIR/logs names them: log VKEY.").ConfigureAwait(false);
    return 2;
}
try
{
    var server = WitnessServer.Open(data, name, urls, TimeProvider.System);
    await using (server.ConfigureAwait(false))
    {
        await server.StartAsync().ConfigureAwait(false);
        await Console.Out.WriteLineAsync($"Witness {server.Key} at {urls}").ConfigureAwait(false);
        await server.WaitAsync().ConfigureAwait(false);
    }
    return 0;
}
catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException or ArgumentException)
{
    await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
    return 3;
}
