using System.Net;

namespace Candor.Simulation.Load;

/// <summary>What was done to requests on their way.</summary>
internal sealed class LineFaults
{
    public int Lost, AnswersLost, Late, Twice, Cut;
}

/// <summary>A network that is not good, between a phone's gate and a real socket: of a thousand requests some are lost, late, come twice, or have no answer or half of one.</summary>
internal sealed class FaultyLine(Random chance, LineFaults faults, HttpMessageHandler wire) : DelegatingHandler(wire)
{
    private const int LostInThousand = 10, AnswerLostInThousand = 10, LateInThousand = 10, TwiceInThousand = 5, CutInThousand = 5;

    /// <summary>False before the load begins and after it ends.</summary>
    public bool IsBad { get; set; }

    /// <summary>The process behind it was killed: nothing leaves any more.</summary>
    public bool IsDead { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsDead) throw PhoneLine.Broken();
        int fate = IsBad ? chance.Next(1000) : 1000;
        if ((fate -= LostInThousand) < 0)
        {
            Interlocked.Increment(ref faults.Lost);
            throw PhoneLine.Broken();
        }
        if ((fate -= AnswerLostInThousand) < 0)
        {
            Interlocked.Increment(ref faults.AnswersLost);
            using (await base.SendAsync(request, cancellationToken)) throw PhoneLine.Broken();
        }
        if ((fate -= LateInThousand) < 0)
        {
            Interlocked.Increment(ref faults.Late);
            await Task.Delay(chance.Next(200, 3000), cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
        // A stream cannot be read twice: what is sent twice is what has no body, or a small one.
        if ((fate -= TwiceInThousand) < 0 && request.Content is null)
        {
            Interlocked.Increment(ref faults.Twice);
            using var again = new HttpRequestMessage(request.Method, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy };
            foreach (var (name, values) in request.Headers) again.Headers.TryAddWithoutValidation(name, values);
            (await base.SendAsync(again, cancellationToken)).Dispose();
        }
        var answer = await base.SendAsync(request, cancellationToken);
        if (fate >= 0 && (fate -= CutInThousand) < 0 && answer.StatusCode == HttpStatusCode.OK)
        {
            Interlocked.Increment(ref faults.Cut);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            var cut = new StreamContent(new PhoneLine.CutStream(body, chance.Next(body.Length + 1)));
            foreach (var (name, values) in answer.Content.Headers) cut.Headers.TryAddWithoutValidation(name, values);
            answer.Content = cut;
        }
        return answer;
    }
}
