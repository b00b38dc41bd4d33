using System.Net;
using Candor.Client.Gate;

namespace Candor.Tests.Client.Gate;

/// <summary>An answer of which its sender says any length.</summary>
public class WholeAnswerTests
{
    [Theory]
    [InlineData(0, 100)]
    [InlineData(99, 100)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(70_000, 70_000)]
    [InlineData(70_001, 70_000)]
    [InlineData(5, 0)]
    [InlineData(0, 0)]
    public async Task WhatFitsComesWholeAndWhatIsLongerIsNull(int length, int longest)
    {
        byte[] sent = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        foreach (long? said in (long?[])[null, length, 0, longest + 1L, long.MaxValue])
        {
            var endless = new Counted(sent);
            using var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(endless) };
            response.Content.Headers.ContentLength = said;
            byte[]? read = await WholeAnswer.ReadAsync(response, longest, default);
            Assert.Equal(length > longest ? null : sent, read);
            // A lie about the length makes no room beyond one answer, and nothing is read past the byte that shows it.
            Assert.InRange(endless.Asked, 0, longest + 17);
        }
    }

    /// <summary>Remembers the furthest byte that was asked for.</summary>
    private sealed class Counted(byte[] bytes) : MemoryStream(bytes)
    {
        public long Asked { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Asked = Math.Max(Asked, Position + buffer.Length);
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
