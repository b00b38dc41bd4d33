namespace Candor.Cli;

/// <summary>How the program ends, for scripts. Documented in docs/cli.md and in the man page.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Done, but some items have troubles; each is named.</summary>
    public const int SomeTroubles = 1;

    public const int WrongUsage = 2;

    /// <summary>Cannot go on: the server does not answer or refuses, the device has not joined, a disk is full.</summary>
    public const int Stopped = 3;

    /// <summary>The server, a device or a file is not what was verified before.</summary>
    public const int Alarm = 4;

    /// <summary>A person has to answer, and nobody is there. Nothing was changed.</summary>
    public const int Held = 5;

    /// <summary>128 + SIGINT, as shells have it. What was acknowledged stays; the same command goes on.</summary>
    public const int Interrupted = 130;

    /// <summary>Each with what it means, in order.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Done, "done"),
        (SomeTroubles, "done, but some items have troubles: each is named, with its reason"),
        (WrongUsage, "wrong usage: nothing was done"),
        (Stopped, "cannot go on: the server does not answer or refuses, this device has joined no server, a disk is full"),
        (Alarm, "alarm: the server, another device or a file of this device is not what was verified before"),
        (Held, "held: a person has to answer, and nobody could be asked; nothing was changed"),
        (Interrupted, "interrupted: what was acknowledged stays, the same command goes on from there"),
    ];
}
