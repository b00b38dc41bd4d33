using System.Globalization;
using System.Net;
using System.Text;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Server.PublicLog;

/// <summary>Brings the log's checkpoints to the witnesses that its operator named, and comes back with what they signed.</summary>
/// <remarks>The server's only way out. It carries what is public anyway: a checkpoint and a proof. No cookie, no proxy, no redirect. Not safe for several threads.</remarks>
internal sealed class WitnessDoor : IDisposable
{
    private const int LongestAnswer = 64 << 10;

    /// <summary>How long a batch waits for a witness; who is later is asked again in <see cref="Pause"/>.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly LogFolder _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HttpMessageInvoker _wire;
    private readonly Dictionary<string, long> _sizes = [];
    private readonly Dictionary<string, DateTimeOffset> _away = [];

    public WitnessDoor(LogFolder folder, TimeProvider time, ILogger log)
    {
        (_folder, _time, _log) = (folder, time, log);
#pragma warning disable RS0030 // The server's only door: witnesses have to be asked, and what goes there is public.
        _wire = new(new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = Patience,
        });
#pragma warning restore RS0030
    }

    /// <summary>The checkpoint with the cosignatures that could be had now.</summary>
    /// <exception cref="LogRefusedException">A witness has seen more of this log than there is: an older copy was put back.</exception>
    public async Task<SignedNote> CosignAsync(SignedNote note, LogPolicy? policy)
    {
        if (policy is null) return note;
        var now = _time.GetUtcNow();
        // One that has signed this very text is not asked again; one that did not answer is left alone for a while.
        var asked = policy.Witnesses.Where(w => w.Url is not null && !Has(note, w.Key) && (!_away.TryGetValue(w.Name, out var until) || until <= now)).ToList();
        if (asked.Count == 0 || !Checkpoint.TryParse(note.UnverifiedText.Span, out var checkpoint, out _)) return note;
        var reader = await TileReader.OpenAsync(checkpoint, (name, _) => ValueTask.FromResult(_folder.Read(name))).ConfigureAwait(false);
        var proofs = new SemaphoreSlim(1, 1);
        var answers = await Task.WhenAll(asked.Select(w => AskAsync(w, note, checkpoint, reader, proofs))).ConfigureAwait(false);
        proofs.Dispose();
        for (int i = 0; i < asked.Count; i++)
        {
            var (signature, size) = answers[i];
            _sizes[asked[i].Name] = size;
            if (size < 0) throw AnotherLog(asked[i], checkpoint.Size);
            if (size > checkpoint.Size) throw OlderCopy(asked[i], size, checkpoint.Size);
            if (signature is null) _away[asked[i].Name] = now + Pause;
            else note = note.With(signature);
        }
        return note;
    }

    /// <summary>Asks how far the witnesses have seen this log, with a checkpoint that was signed before: nothing new is signed for it.</summary>
    /// <param name="published">That checkpoint.</param>
    /// <param name="size">Entries that this log has; witnesses may have seen as many, where a crash came between their answer and the publication.</param>
    /// <param name="policy">Who is asked; enough of them for its quorum have to answer.</param>
    /// <exception cref="LogRefusedException">One has seen more, or another log.</exception>
    /// <exception cref="InvalidOperationException">Too few answer: nothing is signed yet.</exception>
    public async Task HearAsync(SignedNote published, long size, LogPolicy policy)
    {
        if (!Checkpoint.TryParse(published.UnverifiedText.Span, out var checkpoint, out _)) return;
        var answers = await Task.WhenAll(policy.Witnesses.Where(w => w.Url is not null).Select(async w => (Witness: w, Seen: await SeenAsync(w, published, checkpoint).ConfigureAwait(false)))).ConfigureAwait(false);
        foreach (var (witness, seen) in answers)
        {
            if (seen < 0) throw AnotherLog(witness, checkpoint.Size);
            if (seen > size) throw OlderCopy(witness, seen.Value, size);
            if (seen is { } known) _sizes[witness.Name] = known;
        }
        if (!policy.Holds(answers.Where(a => a.Seen is not null).Select(a => a.Witness)))
            throw new InvalidOperationException("Nothing is signed after a start until enough witnesses have said how far they have seen this log: it might be an older copy. They are asked again at the next slot.");
    }

    public void Dispose() => _wire.Dispose();

    /// <summary>Entries that a witness has seen; -1: another log of this size; null: it does not answer.</summary>
    private async Task<long?> SeenAsync(PolicyWitness witness, SignedNote published, Checkpoint checkpoint)
    {
        try
        {
            using var late = new CancellationTokenSource(Patience, _time);
            var (status, body) = await PostAsync(witness, new AddCheckpoint(checkpoint.Size, [], published), late.Token).ConfigureAwait(false);
            return status switch
            {
                HttpStatusCode.OK => checkpoint.Size,
                HttpStatusCode.Conflict when TrySize(body, out long seen) => seen,
                HttpStatusCode.UnprocessableEntity when checkpoint.Size > 0 => -1,
                >= HttpStatusCode.InternalServerError => null,
                _ => 0, // it does not know this log, or has nothing to say of an empty one
            };
        }
        catch (Exception e) when (IsAway(e))
        {
            _log.WitnessAway(witness.Name, e.Message);
            return null;
        }
    }

    private static bool IsAway(Exception e) => e is HttpRequestException or OperationCanceledException or IOException or System.Net.Sockets.SocketException or TileException;

    private static LogRefusedException AnotherLog(PolicyWitness witness, long size) => new(string.Create(CultureInfo.InvariantCulture,
        $"The witness {witness.Name} has signed another log of {size} entries under this name: there are two histories. Nothing more is signed. Begin a log with another name (--logOrigin), and say why."));

    private static LogRefusedException OlderCopy(PolicyWitness witness, long seen, long size) => new(string.Create(CultureInfo.InvariantCulture,
        $"The witness {witness.Name} has seen {seen} entries of this log, and there are {size} here: an older copy was put back. Nothing more is signed. {SignedMemory.Lost}"));

    private async Task<(NoteSignature? Signature, long Size)> AskAsync(PolicyWitness witness, SignedNote note, Checkpoint checkpoint, TileReader reader, SemaphoreSlim proofs)
    {
        long old;
        lock (_sizes) old = _sizes.GetValueOrDefault(witness.Name);
        try
        {
            using var late = new CancellationTokenSource(Patience, _time);
            for (int tries = 0; tries < 2; tries++)
            {
                if (old > checkpoint.Size) return (null, old);
                Hash32[] proof;
                await proofs.WaitAsync(late.Token).ConfigureAwait(false);
                try
                {
                    proof = await reader.ConsistencyAsync(old, late.Token).ConfigureAwait(false);
                }
                finally
                {
                    proofs.Release();
                }
                var (status, body) = await PostAsync(witness, new AddCheckpoint(old, proof, note), late.Token).ConfigureAwait(false);
                if (status == HttpStatusCode.OK) return (Signature(body, note, witness), checkpoint.Size);
                if (status != HttpStatusCode.Conflict || !TrySize(body, out old))
                {
                    // It was shown that nothing was added, and does not agree.
                    if (status == HttpStatusCode.UnprocessableEntity && old == checkpoint.Size && old > 0) return (null, -1);
                    _log.WitnessRefused(witness.Name, (int)status);
                    return (null, 0);
                }
            }
            return (null, old);
        }
        catch (Exception e) when (IsAway(e))
        {
            _log.WitnessAway(witness.Name, e.Message);
            return (null, old);
        }
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(PolicyWitness witness, AddCheckpoint asked, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(witness.Url!.AbsoluteUri.TrimEnd('/') + "/add-checkpoint")) { Content = new ByteArrayContent(asked.ToBytes()) };
        using var answer = await _wire.SendAsync(request, cancel).ConfigureAwait(false);
        return (answer.StatusCode, await ReadAsync(answer, cancel).ConfigureAwait(false));
    }

    private static bool Has(SignedNote note, NoteVerifierKey key) => note.Signatures.Any(s => s.KeyId == key.Id && s.KeyName == key.Name);

    /// <summary>The line that is a good signature of this witness under this text; what else it says is left out.</summary>
    private static NoteSignature? Signature(byte[] body, SignedNote note, PolicyWitness witness)
    {
        foreach (string line in Encoding.UTF8.GetString(body).Split('\n'))
        {
            if (!NoteSignature.TryParse(Encoding.UTF8.GetBytes(line), out var signature) || signature.KeyId != witness.Key.Id || signature.KeyName != witness.Key.Name) continue;
            if (note.With(signature).TryVerify([witness.Key], out _, out _)) return signature;
        }
        return null;
    }

    private static bool TrySize(byte[] body, out long size) => long.TryParse(Encoding.ASCII.GetString(body).TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out size);

    private static async Task<byte[]> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        using var stream = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        byte[] bytes = new byte[LongestAnswer];
        int length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        return bytes[..length];
    }
}
