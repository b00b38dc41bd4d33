using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>A request that the server refused, or that did not reach it. Decide by <see cref="Name"/>; the message is for a person.</summary>
public sealed class ServerRefusedException : Exception
{
    /// <summary>No answer came, or not a whole one: the network, or a server that is not there.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>An answer that is not in the form of spec/http-api.md.</summary>
    public const string Garbled = "garbled";

    /// <summary>The server keeps no public log.</summary>
    public const string NoLog = "no-log";

    public ServerRefusedException(string name, string message, Exception? inner = null) : base(message, inner) => Name = name;

    /// <summary>One of <see cref="ErrorName"/>, <see cref="Unreachable"/>, <see cref="Garbled"/> or <see cref="NoLog"/>.</summary>
    public string Name { get; }

    public int Status { get; init; }

    /// <summary>With head-moved: the server's size.</summary>
    public long? Size { get; init; }

    /// <summary>With blob-missing: names.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The server's clock, where the answer has a Date: for clock-skew.</summary>
    public DateTimeOffset? ServerTime { get; init; }

    /// <summary>How long the server asked to wait, where it did.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True where the same request may succeed later.</summary>
    public bool IsTransient => Name is Unreachable or ErrorName.RateLimited or ErrorName.Busy or ErrorName.ServerError or ErrorName.Restoring;
}
