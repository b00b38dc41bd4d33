using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>A server's word that it was put back to a backup: which restore, when, and where the account's log stood in that backup (spec/http-api.md §5.1). Text of a signed note.</summary>
/// <param name="Account">Origin of the account's checkpoints.</param>
/// <param name="Id">Of the restore: the same for all accounts, drawn anew each time.</param>
/// <param name="At">When the operator said so, Unix milliseconds.</param>
/// <param name="Size">Leaves in the backup.</param>
/// <param name="Root">Over them.</param>
public sealed record RestoreStatement(string Account, Id Id, long At, long Size, Hash32 Root)
{
    /// <summary>Behind the account's origin: no checkpoint has this one.</summary>
    private const string Suffix = "/restored";

    private const int MaxBytes = 4096;

    /// <summary>Five lines: origin, id in hex, time, size, root in base64.</summary>
    public byte[] ToText() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Account}{Suffix}\n{Id}\n{At}\n{Size}\n{Root.ToBase64()}\n"));

    public SignedNote Sign(NoteSigner server) => SignedNote.Sign(ToText(), server);

    /// <summary>Reads the text of a note. Total; nothing of it may be used before the signature was found good.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out RestoreStatement? statement)
    {
        statement = null;
        if (NoteText.Check(text, MaxBytes) != LogRejection.None || text.Count((byte)'\n') != 5 || text[^1] != '\n') return false;
        string origin = Encoding.UTF8.GetString(NoteText.TakeLine(ref text));
        if (!origin.EndsWith(Suffix, StringComparison.Ordinal) || origin.Length == Suffix.Length) return false;
        if (!Id.TryParse(Encoding.UTF8.GetString(NoteText.TakeLine(ref text)), out var id)) return false;
        if (!NoteText.TryParseDecimal(NoteText.TakeLine(ref text), out long at) || at > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()) return false;
        if (!NoteText.TryParseDecimal(NoteText.TakeLine(ref text), out long size)) return false;
        if (!Hash32.TryParseBase64(NoteText.TakeLine(ref text), out var root)) return false;
        statement = new(origin[..^Suffix.Length], id, at, size, root);
        return true;
    }

    /// <summary>The statement in a note, if it is about this account and the server has signed it; else null.</summary>
    public static RestoreStatement? Of(ReadOnlySpan<byte> note, string account, NoteVerifierKey server) =>
        SignedNote.TryParse(note, out var parsed, out _) && parsed.TryVerify([server], out _, out _)
            && TryParse(parsed.UnverifiedText.Span, out var statement) && statement.Account == account ? statement : null;
}
