using System.Diagnostics;
using System.Text;
using Candor.Formats;
using Candor.Formats.Messages;
using Xunit;
using static Candor.Tests.Messages.SyncTechSamples;

namespace Candor.Tests.Messages;

/// <summary>Measures the heap of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(SyncTechMemoryTests), DisableParallelization = true)]
[Collection(nameof(SyncTechMemoryTests))]
public class SyncTechMemoryTests
{
    [Fact]
    public void I03_AttachmentsOfHundredsOfMegabytesPassThroughInLittleMemory()
    {
        const long data = 225L << 20;
        byte[] start = Encoding.UTF8.GetBytes(File(Mms("|")).Split('|')[0]);
        byte[] end = Encoding.UTF8.GetBytes(File(Mms("|")).Split('|')[1]);
        var file = new RepeatedStream(start, data / 3 * 4, end);
        var counted = new CountingStream();
        long peak = 0;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        file.OnRead = () => peak = Math.Max(peak, GC.GetTotalMemory(false) - before);
        var clock = Stopwatch.StartNew();
        var readings = new SyncTechReader(file, _ => counted).Read().ToList();

        Message message = Assert.Single(readings).Item!;
        Assert.Equal(data, message.View.Parts[2].DataLength);
        Assert.Equal(-1, message.View.Parts[2].RawFrom);
        Assert.Equal(data, counted.Count);
        Assert.True(peak < 50_000_000, $"peak {peak} bytes");
        TestContext.Current.TestOutputHelper?.WriteLine($"{file.Total >> 20} MiB in {clock.ElapsedMilliseconds} ms, peak {peak >> 10} KiB");
    }

    /// <summary>A start, very many base64 characters, an end: made while they are read.</summary>
    private sealed class RepeatedStream(byte[] start, long count, byte[] end) : ForwardStream
    {
        private long _at;

        public long Total => start.Length + count + end.Length;

        public Action? OnRead { get; set; }

        public override int Read(Span<byte> buffer)
        {
            OnRead?.Invoke();
            int n = (int)Math.Min(buffer.Length, Total - _at);
            for (int done = 0; done < n;)
            {
                long at = _at + done;
                Span<byte> rest = buffer[done..n];
                if (at < start.Length)
                    done += Copy(start.AsSpan((int)at), rest);
                else if (at >= start.Length + count)
                    done += Copy(end.AsSpan((int)(at - start.Length - count)), rest);
                else
                {
                    int fill = (int)Math.Min(rest.Length, start.Length + count - at);
                    rest[..fill].Fill((byte)'A');
                    done += fill;
                }
            }
            _at += n;
            return n;
        }

        private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
        {
            int n = Math.Min(from.Length, to.Length);
            from[..n].CopyTo(to);
            return n;
        }
    }

    private sealed class CountingStream : MemoryStream
    {
        public long Count { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer) => Count += buffer.Length;
    }
}
