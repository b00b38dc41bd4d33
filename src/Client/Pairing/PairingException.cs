namespace Candor.Client.Pairing;

/// <summary>Why two devices did not get together.</summary>
public enum PairingFailure
{
    /// <summary>No pairing has this code: mistyped, used, or too old.</summary>
    WrongCode,

    /// <summary>The link is for another server than the one that this account is on.</summary>
    OtherServer,

    /// <summary>Another device has answered already.</summary>
    Taken,

    /// <summary>A quarter of an hour is over.</summary>
    Expired,

    /// <summary>The other device gave up.</summary>
    Stopped,

    /// <summary>What came is not what the other device can have sent.</summary>
    Tampered,

    /// <summary>The person said that the screens show different words.</summary>
    WordsDiffer,

    /// <summary>The server did not answer for as long as the pairing lived.</summary>
    Unreachable,
}

/// <summary>A pairing that came to nothing. Decide by <see cref="Failure"/>; the message says to a person what to do next.</summary>
public sealed class PairingException : Exception
{
    internal PairingException(PairingFailure failure, string message, Exception? inner = null) : base(message, inner) => Failure = failure;

    public PairingFailure Failure { get; }

    internal static PairingException WrongCode(Exception? inner = null) => new(PairingFailure.WrongCode,
        "No device waits under this code. Compare it with the other screen; a code is used once and lives 15 minutes.", inner);

    internal static PairingException OtherServer(string theirs) => new(PairingFailure.OtherServer,
        $"The new device asked another server ({theirs}). Let it begin again with the address of this account's server.");

    internal static PairingException Taken(Exception? inner = null) => new(PairingFailure.Taken,
        "Another device has answered this code. If that was not you, say no on the new device, and begin again there.", inner);

    internal static PairingException Expired(Exception? inner = null) => new(PairingFailure.Expired,
        "The 15 minutes are over. Begin again on the new device: it shows a new code.", inner);

    internal static PairingException Stopped(Exception? inner = null) => new(PairingFailure.Stopped,
        "The other device gave up, or the code was used. Begin again on the new device.", inner);

    internal static PairingException StoppedAfterAdding(string name, Exception inner) => new(PairingFailure.Stopped,
        $"The other device gave up after \"{name}\" was let into the account. Remove it from the list of devices, then begin again on the new device.", inner);

    internal static PairingException Tampered(string what) => new(PairingFailure.Tampered,
        $"The server handed over {what} that the other device cannot have sent. No key was given away. "
        + "Begin again once; if it happens again, do not use this server or this network.");

    internal static PairingException WordsDiffer() => new(PairingFailure.WordsDiffer,
        "The words differ: something between the two devices changed their keys. Nothing was given away. Do not pair over this server or network until you know why.");

    internal static PairingException Unreachable(Exception inner) => new(PairingFailure.Unreachable,
        "The server does not answer. Check the address and the network, then begin again on the new device.", inner);
}
