namespace Candor.Formats.Messages;

/// <summary>Where the export puts a part's data: under "data/" and the last segment of the part's <c>_data</c>.</summary>
internal static class SmsIePath
{
    internal const string Lines = "messages.ndjson";
    internal const string Folder = "data/";

    /// <summary>The last segment as Android's Uri gives it: up to "?" or "#", escapes resolved.</summary>
    internal static string LastSegment(string path)
    {
        int end = path.AsSpan().IndexOfAny('?', '#');
        return Uri.UnescapeDataString(PlainSegment(end < 0 ? path : path[..end]));
    }

    /// <summary>What stands behind the last slash, as it is.</summary>
    internal static string PlainSegment(string path) => path[(path.LastIndexOf('/') + 1)..];
}
