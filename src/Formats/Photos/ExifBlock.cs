using System.Globalization;
using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using MetadataExtractor.Formats.Exif.Makernotes;
using MetadataExtractor.Formats.Tiff;
using MetadataExtractor.IO;
using Directory = MetadataExtractor.Directory;

namespace Candor.Formats.Photos;

/// <summary>What Candor wants of a TIFF structure: an Exif block of a photo, or a TIFF or DNG file itself.</summary>
/// <remarks>
/// The library walks the directories; this guard decides what it may touch. It sees one block through <see cref="MediaSource"/>, never
/// the file; only the tags named here are read, none longer than <see cref="MaxTagBytes"/>; of makernotes only Apple's; no embedded
/// XMP, ICC, IPTC or Photoshop data, each of which is a parser of its own; at most <see cref="MaxDirectories"/> directories, which
/// bounds the recursion. Whatever it throws becomes a problem, and what was read until then counts.
/// </remarks>
internal sealed class ExifBlock
{
    private const int MaxDirectories = 24;
    private const int MaxTagBytes = 4096;
    private const int MaxReads = 1_000_000;
    private const int MaxText = 200;
    private const int TagDngVersion = 0xC612;
    private const int TagOffsetTime = 0x9010;
    private const int TagOffsetTimeOriginal = 0x9011;
    private const int TagOffsetTimeDigitized = 0x9012;
    private const int TagContentIdentifier = 0x0011;

    private readonly List<Directory> directories = [];

    private ExifBlock() { }

    public bool IsDng { get; private set; }
    public string? Make { get; private set; }
    public string? Model { get; private set; }
    public string? Lens { get; private set; }
    public int Orientation { get; private set; } = 1;
    public string? ContentIdentifier { get; private set; }
    public PhotoLocation? Location { get; private set; }

    /// <summary>For TIFF and DNG: the first directory's image, or the largest of all where the first is marked as a thumbnail.</summary>
    public (int Width, int Height) ImageSize { get; private set; }

    /// <summary>Exif's own note of the picture's size, for containers that have none.</summary>
    public (int Width, int Height) PixelSize { get; private set; }

    public DateTime? Original { get; private set; }
    public TimeSpan? OriginalOffset { get; private set; }
    public DateTime? Digitized { get; private set; }
    public TimeSpan? DigitizedOffset { get; private set; }
    public DateTime? Modified { get; private set; }
    public TimeSpan? ModifiedOffset { get; private set; }
    public DateTime? GpsUtc { get; private set; }

    /// <summary>
    /// Reads a block that starts with the TIFF header. <paramref name="fault"/> says what stopped the reading, if anything did.
    /// </summary>
    public static ExifBlock Read(MediaSource source, long start, long length, out string? fault)
    {
        var block = new ExifBlock();
        fault = null;
        try
        {
            var reader = new Slice(source, start, (int)Math.Min(length, int.MaxValue), 0, new Meter(), true);
            TiffReader.ProcessTiff(reader, new Handler(block.directories));
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            fault = thrown is IOException or ImageProcessingException ? thrown.Message : thrown.GetType().Name;
        }
        try
        {
            block.Collect();
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            fault ??= thrown.GetType().Name;
        }
        fault ??= block.directories.SelectMany(directory => directory.Errors).FirstOrDefault();
        return block;
    }

