using Candor.Client.Records;
using Candor.Protocol;
using CsCheck;

namespace Candor.Tests.Client.Records;

public class RecordPlaintextTests
{
    private static readonly Gen<object?> Values = Gen.Recursive<object?>((depth, inner) => depth > 3
        ? Gen.Long.Select(l => (object?)l)
        : Gen.OneOf(
            Gen.Long.Select(l => (object?)l),
            Gen.Bool.Select(b => (object?)b),
            Gen.Byte.Array[0, 20].Select(b => (object?)b),
            Gen.String[Gen.Char['a', 'ÿ'], 0, 20].Select(s => (object?)s),
            inner.Array[0, 3].Select(a => (object?)a)));

    private static readonly Gen<RecordView> Views = Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 20], Values).Array[0, 6].Select(pairs =>
    {
        var view = new RecordView();
        foreach (var (key, value) in pairs) view.Set(key, value);
        return view;
    });

    [Fact]
    public void WhatIsWrittenReadsBackAndWritesTheSameBytes() => Gen.Select(Gen.Byte.Array[0, 300], Views, Gen.Int[0, 3 * Limits.Piece]).Sample((original, view, size) =>
    {
        byte[] bytes = new RecordPlaintext("2026/11/IMG 1.heic", original, view, [FileOf(size)]).Encode();
        Assert.True(RecordPlaintext.TryDecode(bytes, out var read));
        Assert.Equal(bytes, read.Encode());
        Assert.Equal(original, read.Original.ToArray());
    }, iter: 1000);

    [Fact]
    public void DamagedBytesAreRefusedOrReadAsWhatTheySay() => Gen.Select(Views, Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Bool).Sample((view, at, value, cut) =>
    {
        byte[] bytes = new RecordPlaintext("n", new byte[3], view, [FileOf(10)]).Encode();
        at %= bytes.Length;
        if (cut) bytes = bytes[..at];
        else bytes[at] = value;
        if (RecordPlaintext.TryDecode(bytes, out var read)) Assert.Equal(bytes, read.Encode());
    }, iter: 20_000);

    [Fact]
    public void PiecesThatDoNotAddUpToTheFileAreRefused()
    {
        var good = FileOf(Limits.Piece + 5);
        Assert.True(Reads(good));
        Assert.False(Reads(good with { Size = good.Size - 1 }));
        Assert.False(Reads(good with { Pieces = [good.Pieces[1], good.Pieces[0]] }));
        Assert.False(Reads(good with { Pieces = [] }));
        Assert.False(Reads(good with { Epoch = 0 }));
        Assert.True(Reads(FileOf(0)));

        static bool Reads(RecordFile file) => RecordPlaintext.TryDecode(new RecordPlaintext("", default, [], [file]).Encode(), out _);
    }

    [Fact]
    public void AViewInAnyOrderOfKeysIsWrittenInTheProfilesOrder() => Gen.Select(Gen.String[Gen.Char['a', 'ÿ'], 0, 11], Gen.Long).Array[0, 30].Sample(pairs =>
    {
        var view = new RecordView();
        foreach (var (key, value) in pairs) view.Set(key, value);
        foreach (var (key, value) in pairs.DistinctBy(p => p.Item1))
        {
            Assert.Equal(pairs.Last(p => p.Item1 == key).Item2, view.Number(key));
            Assert.True(view.Has(key));
        }
        // The canonical reader refuses any other order.
        Assert.True(RecordPlaintext.TryDecode(new RecordPlaintext("", default, view, []).Encode(), out var read));
        Assert.Equal(view.Select(p => p.Key), read.View.Select(p => p.Key));
        if (pairs.Length > 0) Assert.False(view.Copy().Remove(pairs[0].Item1).Has(pairs[0].Item1));
    }, iter: 2000);

    [Fact]
    public void TextsThatAReaderWouldRefuseAreNotWritten()
    {
        Assert.Throws<ArgumentException>(() => new RecordPlaintext(new string('x', 1025), default, new RecordView(), []).Encode());
        Assert.Throws<ArgumentException>(() => new RecordPlaintext("", default, new RecordView(), [FileOf(1) with { MediaType = new string('é', 129) }]).Encode());
        byte[] lone = new RecordPlaintext("\uD800", default, new RecordView().With("k", "\uDC00"), []).Encode();
        Assert.True(RecordPlaintext.TryDecode(lone, out var record));
        Assert.Equal(("\uFFFD", "\uFFFD"), (record.Name, record.View.Text("k")));
    }

    private static RecordFile FileOf(long size)
    {
        var pieces = new List<FilePiece>();
        for (long at = 0; at < size || pieces.Count == 0; at += Limits.Piece)
        {
            pieces.Add(new(Hash32.Of([(byte)pieces.Count]), (int)Math.Min(Limits.Piece, size - at)));
        }
        return new("blob", "IMG 1.heic", "image/heic", size, Id.Random(), Id.Random(), 1, pieces);
    }
}
