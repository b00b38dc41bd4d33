using System.CommandLine;
using System.CommandLine.Parsing;

namespace Candor.Cli.Commands;

/// <summary>The argument SERVER: a name or an address as a person types it.</summary>
internal static class ServerArgument
{
    public static Argument<Uri> Make() => new("SERVER")
    {
        Description = "its name or address: cloud.example, 192.168.1.20:8787, https://…",
        CustomParser = Parse,
    };

    /// <summary>The option --relay of commands that ask for nothing but what is public.</summary>
    public static Option<Uri?> Relay() => new("--relay")
    {
        HelpName = "URL",
        Description = "ask through this relay: the server does not learn who asks, the relay not for what",
        CustomParser = Parse,
    };

    /// <summary>Whether what is not sealed anyway (who talks, when, how much) can be seen on the way.</summary>
    public static bool IsReadableOnTheWay(Uri server) => server.Scheme == Uri.UriSchemeHttp && !server.IsLoopback;

    /// <summary>https unless http is typed or the server is on this machine. Null: no address.</summary>
    internal static Uri? Read(string typed)
    {
        bool bare = !typed.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(bare ? $"https://{typed}" : typed, UriKind.Absolute, out var server)) return null;
        if (bare && server.IsLoopback) server = new($"http://{typed}");
        bool plain = server.Scheme is "http" or "https" && server.AbsolutePath == "/" && server.Query.Length == 0 && server.Fragment.Length == 0 && server.UserInfo.Length == 0;
        return plain && server.Host.Length > 0 ? server : null;
    }

    private static Uri? Parse(ArgumentResult result)
    {
        if (Read(result.Tokens[0].Value) is { } server) return server;
        result.AddError($"\"{result.Tokens[0].Value}\" is no address of a server: give a name like cloud.example, or https://cloud.example:8787.");
        return null;
    }
}
