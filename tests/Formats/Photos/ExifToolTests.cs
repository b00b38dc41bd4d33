using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Candor.Formats.Photos;
using Xunit;

namespace Candor.Tests.Photos;

/// <summary>What ExifTool, the reference for photo metadata, reads in the same files.</summary>
public class ExifToolTests
{
    [Fact]
    public void AgreesWithExifTool()
    {
        var video = SampleFiles.Mp4();
        var files = new Dictionary<string, byte[]>
        {
            ["a.jpg"] = SampleFiles.Jpeg(SampleFiles.Exif()),
            ["b.jpg"] = SampleFiles.Jpeg(SampleFiles.Exif(-33.8568, 151.2153, big: false)),
            ["c.jpg"] = SampleFiles.Jpeg(SampleFiles.Exif(-22.9519, -43.2105), SampleFiles.MotionXmp(video.Length), tail: video),
            ["d.jpg"] = SampleFiles.Jpeg(SampleFiles.Exif(40.5, -73.9), tail: SampleFiles.SamsungTail(video)),
            ["e.png"] = SampleFiles.Png(SampleFiles.Exif()),
            ["f.webp"] = SampleFiles.WebP(SampleFiles.Exif()),
            ["g.heic"] = SampleFiles.Heic(SampleFiles.Exif()),
            ["h.mp4"] = video,
            ["i.mov"] = SampleFiles.LiveMovie(),
            ["j.gif"] = SampleFiles.Gif(),
        };
        var folder = Directory.CreateTempSubdirectory("candor-exiftool-");
        try
        {
            foreach (var (name, bytes) in files)
                File.WriteAllBytes(Path.Combine(folder.FullName, name), bytes);
            using var document = JsonDocument.Parse(RunExifTool(folder.FullName));
            Assert.Equal(files.Count, document.RootElement.GetArrayLength());
            foreach (var theirs in document.RootElement.EnumerateArray())
            {
                var name = Path.GetFileName(theirs.GetProperty("SourceFile").GetString())!;
                Compare(name, PhotoMetadata.Read(new MemoryStream(files[name]), name), theirs);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Compare(string name, PhotoView ours, JsonElement theirs)
    {
        Equal(Text("MIMEType"), ours.MediaType, "type");
        Equal(Number("ImageWidth"), ours.Width, "width");
        Equal(Number("ImageHeight"), ours.Height, "height");
        Equal(Text("Make"), ours.Make, "make");
        Equal(Text("Model"), ours.Model, "model");
        Equal(Text("LensModel"), ours.Lens, "lens");
        // Its name in stills, since version 12.19.
        Equal(Text("ContentIdentifier") ?? Text("MediaGroupUUID"), ours.ContentIdentifier, "content identifier");
        Equal(Round(Number("GPSLatitude")), Round(ours.Location?.Latitude), "latitude");
        Equal(Round(Number("GPSLongitude")), Round(ours.Location?.Longitude), "longitude");
        Equal(Round(Number("GPSAltitude")), Round(ours.Location?.Altitude), "altitude");
        Equal(Number("Duration"), ours.Duration?.TotalSeconds, "duration");
        if (Text("DateTimeOriginal") is { } date)
            Equal(date, ours.Taken!.Local.ToString("yyyy:MM:dd HH:mm:ss", null), "time");
        if (ours.MotionVideo is { Kind: EmbeddedVideoKind.SamsungTrailer } motion)
            Assert.Contains($"{motion.Length} bytes", Text("EmbeddedVideoFile"), StringComparison.Ordinal);

        string? Text(string tag) => theirs.TryGetProperty(tag, out var value) ? value.ToString() : null;
        double? Number(string tag) => theirs.TryGetProperty(tag, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
        static double? Round(double? value) => value is { } number ? Math.Round(number, 5) : null;
        void Equal<T>(T expected, T actual, string what) =>
            Assert.True(EqualityComparer<T>.Default.Equals(expected, actual), $"{name}: ExifTool says {what} is '{expected}', Candor '{actual}'");
    }

    private static string RunExifTool(string folder)
    {
        var start = new ProcessStartInfo("exiftool") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-json", "-n", "-api", "QuickTimeUTC=1", folder])
            start.ArgumentList.Add(argument);
        try
        {
            using var tool = Process.Start(start)!;
            var errors = tool.StandardError.ReadToEndAsync();
            var output = tool.StandardOutput.ReadToEnd();
            tool.WaitForExit();
            _ = errors.Result;
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Fail("This test asks ExifTool. Install it: apt-get install --no-install-recommends libimage-exiftool-perl");
            throw;
        }
    }
}
