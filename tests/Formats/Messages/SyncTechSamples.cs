using System.Globalization;
using System.Text;
using Candor.Formats;
using Candor.Formats.Messages;

namespace Candor.Tests.Messages;

/// <summary>Files as phones write them, and what a test wants to know of reading one.</summary>
internal static class SyncTechSamples
{
    public const string Head = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--File Created By SMS Backup & Restore-->\n";

    public const string Sms = """<sms protocol="0" address="+15550100001" date="1714564800123" type="1" subject="null" body="Hi there" toa="null" sc_toa="null" service_center="null" read="1" status="-1" locked="0" date_sent="1714564799000" sub_id="1" readable_date="May 1, 2024" contact_name="Ada Example" />""";

    public static string Mms(string data = "aGVsbG8=") => $"""
        <mms date="1714565000000" ct_t="application/vnd.wap.multipart.related" msg_box="1" address="+15550100001~+1 (555) 010-0002" rr="null" sub="null" read_status="null" m_id="abc123" m_type="132" m_size="4711" tr_id="T1" v="18" date_sent="1714564999" read="1" seen="1" text_only="0" sub_id="1" sim_slot="0" spam_report="0" readable_date="May 1, 2024" contact_name="Ada, Bob">
            <parts>
              <part seq="-1" ct="application/smil" name="null" chset="null" cd="null" fn="null" cid="&lt;smil&gt;" cl="smil.xml" ctt_s="null" ctt_t="null" text="&lt;smil&gt;&lt;/smil&gt;" />
              <part seq="0" ct="text/plain" chset="106" name="null" cd="null" fn="null" cid="&lt;text0&gt;" cl="text0.txt" ctt_s="null" ctt_t="null" text="Look at this" />
              <part seq="1" ct="image/jpeg" chset="null" name="IMG.jpg" cd="null" fn="null" cid="&lt;img&gt;" cl="IMG.jpg" ctt_s="null" ctt_t="null" text="null" data="{data}" />
            </parts>
            <addrs>
              <addr address="+15550100001" type="137" charset="106" />
              <addr address="+15550109999" type="151" charset="106" />
              <addr address="+15550100002" type="151" charset="106" />
            </addrs>
          </mms>
        """;

    public static string File(params string[] messages) =>
        Head + $"<smses count=\"{messages.Length}\" backup_set=\"8a7c\" backup_date=\"1714570000000\" type=\"full\">\n  " + string.Join("\n  ", messages) + "\n</smses>\n";

    public static string SmsWithBody(string body, long date = 1714564800123) =>
        string.Create(CultureInfo.InvariantCulture, $"<sms address=\"+15550100001\" date=\"{date}\" type=\"2\" body=\"{body}\" read=\"1\" />");

    public static Result Read(string file) => Read(Encoding.UTF8.GetBytes(file));

    public static Result Read(byte[] file) => Read(new MemoryStream(file));

    public static Result Read(Stream file)
    {
        var opened = new Dictionary<(long, int), KeptStream>();
        var reader = new SyncTechReader(file, info => opened[(info.Message, info.Part)] = new KeptStream());
        List<Reading<Message>> readings = [.. reader.Read()];
        return new Result(readings, reader.Header, opened.ToDictionary(o => o.Key, o => o.Value.Bytes), opened.Values.All(o => o.Closed));
    }

    public sealed record Result(List<Reading<Message>> Readings, SyncTechHeader? Header, Dictionary<(long Message, int Part), byte[]> Parts, bool AllClosed)
    {
        public List<Message> Messages { get; } = [.. Readings.Where(r => r.Item is not null).Select(r => r.Item!)];

        public List<FormatProblem> Problems { get; } = [.. Readings.Where(r => r.Problem is not null).Select(r => r.Problem!)];

        public Func<int, Stream> Opener(Message message) => part => new MemoryStream(Parts[(message.Number, part)]);
    }

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>A stream whose bytes outlive it.</summary>
    private sealed class KeptStream : MemoryStream
    {
        public bool Closed { get; private set; }

        public byte[] Bytes => ToArray();

        protected override void Dispose(bool disposing)
        {
            Closed = true;
            base.Dispose(disposing);
        }
    }
}
