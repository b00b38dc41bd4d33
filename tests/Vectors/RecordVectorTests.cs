using System.Text.Json;
using Candor.Client.Records;
using Candor.Tests.Sealing;
using SpecVectors = Candor.Tests.Sealing.Vectors;

namespace Candor.Tests.Vectors;

/// <summary>spec/vectors/record.json: what is inside a sealed record, field by field (spec/records.md, spec/blobs.md).</summary>
public class RecordVectorTests
{
    private const string File = "record.json";

    public static TheoryData<string> Names(bool valid) =>
        [.. SpecVectors.Cases(File).Where(c => c.GetProperty("valid").GetBoolean() == valid).Select(c => c.Text("name"))];

    [Theory]
    [MemberData(nameof(Names), true)]
    public void ARecordReadsAsItsFieldsAndIsWrittenAgainTheSame(string name)
    {
        var c = SpecVectors.Case(File, name);
        Assert.True(RecordPlaintext.TryDecode(c.Bytes("plaintext"), out var record));
        Assert.Equal(c.Text("name_text"), record.Name);
        Assert.Equal(c.Bytes("original"), record.Original.ToArray());
        AssertMap(c.GetProperty("view"), record.View);
        var files = c.GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(files.Count, record.Files.Count);
        foreach (var (expected, file) in files.Zip(record.Files)) AssertFile(expected, file);
        Assert.Equal(c.GetProperty("blobs").EnumerateArray().Select(b => b.GetString()), record.BlobNames().Select(b => b.ToString()));
        Assert.Equal(c.Bytes("plaintext"), record.Encode());
    }

    [Theory]
    [MemberData(nameof(Names), false)]
    public void WhatIsNoRecordIsRefused(string name) => Assert.False(RecordPlaintext.TryDecode(SpecVectors.Case(File, name).Bytes("plaintext"), out _));

    private static void AssertFile(JsonElement expected, RecordFile file)
    {
        Assert.Equal(
            (expected.Text("role_text"), expected.Text("name_text"), expected.Text("media_type_text"), expected.Number("size")),
            (file.Role, file.Name, file.MediaType, file.Size));
        Assert.Equal(
            (expected.Text("content_id"), expected.Text("revision"), expected.Number("epoch")),
            (file.ContentId.ToString(), file.Revision.ToString(), file.Epoch));
        Assert.Equal(
            expected.GetProperty("pieces").EnumerateArray().Select(p => (p.Text("blob"), p.Number("length"))),
            file.Pieces.Select(p => (p.Blob.ToString(), (long)p.Length)));
    }

    private static void AssertMap(JsonElement expected, RecordView view)
    {
        var values = view.ToDictionary();
        Assert.Equal(expected.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal), values.Keys.Order(StringComparer.Ordinal));
        foreach (var property in expected.EnumerateObject()) AssertValue(property.Value, values[property.Name]);
    }

    private static void AssertValue(JsonElement expected, object? value)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.String: Assert.Equal(expected.GetString(), Assert.IsType<string>(value)); break;
            case JsonValueKind.Number: Assert.Equal(expected.GetInt64(), Assert.IsType<long>(value)); break;
            case JsonValueKind.Null: Assert.Null(value); break;
            case JsonValueKind.Array:
                var items = Assert.IsType<object?[]>(value);
                var wanted = expected.EnumerateArray().ToList();
                Assert.Equal(wanted.Count, items.Length);
                for (int i = 0; i < items.Length; i++) AssertValue(wanted[i], items[i]);
                break;
            case JsonValueKind.Object when expected.TryGetProperty("bytes", out _): Assert.Equal(expected.Bytes("bytes"), Assert.IsType<byte[]>(value)); break;
            case JsonValueKind.Object: AssertMap(expected.GetProperty("map"), Assert.IsType<RecordView>(value)); break;
            default: Assert.Equal(expected.GetBoolean(), Assert.IsType<bool>(value)); break;
        }
    }
}
