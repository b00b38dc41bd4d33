namespace Candor.Formats;

/// <summary>One thing in a file that could not be taken, named so that a person can find it.</summary>
/// <param name="Item">What it was, in the file's own terms: "card 12", "sms 4711", "IMG_1.HEIC".</param>
/// <param name="Offset">Byte offset of its first byte in the file, or -1 where the format gives none.</param>
/// <param name="Reason">One sentence for a person: what is wrong and what was kept.</param>
public sealed record FormatProblem(string Item, long Offset, string Reason);

/// <summary>What a reader hands over for each thing it met: an item, a problem, or both (an item that was mended, and how).</summary>
/// <remarks>Every byte of a file belongs to exactly one reading, so that items plus problems is the count of what the file held.</remarks>
public readonly record struct Reading<T>(T? Item, FormatProblem? Problem) where T : class
{
    public static Reading<T> Of(T item) => new(item, null);

    public static Reading<T> Failed(string item, long offset, string reason) => new(null, new FormatProblem(item, offset, reason));
}
