using System.Net;

namespace Candor.Simulation;

/// <summary>A request of a phone that waits for the world to decide what becomes of it.</summary>
internal sealed record Asked(WireRequest Request, TaskCompletionSource<HttpResponseMessage> Answer);

/// <summary>Where a phone's gate ends: a request goes to the world and waits there. One at a time: a phone at this level does one thing after the other.</summary>
internal sealed class PhoneLine(Action<Asked> posted) : HttpMessageHandler
{
    /// <summary>The process behind it was killed: nothing leaves any more.</summary>
    public bool Dead { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Dead) throw Broken();
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var headers = request.Headers.NonValidated.Concat(request.Content?.Headers.NonValidated ?? default).Select(h => KeyValuePair.Create(h.Key, h.Value.ToString())).ToList();
        var asked = new Asked(new(request.Method.Method, request.RequestUri!.Authority, request.RequestUri.PathAndQuery, headers, body), new(TaskCreationOptions.RunContinuationsAsynchronously));
        posted(asked);
        return await asked.Answer.Task;
    }

    public static HttpRequestException Broken() => new("The simulated line is down.");

    /// <summary>What the phone sees of an answer.</summary>
    /// <param name="answer">As the server gave it.</param>
    /// <param name="cutAt">Bytes of the body that arrive before the line breaks; null: all.</param>
    /// <param name="date">The server's clock, as Kestrel would write it.</param>
    public static HttpResponseMessage Message(WireAnswer answer, int? cutAt, DateTimeOffset date)
    {
        var message = new HttpResponseMessage((HttpStatusCode)answer.Status);
        int? arrives = cutAt ?? (answer.Whole ? null : answer.Body.Length);
        message.Content = new StreamContent(arrives is { } bytes ? new CutStream(answer.Body, bytes) : new MemoryStream(answer.Body, writable: false));
        foreach (var (name, value) in answer.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content.Headers.TryAddWithoutValidation(name, value);
        }
        message.Headers.Date = date;
        message.Headers.TransferEncodingChunked = null;
        return message;
    }

    internal sealed class CutStream(byte[] bytes, int arrive) : MemoryStream(bytes, 0, Math.Min(arrive, bytes.Length), writable: false)
    {
        // MemoryStream reads into a span by way of the array method in a class derived from it.
        public override int Read(byte[] buffer, int offset, int count) => Position < Length || count == 0 ? base.Read(buffer, offset, count) : throw new IOException("The simulated line broke.");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return ValueTask.FromResult(Read(buffer.Span));
            }
            catch (IOException e)
            {
                return ValueTask.FromException<int>(e);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