    private void Collect()
    {
        var main = directories.FirstOrDefault(directory => directory is ExifIfd0Directory);
        var details = directories.FirstOrDefault(directory => directory is ExifSubIfdDirectory
            && directory.ContainsTag(ExifDirectoryBase.TagDateTimeOriginal))
            ?? directories.FirstOrDefault(directory => directory is ExifSubIfdDirectory);
        ContentIdentifier = Text(directories.FirstOrDefault(directory => directory is AppleMakernoteDirectory), TagContentIdentifier);
        IsDng = main?.ContainsTag(TagDngVersion) == true;
        Make = Text(main, ExifDirectoryBase.TagMake);
        Model = Text(main, ExifDirectoryBase.TagModel);
        Lens = Text(details, ExifDirectoryBase.TagLensModel);
        Orientation = Number(main, ExifDirectoryBase.TagOrientation) is >= 1 and <= 8 and var turned ? turned : 1;
        PixelSize = (Number(details, ExifDirectoryBase.TagExifImageWidth), Number(details, ExifDirectoryBase.TagExifImageHeight));
        ImageSize = SizeIn(main);
        if (IsDng || ImageSize.Width <= 0 || (Number(main, ExifDirectoryBase.TagNewSubfileType) & 1) == 1)
            ImageSize = directories.Select(SizeIn).DefaultIfEmpty().MaxBy(size => (long)size.Width * size.Height);
        Original = PhotoTime.ParseExif(Text(details, ExifDirectoryBase.TagDateTimeOriginal),
            Text(details, ExifDirectoryBase.TagSubsecondTimeOriginal));
        OriginalOffset = PhotoTime.ParseOffset(Text(details, TagOffsetTimeOriginal));
        Digitized = PhotoTime.ParseExif(Text(details, ExifDirectoryBase.TagDateTimeDigitized),
            Text(details, ExifDirectoryBase.TagSubsecondTimeDigitized));
        DigitizedOffset = PhotoTime.ParseOffset(Text(details, TagOffsetTimeDigitized));
        Modified = PhotoTime.ParseExif(Text(main, ExifDirectoryBase.TagDateTime), Text(details, ExifDirectoryBase.TagSubsecondTime));
        ModifiedOffset = PhotoTime.ParseOffset(Text(details, TagOffsetTime));
        if (directories.FirstOrDefault(directory => directory is GpsDirectory) is { } gps)
            CollectGps(gps);
    }

    private void CollectGps(Directory gps)
    {
        if (Degrees(gps, GpsDirectory.TagLatitude, GpsDirectory.TagLatitudeRef, 'S') is { } latitude
            && Degrees(gps, GpsDirectory.TagLongitude, GpsDirectory.TagLongitudeRef, 'W') is { } longitude)
        {
            double? altitude = gps.TryGetRational(GpsDirectory.TagAltitude, out var metres) && metres.Denominator != 0
                ? metres.ToDouble() : null;
            var below = Number(gps, GpsDirectory.TagAltitudeRef) == 1;
            Location = PhotoLocation.From(latitude, longitude, below ? -altitude : altitude);
        }
        var clock = gps.GetRationalArray(GpsDirectory.TagTimeStamp);
        if (clock is { Length: 3 } && PhotoTime.ParseExif(Text(gps, GpsDirectory.TagDateStamp) + " 00:00:00") is { } day)
        {
            var seconds = Value(clock[0]) * 3600 + Value(clock[1]) * 60 + Value(clock[2]);
            if (seconds is >= 0 and < 86_401)
                GpsUtc = day.AddSeconds(seconds);
        }
    }

    private static double? Degrees(Directory gps, int tag, int referenceTag, char negative)
    {
        var parts = gps.GetRationalArray(tag);
        if (parts is not { Length: >= 1 and <= 3 })
            return null;
        var degrees = Math.Abs(Value(parts[0]));
        for (var i = 1; i < parts.Length; i++)
            degrees += Value(parts[i]) / (i == 1 ? 60 : 3600);
        if (!double.IsFinite(degrees))
            return null;
        // Without a word on the hemisphere it could be any of two places.
        if (Text(gps, referenceTag) is not { Length: > 0 } reference)
            return null;
        return char.ToUpperInvariant(reference[0]) == negative ? -degrees : degrees;
    }

    /// <summary>0/0 is how some cameras write "no seconds".</summary>
    private static double Value(Rational rational) => rational.Denominator == 0 && rational.Numerator == 0 ? 0 : rational.ToDouble();

    private static (int Width, int Height) SizeIn(Directory? directory) =>
        (Number(directory, ExifDirectoryBase.TagImageWidth), Number(directory, ExifDirectoryBase.TagImageHeight));

    private static int Number(Directory? directory, int tag) =>
        directory is not null && directory.TryGetInt32(tag, out var number) ? number : 0;

    private static string? Text(Directory? directory, int tag)
    {
        if (directory?.GetObject(tag) is not StringValue and not string)
            return null;
        var text = directory.GetString(tag)?.Trim('\0', ' ');
        return text is { Length: > 0 and <= MaxText } && !text.Any(char.IsControl) ? text : null;
    }

    private sealed class Meter
    {
        private int reads;

        public void Count()
        {
            if (++reads > MaxReads)
                throw new IOException("the Exif block makes its reader run in circles");
        }
    }

