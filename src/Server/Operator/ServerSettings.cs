using System.Globalization;

namespace Candor.Server.Operator;

public enum Registration
{
    Open,
    Invite,
    Closed,
}

/// <summary>What the operator decides. Later sources win: defaults, <c>server.json</c> in the data folder, environment (CANDOR_QUOTA …), command line (--quota …).</summary>
public sealed record ServerSettings
{
    public const string FileName = "server.json";

    private const int MaxStatement = 4096;

    public required string DataFolder { get; init; }

    /// <summary>Where to listen, separated by semicolons. Over http only on loopback or behind a proxy that speaks TLS.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8787";

    /// <summary>Names the server's checkpoints for ever. Null: that of the key in the data folder, else host:port of the first URL.</summary>
    public string? Name { get; init; }

    public Registration Registration { get; init; } = Registration.Open;

    /// <summary>Where the bytes live: the country's code, and what more the operator says: "de Berlin". Accounts are signed for it (spec/law.md).</summary>
    public string Region { get; init; } = "";

    /// <summary>The law that the operator works under, by its code: "de" (<c>laws/</c>).</summary>
    public string Law { get; init; } = "";

    /// <summary>Bytes for one account; 0: no limit.</summary>
    public long Quota { get; init; }

    /// <summary>
    /// Of one holder; as many may come at once. A small photo of a first backup is two or three requests, and a small machine flushes some 200 of them a second: honest
    /// work at full speed stays below. Ten minutes of it fill a good half of <see cref="Requests.NonceMemory"/>, so one device gone wild does not shut out the others.
    /// </summary>
    public int RequestsPerMinute { get; init; } = 30_000;

    /// <summary>From one address, for requests that no account vouches for.</summary>
    public int StrangerRequestsPerMinute { get; init; } = 600;

    /// <summary>How long an announced erasure waits. No option: an operator who wants bytes gone at once can delete them.</summary>
    public TimeSpan EraseWait { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The web app's files. No option: they come with the program and stand beside it.</summary>
    public string WebFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, Web.WebApp.FolderName);

    /// <summary>What the server writes about itself to the console: Information, Warning, Error or None.</summary>
    public LogLevel Log { get; init; } = LogLevel.Information;

    /// <summary>Whether the server keeps a public log. On where an operator starts it.</summary>
    public bool PublicLog { get; init; }

    /// <summary>Whether requests for what is public are taken through relays too (docs/oblivious.md). On where an operator starts it.</summary>
    public bool Gateway { get; init; }

    /// <summary>What the log is called: its address without a scheme. Null: as its key says, else the server's name and /log. <c>sigsum</c> when it begins: as witnesses of Sigsum's kind ask.</summary>
    public string? LogOrigin { get; init; }

    /// <summary>Where the record of what was signed is kept; best on another disk than the log. Null: in the data folder.</summary>
    public string? LogRecord { get; init; }

    /// <summary>Seconds between two slots, in each of which <see cref="LogSlotEntries"/> commitments go into the log, real ones or cover.</summary>
    public int LogSlotSeconds { get; init; } = 60;

    public int LogSlotEntries { get; init; } = 2;

    /// <summary>What the operator says in the log every day, in one line.</summary>
    public string LogStatement { get; init; } = "";

    /// <summary>Settings by the names that the command line, the file and the environment have for them.</summary>
    private static readonly string[] Known = ["data", "urls", "name", "registration", "region", "law", "quota", "log", "requestsPerMinute", "strangerRequestsPerMinute",
        "gateway", "publicLog", "logOrigin", "logRecord", "logSlotSeconds", "logSlotEntries", "logStatement"];

    /// <exception cref="FormatException">An option or a key of the file is not known, or a value not allowed; the message says which.</exception>
    public static ServerSettings Read(string[] arguments) => Read(arguments, []);

    /// <param name="arguments">Of the command line, without the command.</param>
    /// <param name="more">Options that the command knows beside the settings.</param>
    /// <exception cref="FormatException">An option or a key of the file is not known, or a value not allowed.</exception>
    internal static ServerSettings Read(string[] arguments, string[] more)
    {
        CommandLine.Check(arguments, [.. Known, .. more]);
        var command = new ConfigurationBuilder().AddEnvironmentVariables("CANDOR_").AddCommandLine(arguments).Build();
        string folder = Path.GetFullPath(command["data"] ?? throw new FormatException("Say where the data lives: --data DIR."));
        CommandLine.CheckFile(new ConfigurationBuilder().AddJsonFile(Path.Combine(folder, FileName), optional: true, reloadOnChange: false).Build(), Known);
        var all = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(folder, FileName), optional: true, reloadOnChange: false)
            .AddEnvironmentVariables("CANDOR_").AddCommandLine(arguments).Build();
        var defaults = new ServerSettings { DataFolder = folder };
        var read = defaults with
        {
            Urls = all["urls"] ?? defaults.Urls,
            Name = all["name"],
            Registration = all["registration"] switch
            {
                null or "open" => Registration.Open,
                "invite" => Registration.Invite,
                "closed" => Registration.Closed,
                var other => throw new FormatException($"--registration is open, invite or closed, not {other}."),
            },
            Region = Line(all, "region"),
            Law = Line(all, "law"),
            Log = all["log"] is not { } log ? defaults.Log
                : Enum.TryParse<LogLevel>(log, ignoreCase: true, out var level) ? level
                : throw new FormatException($"--log is information, warning, error or none, not {log}."),
            Quota = Number(all, "quota", 0, long.MaxValue),
            RequestsPerMinute = (int)Number(all, "requestsPerMinute", defaults.RequestsPerMinute, int.MaxValue),
            StrangerRequestsPerMinute = (int)Number(all, "strangerRequestsPerMinute", defaults.StrangerRequestsPerMinute, int.MaxValue),
            PublicLog = all["publicLog"] switch
            {
                null or "on" => true,
                "off" => false,
                var other => throw new FormatException($"--publicLog is on or off, not {other}."),
            },
            Gateway = all["gateway"] switch
            {
                null or "on" => true,
                "off" => false,
                var other => throw new FormatException($"--gateway is on or off, not {other}."),
            },
            LogOrigin = all["logOrigin"],
            LogRecord = all["logRecord"] is { } record ? Path.GetFullPath(record) : null,
            LogSlotSeconds = Math.Max(1, (int)Number(all, "logSlotSeconds", defaults.LogSlotSeconds, 3600)),
            LogSlotEntries = Math.Max(1, (int)Number(all, "logSlotEntries", defaults.LogSlotEntries, 256)),
            LogStatement = Line(all, "logStatement"),
        };
        return Candor.Server.Law.Residency.Contradiction(read) is { } contradiction ? throw new FormatException(contradiction) : read;
    }

    /// <summary>What clients are told and the public log says: one line, at most as long as a consent can name.</summary>
    private static string Line(IConfiguration settings, string name)
    {
        string text = settings[name] ?? "";
        bool fits = text.Length == 0 || (text.Trim() == text && !text.Any(char.IsControl) && System.Text.Encoding.UTF8.GetByteCount(text) <= (name == "logStatement" ? MaxStatement : Protocol.Limits.Text));
        return fits ? text : throw new FormatException($"--{name} is one line without spaces at its ends, of at most {(name == "logStatement" ? MaxStatement : Protocol.Limits.Text)} bytes.");
    }

    private static long Number(IConfiguration settings, string name, long standard, long max)
    {
        if (settings[name] is not { } text) return standard;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= max) return value;
        throw new FormatException($"--{name} is a number from 0 to {max}, not {text}.");
    }
}
