using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Tests.Audit.Ledgers;

/// <summary>Writes a ledger as spec/ledger.md has it, without the client.</summary>
internal sealed class LedgerText
{
    private readonly StringBuilder _text = new();
    private string _previous = new('0', 64);
    private long _seq;

    public long Seq => _seq;

    public byte[] Bytes => Encoding.UTF8.GetBytes(_text.ToString());

    public override string ToString() => _text.ToString();

    /// <summary>A request and, where there is a status, its answer.</summary>
    /// <param name="request">As it travels, head and body.</param>
    /// <param name="seconds">After 2023-11-14T22:13:20Z, where the captures of <see cref="Wire"/> begin.</param>
    /// <param name="host">Whom it is to.</param>
    /// <param name="purpose">As the client says.</param>
    /// <param name="kind">Of the body.</param>
    /// <param name="ev">"in" or "cut"; null: nothing came.</param>
    /// <param name="status">Of the answer.</param>
    public LedgerText Out(string request, double seconds = 0.003, string host = "93.184.216.34", string purpose = "sync", string kind = "none", string? ev = "in", int status = 200)
    {
        int end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        string[] first = request.Split(' ', 3);
        byte[] body = Encoding.Latin1.GetBytes(request[end..]);
        long id = _seq + 1;
        Add(seconds, "out", $"\"id\":{id},\"host\":\"{host}\",\"purpose\":\"{purpose}\",\"kind\":\"{kind}\",\"consent\":{(kind == "none" ? -1 : 3)},\"method\":\"{first[0]}\",\"target\":\"{first[1]}\",\"head\":{end},\"body\":{body.Length},\"sha256\":\"{Convert.ToHexStringLower(SHA256.HashData(body))}\",");
        if (ev is not null) Add(seconds + 0.001, ev, $"\"id\":{id},\"status\":{status},\"body\":2,");
        return this;
    }

    private void Add(double seconds, string ev, string members)
    {
        string time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + (long)(seconds * 1000)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string line = $"{{\"seq\":{++_seq},\"t\":\"{time}\",\"ev\":\"{ev}\",{members}\"prev\":\"{_previous}\"}}\n";
        _previous = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));
        _text.Append(line);
    }
}
