namespace Candor.Formats.Messages;

public enum MessageFormat : byte
{
    /// <summary>Of neither: writers go by <see cref="Message.View"/>.</summary>
    None = 0,

    /// <summary>An XML element of "SMS Backup &amp; Restore" by SyncTech.</summary>
    SyncTech = 1,

    /// <summary>A JSON line of SMS Import / Export, version 2.</summary>
    SmsIe = 2,
}

/// <summary>One message as an export held it: its own bytes, and what they say.</summary>
/// <param name="Number">Position among the messages of the file, from 1.</param>
/// <param name="Offset">Byte offset in the file (in the unpacked lines for a zip), or -1 where the file was not UTF-8.</param>
/// <param name="Original">The XML element or JSON line in UTF-8, byte for byte, without what stood before and after it, and with the
/// base64 text of attached data cut out at <paramref name="Cuts"/>.</param>
/// <param name="Format">What <paramref name="Original"/> is written in.</param>
/// <param name="Cuts">Where in <paramref name="Original"/> which part's base64 text belongs, rising. Empty for
/// <see cref="MessageFormat.SmsIe"/>.</param>
/// <param name="View">What the message says.</param>
public sealed record Message(
    long Number, long Offset, MessageFormat Format, ReadOnlyMemory<byte> Original, IReadOnlyList<PartCut> Cuts, MessageView View);

/// <summary>A place in <see cref="Message.Original"/> from which a part's base64 text was taken.</summary>
/// <param name="Position">Byte index at which the text goes back in.</param>
/// <param name="Part">Index into <see cref="MessageView.Parts"/>.</param>
public readonly record struct PartCut(int Position, int Part);

/// <summary>Names a part whose bytes are about to come. Attributes that the file writes after the data are not known yet and absent here.
/// <c>Message</c> is the number that the message will have, <c>Part</c> the index that the part will have in
/// <see cref="MessageView.Parts"/>.</summary>
public sealed record MessagePartInfo(long Message, int Part, string? ContentType, string? Name);