    /// <summary>The library's view of one block.</summary>
    private sealed class Slice(MediaSource source, long start, int length, int shift, Meter meter, bool bigEndian)
        : IndexedReader(bigEndian)
    {
        public override long Length => length;

        public override IndexedReader WithByteOrder(bool isMotorolaByteOrder) =>
            isMotorolaByteOrder == IsMotorolaByteOrder ? this : new Slice(source, start, length, shift, meter, isMotorolaByteOrder);

        public override IndexedReader WithShiftedBaseOffset(int by)
        {
            ValidateIndex(by, 0);
            return by == 0 ? this : new Slice(source, start + by, length - by, shift + by, meter, IsMotorolaByteOrder);
        }

        public override int ToUnshiftedOffset(int localOffset) => checked(localOffset + shift);

        public override byte GetByte(int index)
        {
            meter.Count();
            ValidateIndex(index, 1);
            var value = source.ByteAt(start + index);
            return value >= 0 ? (byte)value : throw new IOException("the Exif block ends early");
        }

        public override byte[] GetBytes(int index, int count)
        {
            meter.Count();
            ValidateIndex(index, count);
            return source.Block(start + index, count, MaxTagBytes) ?? throw new IOException("the Exif block ends early");
        }

        protected override bool IsValidIndex(int index, int bytesRequested) =>
            index >= 0 && bytesRequested >= 0 && bytesRequested <= length - index;

        protected override void ValidateIndex(int index, int bytesRequested)
        {
            if (!IsValidIndex(index, bytesRequested))
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"the Exif block points outside of itself (at {index})"));
        }
    }

    private sealed class Handler(List<Directory> found) : ExifTiffHandler(found)
    {
        private int refusals;

        public override bool TryEnterSubIfd(int tagId) => HasRoom() && base.TryEnterSubIfd(tagId);

        public override bool HasFollowerIfd() => HasRoom() && base.HasFollowerIfd();

        /// <summary>True says "dealt with": the library then reads nothing of the tag.</summary>
        public override bool CustomProcessTag(
            int tagOffset, ICollection<int> processedIfdOffsets, IndexedReader reader, int tagId, int byteCount)
        {
            if (tagId == ExifDirectoryBase.TagMakernote && CurrentDirectory is ExifSubIfdDirectory)
                ProcessAppleNote(tagOffset, processedIfdOffsets, reader, byteCount);
            else if (byteCount <= MaxTagBytes && IsWanted(tagId))
                return false;
            return true;
        }

        /// <summary>
        /// "Apple iOS", a NUL, two bytes of version, "MM", then a directory whose offsets count from the note's first byte.
        /// </summary>
        private void ProcessAppleNote(int offset, ICollection<int> processedIfdOffsets, IndexedReader reader, int length)
        {
            if (length <= 14 || !HasRoom() || !reader.GetBytes(offset, 10).AsSpan().SequenceEqual("Apple iOS\0"u8))
                return;
            PushDirectory(new AppleMakernoteDirectory());
            TiffReader.ProcessIfd(this, reader.WithByteOrder(true).WithShiftedBaseOffset(offset), processedIfdOffsets, 14);
        }

        private bool HasRoom()
        {
            if (Directories.Count < MaxDirectories)
                return true;
            return ++refusals < 1000 ? false : throw new IOException("the Exif block has too many directories");
        }

        private bool IsWanted(int tagId) => CurrentDirectory switch
        {
            AppleMakernoteDirectory => tagId == TagContentIdentifier,
            GpsDirectory => tagId is >= GpsDirectory.TagLatitudeRef and <= GpsDirectory.TagTimeStamp or GpsDirectory.TagDateStamp,
            _ => tagId is ExifDirectoryBase.TagNewSubfileType or ExifDirectoryBase.TagImageWidth or ExifDirectoryBase.TagImageHeight
                or ExifDirectoryBase.TagMake or ExifDirectoryBase.TagModel
                or ExifDirectoryBase.TagOrientation or ExifDirectoryBase.TagDateTime or ExifDirectoryBase.TagDateTimeOriginal
                or ExifDirectoryBase.TagDateTimeDigitized or ExifDirectoryBase.TagSubsecondTime
                    or ExifDirectoryBase.TagSubsecondTimeOriginal
                or ExifDirectoryBase.TagSubsecondTimeDigitized or TagOffsetTime or TagOffsetTimeOriginal or TagOffsetTimeDigitized
                or ExifDirectoryBase.TagExifImageWidth or ExifDirectoryBase.TagExifImageHeight or ExifDirectoryBase.TagLensModel
                    or TagDngVersion,
        };
    }
}
