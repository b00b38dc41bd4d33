namespace Candor.Client.Previews;

public enum PreviewOutcome
{
    /// <summary>Thumb and preview are there.</summary>
    Made,

    /// <summary>The file ends or breaks in the middle of its picture: both are there and show what could be decoded.</summary>
    Partial,

    /// <summary>The picture itself cannot be decoded here; the thumb is the small JPEG that the camera put beside it. No preview.</summary>
    ThumbOnly,

    /// <summary>A kind that this program does not decode (videos, HEIC, raw …). Another device may. Nothing is made.</summary>
    CannotBeReadHere,

    /// <summary>It says that it is a picture and is not one. No device will do better. Nothing is made.</summary>
    Damaged,

    /// <summary>More pixels or bytes than a preview is worth. Nothing is made.</summary>
    TooLarge,
}

/// <summary>An encoded picture, upright and without metadata.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="MediaType"><see cref="PreviewMaker.MediaType"/>.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record PreviewImage(byte[] Bytes, string MediaType, int Width, int Height);

/// <summary>What became of one photo.</summary>
/// <param name="Outcome">What was made, or why not.</param>
/// <param name="Reason">One sentence for a person; null for <see cref="PreviewOutcome.Made"/>.</param>
/// <param name="Thumb">At most 256 pixels a side and 24 KiB.</param>
/// <param name="Preview">At most 2,048 pixels a side.</param>
public sealed record PreviewResult(PreviewOutcome Outcome, string? Reason, PreviewImage? Thumb = null, PreviewImage? Preview = null);
