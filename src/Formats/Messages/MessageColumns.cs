using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Candor.Formats.Messages;

/// <summary>Columns of Android's message tables that a view is made of. SyncTech writes them as attributes, sms-ie as keys, both by these
/// names.</summary>
internal enum Column
{
    None,
    Address, Body, BackupDate, BackupSet, Box, Charset, ContactName, ContentId, ContentLocation, ContentType, Count, Data, Date, DateSent,
    DisplayName, FileName, FileType, Locked, MessageId, MessageType, Name, Parts, Path, PartCharset, Read, Recipients, Sender, Sequence,
    Status, Subject, SubjectCharset, Text, SmsSubject, TransactionId, Type,
    Last,
}

internal static class Columns
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static Column Find(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 2:
                return name.SequenceEqual("ct"u8) ? Column.ContentType : name.SequenceEqual("cl"u8) ? Column.ContentLocation
                    : name.SequenceEqual("fn"u8) ? Column.FileName : Column.None;
            case 3:
                return name.SequenceEqual("seq"u8) ? Column.Sequence : name.SequenceEqual("cid"u8) ? Column.ContentId
                    : name.SequenceEqual("sub"u8) ? Column.Subject : Column.None;
            case 4:
                return name.SequenceEqual("body"u8) ? Column.Body : name.SequenceEqual("date"u8) ? Column.Date
                    : name.SequenceEqual("type"u8) ? Column.Type : name.SequenceEqual("read"u8) ? Column.Read
                    : name.SequenceEqual("name"u8) ? Column.Name : name.SequenceEqual("text"u8) ? Column.Text
                    : name.SequenceEqual("data"u8) ? Column.Data : name.SequenceEqual("m_id"u8) ? Column.MessageId : Column.None;
            case 5:
                return name.SequenceEqual("chset"u8) ? Column.PartCharset : name.SequenceEqual("tr_id"u8) ? Column.TransactionId
                    : name.SequenceEqual("_data"u8) ? Column.Path : name.SequenceEqual("count"u8) ? Column.Count : Column.None;
            case 6:
                return name.SequenceEqual("status"u8) ? Column.Status : name.SequenceEqual("locked"u8) ? Column.Locked
                    : name.SequenceEqual("m_type"u8) ? Column.MessageType
                    : name.SequenceEqual("sub_cs"u8) ? Column.SubjectCharset : Column.None;
            case 7:
                return name.SequenceEqual("address"u8) ? Column.Address : name.SequenceEqual("subject"u8) ? Column.SmsSubject
                    : name.SequenceEqual("msg_box"u8) ? Column.Box : name.SequenceEqual("charset"u8) ? Column.Charset
                    : name.SequenceEqual("__parts"u8) ? Column.Parts : Column.None;
            case 9:
                return name.SequenceEqual("date_sent"u8) ? Column.DateSent : Column.None;
            case 10:
                return name.SequenceEqual("backup_set"u8) ? Column.BackupSet : Column.None;
            case 11:
                return name.SequenceEqual("backup_date"u8) ? Column.BackupDate : Column.None;
            case 12:
                return name.SequenceEqual("contact_name"u8) ? Column.ContactName : Column.None;
            case 14:
                return name.SequenceEqual("__display_name"u8) ? Column.DisplayName : Column.None;
            case 16:
                return name.SequenceEqual("__sender_address"u8) ? Column.Sender : Column.None;
            case 21:
                return name.SequenceEqual("__recipient_addresses"u8) ? Column.Recipients : Column.None;
            default:
                return Column.None;
        }
    }
}

/// <summary>The values of one message, part or address, before anyone asked what they mean.</summary>
internal abstract class Row
{
    /// <summary>The value as text; null where it is missing. An XML value "null" is missing.</summary>
    internal abstract string? Text(Column column);

    /// <summary>The value as a whole number; null where it is missing or is none.</summary>
    internal abstract long? Number(Column column);

    protected static long? Parse(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out long n, out int used) && used == digits.Length ? n : null;
}
