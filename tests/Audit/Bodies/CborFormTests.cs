using System.Formats.Cbor;
using System.Text;
using Candor.Audit.Bodies;
using CsCheck;
using Xunit;

namespace Candor.Tests.Audit.Bodies;

/// <summary>The form is told as .NET's reader tells it, which throws for what is none: nearly all that an audit tries.</summary>
public class CborFormTests
{
    private static readonly Gen<byte[]> Written = Gen.Int.Select(seed =>
    {
        var random = new Random(seed);
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(null);
        writer.WriteTextString("k");
        Write(writer, random, 0);
        writer.WriteEndMap();
        return writer.Encode();
    });

    // Valid, cut, with one byte changed, and anything that begins like a collection.
    private static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Written,
        Written.Select(Gen.Int[0, 1000], (bytes, at) => bytes[..Math.Max(1, bytes.Length - at % bytes.Length)]),
        Written.Select(Gen.Int[0, 1000], Gen.Byte, (bytes, at, value) => (byte[])[.. bytes.Select((b, i) => i == at % bytes.Length ? value : b)]),
        Gen.Int[0x80, 0xDF].Select(Gen.Byte.Array[0, 24], (head, rest) => (byte[])[(byte)head, .. rest]));

    [Fact]
    public void WhatIsCborAndWhatStandsInItAreAsTheReaderHasThem()
    {
        int known = 0;
        Bytes.Sample(bytes =>
        {
            List<Piece> pieces = [];
            bool read = CborForm.TryRead(bytes, pieces);
            known += read ? 1 : 0;
            Assert.Equal(Strings(bytes), read ? [.. pieces.Select(p => (p.Start, p.Length))] : null);
        }, iter: 50_000, threads: 1);
        Assert.InRange(known, 10_000, 45_000);
    }

    [Theory]
    [InlineData("A1 61 6B 5F 42 01 02 41 03 FF", true)] // a string in chunks
    [InlineData("A1 61 6B 5F 61 01 FF", false)] // chunks of another type
    [InlineData("A1 61 6B 5F 42 01", false)] // chunks without an end
    [InlineData("BF 61 6B 01 FF", true)]
    [InlineData("BF 61 6B FF", false)] // a key without a value
    [InlineData("9F FF", true)]
    [InlineData("9F", false)]
    [InlineData("81 FF", false)] // a break where none can be
    [InlineData("C1 1A 51 4B 67 B0", true)]
    [InlineData("81 1C", false)] // a length that is none
    [InlineData("9B FF FF FF FF FF FF FF FF", false)]
    [InlineData("BB 80 00 00 00 00 00 00 00", false)] // twice so many do not fit into 64 bits
    [InlineData("81 F8 FF", true)]
    [InlineData("81 01 00", false)] // something behind the end
    public void FormsOfTheStandard(string hex, bool expected) =>
        Assert.Equal(expected, CborForm.TryRead(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), []));

    [Fact]
    public void NestingIsBounded()
    {
        byte[] nested = [.. Enumerable.Repeat((byte)0x81, 100_000), 0x01];
        Assert.False(CborForm.TryRead(nested, []));
    }

    private static void Write(CborWriter writer, Random random, int depth)
    {
        switch (random.Next(depth > 3 ? 6 : 9))
        {
            case 0: writer.WriteInt64(random.NextInt64()); break;
            case 1: writer.WriteTextString(new string('t', random.Next(40))); break;
            case 2: writer.WriteByteString(Encoding.UTF8.GetBytes("bytes")[random.Next(5)..]); break;
            case 3: writer.WriteDouble(random.NextDouble()); break;
            case 4: writer.WriteBoolean(true); break;
            case 5:
                writer.WriteStartIndefiniteLengthTextString();
                writer.WriteTextString("in");
                writer.WriteTextString("parts");
                writer.WriteEndIndefiniteLengthTextString();
                break;
            case 6:
                int count = random.Next(5);
                writer.WriteStartArray(random.Next(2) == 0 ? count : null);
                for (int i = 0; i < count; i++) Write(writer, random, depth + 1);
                writer.WriteEndArray();
                break;
            case 7:
                writer.WriteTag((CborTag)random.Next(100));
                Write(writer, random, depth + 1);
                break;
            default:
                writer.WriteStartMap(random.Next(2) == 0 ? 1 : null);
                writer.WriteInt32(random.Next(100));
                Write(writer, random, depth + 1);
                writer.WriteEndMap();
                break;
        }
    }

    /// <summary>Where strings stand that are written in one; null where it is no CBOR to the end.</summary>
    private static List<(int, int)>? Strings(byte[] bytes)
    {
        if (bytes[0] >> 5 is not (4 or 5 or 6)) return null;
        List<(int, int)> strings = [];
        var reader = new CborReader(bytes, CborConformanceMode.Lax);
        try
        {
            while (reader.PeekState() is var state && state != CborReaderState.Finished)
            {
                int at = bytes.Length - reader.BytesRemaining;
                switch (state)
                {
                    case CborReaderState.StartMap: reader.ReadStartMap(); break;
                    case CborReaderState.EndMap: reader.ReadEndMap(); break;
                    case CborReaderState.StartArray: reader.ReadStartArray(); break;
                    case CborReaderState.EndArray: reader.ReadEndArray(); break;
                    case CborReaderState.Tag: reader.ReadTag(); break;
                    case CborReaderState.ByteString or CborReaderState.TextString:
                        reader.SkipValue();
                        int head = (bytes[at] & 0x1F) switch { < 24 => 1, 24 => 2, 25 => 3, 26 => 5, _ => 9 };
                        strings.Add((at + head, bytes.Length - reader.BytesRemaining - at - head));
                        break;
                    default: reader.SkipValue(); break;
                }
            }
        }
        catch (Exception broken) when (broken is CborContentException or InvalidOperationException or OverflowException)
        {
            return null;
        }
        return reader.BytesRemaining == 0 ? strings : null;
    }
}
