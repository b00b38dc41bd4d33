using System.Security.Cryptography;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Pairing;

/// <summary>The device of an account that lets another in (spec/pairing.md).</summary>
/// <remarks>
/// 1. <see cref="OfferAsync"/> with the code or link that the new device shows. 2. <see cref="MeetAsync"/> waits for its keys, then <see cref="Words"/> are to be
/// compared. 3. <see cref="AnswerAsync"/> with what the person said. Letting go of it before that takes the pairing away, and the account is as it was.
/// One task at a time, and nothing else may use the account meanwhile. Every step tries again while the server does not answer.
/// </remarks>
public sealed class Approver : IAsyncDisposable
{
    private readonly Account _account;
    private readonly HolderSecret _me;
    private readonly LetterBox _box;
    private readonly Hash32 _commitment;
    private readonly byte[] _offer;
    private PairingReveal? _reveal;
    private Hash32 _transcript;
    private bool _over;

    private Approver(Account account, HolderSecret me, LetterBox box, Hash32 commitment, byte[] offer) =>
        (_account, _me, _box, _commitment, _offer) = (account, me, box, commitment, offer);

    /// <summary>Four words, after <see cref="MeetAsync"/>.</summary>
    public IReadOnlyList<string> Words => _reveal is null ? throw NotMet() : PairingWords.Of(_transcript);

    /// <summary>What the new device calls itself, after <see cref="MeetAsync"/>. Anyone can have chosen it until the words were compared.</summary>
    public string Name => Met.Name;

    public HolderType Type => Met.Keys.Type;

    public Id NewDevice => Met.Keys.Id;

    private PairingReveal Met => _reveal ?? throw NotMet();

    /// <summary>Finds the pairing and shows the new device this account and this device's keys.</summary>
    /// <param name="account">Open and up to date.</param>
    /// <param name="me">Its device. It belongs to the caller.</param>
    /// <param name="api">Signs as <paramref name="me"/>.</param>
    /// <param name="codeOrLink">As typed or scanned.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="PairingException">WrongCode, OtherServer, Taken, Tampered, Unreachable.</exception>
    /// <exception cref="ServerRefusedException">Another refusal; rate-limited after twenty wrong codes in an hour.</exception>
    internal static async Task<Approver> OfferAsync(Account account, HolderSecret me, ServerApi api, string codeOrLink, TimeProvider clock, CancellationToken cancel)
    {
        if (!PairingLink.TryParse(codeOrLink, out var link)) throw PairingException.WrongCode();
        if (link.Commitment is not null && link.Server != account.ServerKey.Name) throw PairingException.OtherServer(link.Server);
        var box = new LetterBox(api, account.Id, link.Code, clock);
        byte[] offer = new PairingOffer(account.Id, me.Keys, RandomNumberGenerator.GetBytes(PairingRules.NonceSize)).Encode();
        try
        {
            var found = await box.LookAsync(cancel);
            if (link.Commitment is { } scanned && scanned != found.Commitment) throw PairingException.Tampered("a commitment");
            await box.PutAsync("offer", offer, cancel);
            return new(account, me, box, found.Commitment, offer);
        }
        catch (PairingException e) when (e.Failure == PairingFailure.Stopped)
        {
            throw PairingException.WrongCode(e);
        }
    }

    /// <summary>Waits for the new device's keys and holds them against its commitment. Then both screens can show words.</summary>
    /// <exception cref="PairingException">Expired, Stopped, Tampered, Unreachable.</exception>
    public async Task MeetAsync(CancellationToken cancel)
    {
        var sent = await _box.AwaitAsync(2, m => m.Reveal, cancel);
        if (PairingRules.Commitment(sent.Span) != _commitment || !PairingReveal.TryDecode(sent, out var reveal)) throw PairingException.Tampered("keys");
        _transcript = PairingRules.Transcript(_commitment, _offer, sent.Span);
        _reveal = reveal;
    }

    /// <summary>Goes on with what the person said of the words: lets the new device in, and tells it where the account's log stands.</summary>
    /// <exception cref="PairingException">WordsDiffer if the person said so; Expired, Stopped, Tampered, Unreachable.</exception>
    /// <exception cref="AlarmException">As when pulling.</exception>
    /// <exception cref="ServerRefusedException">The server refused the commit.</exception>
    public async Task AnswerAsync(bool wordsAreTheSame, CancellationToken cancel)
    {
        if (_reveal is not { } reveal) throw NotMet();
        if (!wordsAreTheSame)
        {
            await StopAsync();
            throw PairingException.WordsDiffer();
        }
        // A person who said no on the new device has taken the pairing away: then nothing is committed.
        await _box.LookAsync(cancel);
        await _box.TryAsync(() => AddAsync(reveal, cancel), cancel);
        var welcome = new Welcome(_account.Id, _account.State.Size, _account.State.Root, _account.ServerKey.ToString(), _me.Id);
        byte[] sealedWelcome = welcome.Seal(reveal.Keys, _transcript, _me) ?? throw PairingException.Tampered("keys");
        try
        {
            await _box.PutAsync("welcome", sealedWelcome, cancel);
        }
        catch (PairingException e) when (e.Failure is PairingFailure.Stopped or PairingFailure.Expired)
        {
            throw PairingException.StoppedAfterAdding(reveal.Name, e);
        }
        _over = true;
    }

    /// <summary>Takes the pairing away, unless it came to its end. The other side is told.</summary>
    public async Task StopAsync()
    {
        if (_over) return;
        _over = true;
        await _box.DeleteAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Adds the new device, once: a commit whose answer was lost is in the log that the next attempt pulls.</summary>
    private async Task<bool> AddAsync(PairingReveal reveal, CancellationToken cancel)
    {
        await _account.PullAsync(cancel);
        if (_account.State.Holders.GetValueOrDefault(reveal.Keys.Id) is { IsLive: true }) return true;
        try
        {
            await _account.AddHolderAsync(reveal.Keys, reveal.Name, cancel);
        }
        catch (ArgumentException)
        {
            // No device makes keys of small order.
            throw PairingException.Tampered("keys");
        }
        return true;
    }

    private static InvalidOperationException NotMet() => new("The new device has not answered yet: MeetAsync comes first.");
}
