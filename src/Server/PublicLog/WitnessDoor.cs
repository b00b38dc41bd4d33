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
            if (size < 0) throw new LogRefusedException($"The witness {asked[i].Name} has signed another log of {checkpoint.Size} entries under this name: there are two histories. Nothing more is signed. Begin a log with another origin, and say why.");
            if (size > checkpoint.Size) throw new LogRefusedException($"The witness {asked[i].Name} has seen {size} entries of this log, and there are {checkpoint.Size} here: an older copy was put back. Nothing more is signed. Put the newest copy of the data folder back, or begin a log with another origin.");
            if (signature is null) _away[asked[i].Name] = now + Pause;
            else note = note.With(signature);
        }
        return note;
    }

    public void Dispose() => _wire.Dispose();

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
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(witness.Url!.AbsoluteUri.TrimEnd('/') + "/add-checkpoint"))
                {
                    Content = new ByteArrayContent(new AddCheckpoint(old, proof, note).ToBytes()),
                };
                using var answer = await _wire.SendAsync(request, late.Token).ConfigureAwait(false);
                byte[] body = await ReadAsync(answer, late.Token).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.OK) return (Signature(body, note, witness), checkpoint.Size);
                if (answer.StatusCode != HttpStatusCode.Conflict || !TrySize(body, out old))
                {
                    // It was shown that nothing was added, and does not agree.
                    if (answer.StatusCode == HttpStatusCode.UnprocessableEntity && old == checkpoint.Size && old > 0) return (null, -1);
                    _log.WitnessRefused(witness.Name, (int)answer.StatusCode);
                    return (null, 0);
                }
            }
            return (null, old);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or System.Net.Sockets.SocketException or TileException)
        {
            _log.WitnessAway(witness.Name, e.Message);
            return (null, old);
        }
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
