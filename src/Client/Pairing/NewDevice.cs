using System.Security.Cryptography;
using Candor.Client.Api;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Pairing;

/// <summary>The device that wants to join an account (spec/pairing.md).</summary>
/// <remarks>
/// 1. <see cref="AskAsync"/> makes keys and commits to them: show <see cref="Code"/> or <see cref="Link"/>. 2. <see cref="MeetAsync"/> waits for the approving
/// device, then <see cref="Words"/> are to be compared. 3. <see cref="AnswerAsync"/> with what the person said. Letting go of it before that takes the pairing away.
/// One task at a time. Every step but the first tries again while the server does not answer.
/// </remarks>
public sealed class NewDevice : IAsyncDisposable
{
    private readonly HolderSecret _me;
    private readonly HolderSecret _oneTime;
    private readonly LetterBox _box;
    private readonly byte[] _reveal;
    private readonly Hash32 _commitment;
    private PairingOffer? _offer;
    private Hash32 _transcript;
    private bool _over;
    private bool _handedOver;

    private NewDevice(HolderSecret me, HolderSecret oneTime, LetterBox box, byte[] reveal, PairingLink link)
    {
        (_me, _oneTime, _box, _reveal) = (me, oneTime, box, reveal);
        _commitment = PairingRules.Commitment(reveal);
        Code = PairingLink.Spaced(link.Code);
        Link = link.ToString();
    }

    /// <summary>493-028-117, for a person to type on the approving device.</summary>
    public string Code { get; }

    /// <summary>The same for a QR code, with the commitment: candor:pair/…</summary>
    public string Link { get; }

    /// <summary>When the code is over, by this device's clock.</summary>
    public DateTimeOffset Expires => _box.Expires;

    public Id Id => _me.Id;

    /// <summary>Four words, after <see cref="MeetAsync"/>.</summary>
    public IReadOnlyList<string> Words => _offer is null ? throw NotMet() : PairingWords.Of(_transcript);

    /// <summary>The account that was offered, after <see cref="MeetAsync"/>. It means nothing before the words were compared.</summary>
    public Id Account => _offer?.Account ?? throw NotMet();

    /// <summary>Makes this device's keys and asks the server for a code.</summary>
    /// <param name="gate">All traffic goes through it.</param>
    /// <param name="server">The account's server.</param>
    /// <param name="name">What the others are to call this device: at most 128 bytes of UTF-8, no control characters.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="PairingException">Unreachable.</exception>
    /// <exception cref="ServerRefusedException">Another refusal.</exception>
    public static async Task<NewDevice> AskAsync(Gate.Gate gate, Uri server, string name, TimeProvider clock, CancellationToken cancel)
    {
        if (!PairingRules.IsName(name)) throw new ArgumentException($"A device's name has at most {PairingRules.LongestName} bytes and no control characters.", nameof(name));
        HolderSecret me = HolderSecret.GenerateDevice(), oneTime = HolderSecret.GenerateDevice();
        try
        {
            var api = new ServerApi(gate, server, oneTime, clock);
            var info = await api.GetServerInfoAsync(cancel);
            byte[] reveal = new PairingReveal(me.Keys, RandomNumberGenerator.GetBytes(PairingRules.NonceSize), name).Encode();
            var commitment = PairingRules.Commitment(reveal);
            var ticket = await api.PostPairingAsync(commitment, cancel);
            return new(me, oneTime, new(api, null, ticket.Code, clock), reveal, new(ticket.Code, info.Name ?? "", commitment));
        }
        catch (Exception e)
        {
            oneTime.Dispose();
            me.Dispose();
            if (e is ServerRefusedException { Name: ServerRefusedException.Unreachable }) throw PairingException.Unreachable(e);
            throw;
        }
    }

    /// <summary>Waits for the approving device's offer and answers it. Then both screens can show words.</summary>
    /// <exception cref="PairingException">Expired, Stopped, Tampered, Unreachable.</exception>
    public async Task MeetAsync(CancellationToken cancel)
    {
        var sent = await _box.AwaitAsync(1, m => m.Offer, cancel);
        if (!PairingOffer.TryDecode(sent, out var offer)) throw PairingException.Tampered("an offer");
        // The first offer is the only one: nothing was revealed before it, and another one would not fit the words.
        _transcript = PairingRules.Transcript(_commitment, sent.Span, _reveal);
        await _box.PutAsync("reveal", _reveal, cancel);
        _offer = offer;
    }

    /// <summary>Goes on with what the person said of the words: waits until the approving device has let this one in.</summary>
    /// <returns>Everything needed to open the account. It belongs to the caller.</returns>
    /// <exception cref="PairingException">WordsDiffer if the person said so; Expired, Stopped, Tampered, Unreachable.</exception>
    public async Task<JoinedDevice> AnswerAsync(bool wordsAreTheSame, CancellationToken cancel)
    {
        if (_offer is not { } offer) throw NotMet();
        if (!wordsAreTheSame)
        {
            await StopAsync();
            throw PairingException.WordsDiffer();
        }
        var sent = await _box.AwaitAsync(3, m => m.Welcome, cancel);
        _over = true;
        if (!Welcome.TryOpen(sent, _me, offer, _transcript, out var welcome)) throw PairingException.Tampered("a welcome");
        if (!NoteVerifierKey.TryParse(welcome.ServerKey, out var serverKey, out _)) throw PairingException.Tampered("a welcome");
        _handedOver = true;
        return new(welcome.Account, serverKey, _me, new(welcome.Size, welcome.Root, offer.Approver, _me.Keys));
    }

    /// <summary>Takes the pairing away, unless it came to its end. The other side is told.</summary>
    public async Task StopAsync()
    {
        if (_over) return;
        _over = true;
        await _box.DeleteAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _oneTime.Dispose();
        if (!_handedOver) _me.Dispose();
    }

    private static InvalidOperationException NotMet() => new("The approving device has not answered yet: MeetAsync comes first.");
}
