using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Client.Pairing;
using Candor.Client.PublicLog;
using Candor.Client.Shelf;
using Candor.Protocol;

namespace Candor.Cli;

/// <summary>The command line asks for something that there is not. The message says what to type instead.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>A person has to answer, and nobody is there. The message says how to answer beforehand.</summary>
internal sealed class HeldException(string message) : Exception(message);

/// <summary>Something on this device is not what it was, found by this program rather than by the engine.</summary>
internal sealed class TamperedException(string message) : Exception(message);

/// <summary>Why a command ended early: for a person one message that says what to do next, for a script a code and a name.</summary>
internal sealed record Failure(int Code, string Name, string Message)
{
    // ENOSPC and EDQUOT, as IOException carries them on Unix; ERROR_DISK_FULL on Windows.
    private static readonly int[] DiskFull = [28, 122, unchecked((int)0x80070070)];

    public static Failure Of(Exception cause, bool interrupted) => cause switch
    {
        OperationCanceledException when interrupted =>
            new(ExitCode.Interrupted, "interrupted", "Stopped. What the server acknowledged is kept; the same command goes on from there."),
        UsageException => new(ExitCode.WrongUsage, "usage", cause.Message),
        HeldException => new(ExitCode.Held, "held", cause.Message),
        AlarmException alarm => new(ExitCode.Alarm, AlarmBook.WordOf(alarm.Kind), $"ALARM. {alarm.Message}{(alarm.Stands is null ? "" : " This account is not synced until you have looked: candor alarm")}"),
        LogAlarmException alarm => new(ExitCode.Alarm, alarm.Word, $"ALARM. {alarm.Message}"),
        TamperedException => new(ExitCode.Alarm, "tampered", $"ALARM. {cause.Message}"),
        ServerRefusedException refusal => new(ExitCode.Stopped, refusal.Name, Sentence(refusal)),
        PairingException { Failure: PairingFailure.Tampered or PairingFailure.WordsDiffer } => new(ExitCode.Alarm, "pairing", $"ALARM. {cause.Message}"),
        PairingException => new(ExitCode.Stopped, "pairing", cause.Message),
        ShelfException { IsAlarm: true } => new(ExitCode.Alarm, "shelf", $"ALARM. {cause.Message} What was on this device before stays in use."),
        ShelfException => new(ExitCode.Stopped, "shelf", cause.Message),
        DeviceException => new(ExitCode.Stopped, "device", cause.Message),
        FolderGoneException => new(ExitCode.Stopped, "file", cause.Message),
        IOException when DiskFull.Contains(cause.HResult) =>
            new(ExitCode.Stopped, "disk-full", $"This device's disk is full: {cause.Message} Make room, then start the same command again; it goes on from there."),
        FileNotFoundException or DirectoryNotFoundException => new(ExitCode.Stopped, "file", $"{cause.Message} Check the name, then try again."),
        IOException => new(ExitCode.Stopped, "file", $"{cause.Message} Once that is mended, start the same command again."),
        UnauthorizedAccessException => new(ExitCode.Stopped, "file", $"{cause.Message} If it is a folder, name the file in it; else ask for the right to it, or choose another place."),
        System.Data.Common.DbException =>
            new(ExitCode.Stopped, "device", $"What this device keeps of its account cannot be used: {cause.Message} Check that its disk has room and is whole, then try again."),
        OperationCanceledException => new(ExitCode.Stopped, ServerRefusedException.Unreachable, "The server took too long. Check the network, then try again."),
        _ => new(ExitCode.Stopped, "fault", $"This should not happen: {cause.Message} Nothing that was acknowledged is lost. Please report it, with what CANDOR_DEBUG=1 prints."),
    };

    /// <summary>What was refused and what to do, in the words of this program. Names without a line here have their own sentence from the engine or the server.</summary>
    private static string Sentence(ServerRefusedException refusal) => refusal.Name switch
    {
        ErrorName.RegistrationClosed => "This server takes no new accounts. Ask who runs it, or choose another server.",
        ErrorName.InviteBad => "This server takes new accounts by invite, and this one is missing, unknown or used up. Ask who runs it for a code, then add: --invite CODE",
        ErrorName.ConsentRequired => "The server refused the bytes: that kind is off on this device. To turn it on: candor on KIND",
        ErrorName.WrongRegion when refusal.Status > 0 => "The server keeps bytes in another place than the account was signed for, or than its law lets them be, and took nothing more. What there is to decide: candor region",
        ErrorName.HolderRemoved => "This device was removed from the account. To bring it back: candor join SERVER --pair, with a device that belongs to it, or candor recover SERVER.",
        ErrorName.HolderUnknown or ErrorName.SignatureBad => "The server does not know this device. Check that it is the server that the device joined: candor devices",
        ErrorName.ClockSkew => "This device's clock is far from the server's. Set it, then try again.",
        ErrorName.QuotaExceeded => "The account's room on the server is used up. Ask who runs it for more, or erase a kind: candor off KIND --erase",
        ErrorName.DiskFull => "The server's disk is full. Tell who runs it, then start the same command again; it goes on from there.",
        ErrorName.RateLimited or ErrorName.Busy => "The server is busy. Wait a minute, then start the same command again; it goes on from there.",
        ErrorName.ServerError => "The server failed. Try again later; whoever runs it finds the cause in the server's log.",
        ErrorName.Erased => "That was erased at its owner's word. It cannot be had back.",
        _ => refusal.Message,
    };
}
