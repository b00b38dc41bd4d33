using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>
/// What a log says of itself at one moment: its origin, how many entries it has, and the root over them (C2SP tlog-checkpoint).
/// </summary>
/// <remarks>The text only. What a stranger sent becomes a checkpoint to rely on through <see cref="LogVerifier"/>.</remarks>
public sealed record Checkpoint
{
    /// <summary>Bytes of an account's id, written as 32 hex digits in the origin of its log.</summary>
    public const int AccountIdSize = 16;

    /// <exception cref="ArgumentException">The origin is not one line of text, or the size is negative.</exception>
    public Checkpoint(string origin, long size, Hash32 root)
    {
        if (!NoteText.IsLine(origin)) throw new ArgumentException("An origin is one line of text, not empty.", nameof(origin));
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Origin = origin;
        Size = size;
        Root = root;
    }

    /// <summary>Names the log; compared byte by byte. Any text of one line: no host, no shape may be assumed.</summary>
    public string Origin { get; }

    /// <summary>Entries in the log.</summary>
    public long Size { get; }

    public Hash32 Root { get; }

    /// <summary>
    /// Lines after the third as they were read, each with its newline; empty for ours. They are kept to be shown and never written.
    /// </summary>
    public string ExtensionLines { get; private init; } = "";

    /// <summary>
    /// Origin of an account's log: <c>server name/accounts/32 hex digits</c>. Its checkpoints are signed by the key named as the server.
    /// </summary>
    /// <exception cref="ArgumentException">The server's name could not name a key, or the id is not 16 bytes.</exception>
    public static string AccountOrigin(string serverName, ReadOnlySpan<byte> accountId)
    {
        if (!NoteText.IsKeyName(serverName)) throw new ArgumentException("A server's name has no white space and no plus sign.", nameof(serverName));
        if (accountId.Length != AccountIdSize) throw new ArgumentException($"An account id is {AccountIdSize} bytes.", nameof(accountId));
        return $"{serverName}/accounts/{Convert.ToHexStringLower(accountId)}";
    }

    /// <summary>Reads the text of a note (not the note): three lines or more, each ending in a newline.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Checkpoint? checkpoint, out LogRejection rejection)
    {
        checkpoint = null;
        rejection = ParseCore(text, out string origin, out long size, out Hash32 root, out string extensionLines);
        if (rejection == LogRejection.None) checkpoint = new Checkpoint(origin, size, root) { ExtensionLines = extensionLines };
        return checkpoint is not null;
    }

    /// <summary>Origin, size and root, a line each, in UTF-8.</summary>
    public byte[] ToText() => Encoding.UTF8.GetBytes($"{Origin}\n{Size.ToString(CultureInfo.InvariantCulture)}\n{Root.ToBase64()}\n");

    /// <summary>The checkpoint as the log publishes it.</summary>
    /// <remarks>
    /// The danger: a log that signs a second checkpoint not consistent with the first is lost. Store the entries before signing.
    /// </remarks>
    public SignedNote Sign(NoteSigner log) => SignedNote.Sign(ToText(), log);

    private static LogRejection ParseCore(
        ReadOnlySpan<byte> text, out string origin, out long size, out Hash32 root, out string extensionLines)
    {
        (origin, size, root, extensionLines) = ("", 0, default, "");
        LogRejection rejection = NoteText.Check(text, SignedNote.MaxBytes);
        if (rejection != LogRejection.None) return rejection;
        if (text.Count((byte)'\n') < 3 || text[^1] != '\n') return LogRejection.TooFewLines;

        ReadOnlySpan<byte> originLine = NoteText.TakeLine(ref text);
        if (originLine.IsEmpty) return LogRejection.EmptyOrigin;
        if (!NoteText.TryParseDecimal(NoteText.TakeLine(ref text), out size)) return LogRejection.MalformedSize;
        if (!Hash32.TryParseBase64(NoteText.TakeLine(ref text), out root)) return LogRejection.MalformedRoot;
        if (text.StartsWith("\n"u8) || text.IndexOf("\n\n"u8) >= 0) return LogRejection.EmptyExtensionLine;
        origin = Encoding.UTF8.GetString(originLine);
        extensionLines = Encoding.UTF8.GetString(text);
        return LogRejection.None;
    }
}
