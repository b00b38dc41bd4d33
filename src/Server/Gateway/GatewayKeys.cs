using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Hpke;
using Candor.Log;
using Candor.Oblivious;
using Candor.Protocol;
using Candor.Server.PublicLog;

namespace Candor.Server.Gateway;

/// <summary>The gateway's keys, in <c>gateway.keys</c> of the data folder (0600): a line each, <c>id private-key-in-hex until</c>. The last is the one that clients are told; those before it are taken until their second (Unix), so that
/// a client that has fetched the configuration just before is answered. Safe for several threads; the operator's command may write beside it.</summary>
internal sealed class GatewayKeys(string folder, TimeProvider time) : IDisposable
{
    public const string FileName = "gateway.keys";

    /// <summary>What the entry of the public log that says the current configuration is called, and its file.</summary>
    public const string EntryName = "ohttp-keys", EntryFile = "ohttp/keys";

    /// <summary>How long a key is taken after the next one began.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(48);

    private readonly Lock _turn = new();
    private readonly string _file = Path.Combine(folder, FileName);
    private List<(GatewayKey Key, long Until)> _keys = [];
    private DateTime _read;

    /// <summary>The configuration that clients are told: <c>application/ohttp-keys</c>.</summary>
    public byte[] Published()
    {
        lock (_turn) return Read()[^1].Key.Config.ToBytes();
    }

    /// <summary>What the public log says of it, so that everybody can see that everybody is told the same.</summary>
    public LogEntry Entry()
    {
        byte[] bytes = Published();
        return LogEntry.OfFiles("policy", EntryName, string.Create(CultureInfo.InvariantCulture, $"{bytes[2]}"), [new(EntryFile, bytes.Length, Hash32.Of(bytes))]);
    }

    public GatewayResult Open(ReadOnlySpan<byte> request, out OpenedRequest? opened)
    {
        opened = null;
        if (GatewayKey.IdOf(request) is not { } id) return GatewayResult.TooShort;
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_turn)
        {
            foreach (var (key, until) in Read())
            {
                if (key.Config.Id == id && (until == 0 || now < until)) return key.Open(request, out opened);
            }
        }
        return GatewayResult.UnknownKey;
    }

    /// <summary>A new key; the one before it is taken for <see cref="Grace"/>, those before that no longer where their time is over.</summary>
    /// <returns>Its number.</returns>
    public static int Rotate(string folder, TimeProvider time)
    {
        string file = Path.Combine(folder, FileName);
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        var lines = File.Exists(file) ? Parse(File.ReadAllBytes(file), file) : [];
        var kept = lines.Select(l => l.Until == 0 ? l with { Until = now + (long)Grace.TotalSeconds } : l).Where(l => l.Until > now).ToList();
        int id = lines.Count == 0 ? 1 : lines[^1].Id;
        do id = (id + 1) & 0xFF; while (kept.Exists(l => l.Id == id));
        Write(file, [.. kept, new((byte)(lines.Count == 0 ? 1 : id), RandomNumberGenerator.GetBytes(Secret32.Size), 0)]);
        return lines.Count == 0 ? 1 : id;
    }

    public void Dispose()
    {
        lock (_turn) Replace([]);
    }

    /// <summary>What the file says now. While the turn is held.</summary>
    /// <exception cref="InvalidOperationException">It is damaged.</exception>
    private List<(GatewayKey Key, long Until)> Read()
    {
        if (!File.Exists(_file)) Rotate(folder, time);
        var written = File.GetLastWriteTimeUtc(_file);
        if (_keys.Count > 0 && written == _read) return _keys;
        Replace([.. Parse(File.ReadAllBytes(_file), _file).Select(l => (l.ToKey(), l.Until))]);
        _read = written;
        return _keys;
    }

    private void Replace(List<(GatewayKey Key, long Until)> keys)
    {
        foreach (var (key, _) in _keys) key.Dispose();
        _keys = keys;
    }

    private static void Write(string file, IReadOnlyList<Line> lines)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(lines.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Id} {Convert.ToHexStringLower(l.Private)} {l.Until}\n"))));
        Durable.Write(file, bytes, secret: true);
        CryptographicOperations.ZeroMemory(bytes);
    }

    private static List<Line> Parse(byte[] bytes, string file)
    {
        var lines = new List<Line>();
        foreach (string text in Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = text.Split(' ');
            bool read = parts.Length == 3 & byte.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out byte id);
            if (!read || parts[1].Length != 2 * Secret32.Size || !parts[1].All(char.IsAsciiHexDigitLower) || parts[1].All(c => c == '0') || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long until))
                throw new InvalidOperationException($"{file} is damaged. Delete it and start the server again: it makes a new key, and clients fetch the new configuration by themselves.");
            lines.Add(new(id, Convert.FromHexString(parts[1]), until));
        }
        CryptographicOperations.ZeroMemory(bytes);
        return lines.Count > 0 ? lines : throw new InvalidOperationException($"{file} is empty. Delete it and start the server again.");
    }

    private sealed record Line(byte Id, byte[] Private, long Until)
    {
        public GatewayKey ToKey() => new(Id, new Secret32(Private));

        public override string ToString() => "[secret]";
    }
}
