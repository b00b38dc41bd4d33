namespace Candor.Shelf.Tuf;

/// <summary>Fetches a file by its name below the shelf's metadata.</summary>
/// <param name="name">Escaped as a part of a URL: <c>3.root.json</c>.</param>
/// <param name="most">Bytes: a fetcher reads no more than one byte beyond.</param>
/// <param name="cancel">Cancels.</param>
/// <returns>The bytes; null where the server says that there is no such file (403, 404). Other failures throw what the wire throws, or <see cref="ShelfRefusedException"/>.</returns>
public delegate Task<byte[]?> FetchMetadata(string name, int most, CancellationToken cancel);

/// <summary>Where verified metadata is kept between two runs, by names such as <c>root.json</c>. A write leaves the old file or the new one, whole, also after a loss of power.</summary>
/// <param name="Read">The bytes, or null.</param>
/// <param name="Write">Puts them under the name.</param>
/// <param name="Delete">Forgets them; nothing happens where there is none.</param>
public sealed record TrustedMetadata(Func<string, byte[]?> Read, Action<string, byte[]> Write, Action<string> Delete);
