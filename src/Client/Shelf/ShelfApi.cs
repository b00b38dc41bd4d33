using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Gate;
using Candor.Shelf.Tuf;

namespace Candor.Client.Shelf;

/// <summary>Fetches what a shelf serves, in requests that are the same from every device (spec/shelf.md §4): no signature, no cookie, no query, no validator, no language.</summary>
public sealed class ShelfApi(PublicDoor door)
{
    /// <summary>The same for every version and machine.</summary>
    private const string UserAgent = "Candor/1";

    private const int BufferSize = 1 << 16;

    /// <summary>A folder in which verified metadata is kept; a file is replaced whole.</summary>
    public static TrustedMetadata Trusted(string folder)
    {
        Directory.CreateDirectory(folder);
        return new(
            name => File.Exists(In(name)) ? File.ReadAllBytes(In(name)) : null,
            (name, bytes) => DurableFile.Write(In(name), bytes),
            name => File.Delete(In(name)));

        string In(string name) => Path.Combine(folder, name);
    }

    /// <summary>A file of metadata; null where there is none.</summary>
    /// <exception cref="ServerRefusedException">The server does not answer, or with another status.</exception>
    /// <exception cref="ShelfRefusedException">It is longer than it may be.</exception>
    public async Task<byte[]?> GetMetadataAsync(string name, int most, CancellationToken cancel)
    {
        string path = $"/shelf/metadata/{name}";
        using var response = await SendAsync(path, null, cancel);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden) return null;
        if (response.StatusCode != HttpStatusCode.OK) throw Strange(path, response);
        try
        {
            return await WholeAnswer.ReadAsync(response, most, cancel) ?? throw new ShelfRefusedException(ShelfRefusal.TooLong, $"{name} of the shelf is longer than {most} bytes: it was not read further.");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw BrokeOff(e);
        }
    }

    /// <summary>Fetches a target to a place, going on with what came before; under its name it stands only when length and hash are right.</summary>
    /// <param name="target">As verified metadata lists it.</param>
    /// <param name="file">Where it goes; what came in part stands beside it as <c>.part</c>.</param>
    /// <param name="inspect">Looks into the file before it has its name: null where it is good, else a sentence why not. Null: length and hash say enough.</param>
    /// <param name="progress">Bytes that are here; null: nobody asks.</param>
    /// <param name="cancel">Cancels; what came stays.</param>
    /// <exception cref="ServerRefusedException">It does not answer or broke off; the next call goes on.</exception>
    /// <exception cref="ShelfRefusedException">It is not what was listed: what came is thrown away, what stood under the name stays.</exception>
    public async Task DownloadAsync(ShelfTarget target, string file, Func<Stream, string?>? inspect, IProgress<long>? progress, CancellationToken cancel)
    {
        if (File.Exists(file) && await FitsAsync(target, file, cancel)) return;
        string part = file + ".part";
        string path = $"/shelf/targets/{string.Join('/', target.FileName(target.Hash).Split('/').Select(Uri.EscapeDataString))}";
        long have = File.Exists(part) ? new FileInfo(part).Length : 0;
        if (have > target.Length)
        {
            File.Delete(part);
            have = 0;
        }
        // Through a relay a long file comes in several answers; a server that is asked itself sends all of it in one.
        for (long before = -1; before < have && (have < target.Length || (target.Length == 0 && before < 0));)
        {
            before = have;
            var range = door.Configuration is not null && target.Length > PublicDoor.Piece ? new RangeItemHeaderValue(have, Math.Min(have + PublicDoor.Piece, target.Length) - 1) : have > 0 ? new RangeItemHeaderValue(have, null) : null;
            using var response = await SendAsync(path, range, cancel);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden) throw new ShelfRefusedException(ShelfRefusal.Missing, $"The shelf lists {target.Path} and does not have it.");
            bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange is { Unit: "bytes", From: { } from } && from == have && range is not null;
            if (!goesOn && response.StatusCode != HttpStatusCode.OK) throw Strange(path, response);
            await using var stream = await response.Content.ReadAsStreamAsync(cancel);
            await using (var output = new FileStream(part, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None))
            {
                if (!goesOn) have = 0;
                byte[] buffer = new byte[BufferSize];
                for (int read; have <= target.Length && (read = await ReadAsync(stream, buffer, cancel)) > 0;)
                {
                    have += read;
                    await output.WriteAsync(buffer.AsMemory(0, read), cancel);
                    progress?.Report(Math.Min(have, target.Length));
                }
                await output.FlushAsync(cancel);
                DurableFile.Flush(output.SafeFileHandle);
            }
        }
        if (have > target.Length)
        {
            File.Delete(part);
            throw new ShelfRefusedException(ShelfRefusal.TooLong, $"{target.Path} is longer than the {target.Length} bytes that the shelf lists: it was not read further.");
        }
        if (have < target.Length) throw new ServerRefusedException(ServerRefusedException.Unreachable, $"{target.Path} broke off after {have} of {target.Length} bytes. What came is kept; try again.");
        if (!await FitsAsync(target, part, cancel))
        {
            File.Delete(part);
            throw new ShelfRefusedException(ShelfRefusal.Mismatch, $"{target.Path} is not the file that the shelf lists: what came was thrown away.");
        }
        string? wrong = null;
        if (inspect is not null)
        {
            await using var stream = File.OpenRead(part);
            wrong = inspect(stream);
        }
        if (wrong is not null)
        {
            File.Delete(part);
            throw new ShelfRefusedException(ShelfRefusal.Mismatch, $"{target.Path} is what the shelf lists, and is not taken. {wrong} What came was thrown away.");
        }
        File.Move(part, file, overwrite: true);
        DurableFile.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    private static async Task<bool> FitsAsync(ShelfTarget target, string file, CancellationToken cancel)
    {
        await using var stream = File.OpenRead(file);
        if (stream.Length != target.Length) return false;
        bool any = false;
        foreach (var (name, hash) in target.Hashes)
        {
            if (name is not ("sha256" or "sha512")) continue;
            stream.Position = 0;
            byte[] ours = name == "sha256" ? await SHA256.HashDataAsync(stream, cancel) : await SHA512.HashDataAsync(stream, cancel);
            if (Convert.ToHexStringLower(ours) != hash) return false;
            any = true;
        }
        return any;
    }

    private async Task<HttpResponseMessage> SendAsync(string path, RangeItemHeaderValue? range, CancellationToken cancel)
    {
        for (bool again = false; ; again = true)
        {
            try
            {
                return await door.GetAsync(path, Purpose.Shelf, UserAgent, range, cancel);
            }
            catch (HttpRequestException e) when (e.InnerException is UnansweredException && !again)
            {
                // The server had closed a connection that was kept for later.
            }
            catch (HttpRequestException e)
            {
                throw new ServerRefusedException(ServerRefusedException.Unreachable, $"{door.Server.Authority} does not answer. What was on the shelf before stays in use.", e);
            }
        }
    }

    private static async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancel);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw BrokeOff(e);
        }
    }

    private static ServerRefusedException BrokeOff(Exception e) => new(ServerRefusedException.Unreachable, "The shelf's answer broke off. What came is kept; try again.", e);

    private static ServerRefusedException Strange(string path, HttpResponseMessage response) =>
        new(ServerRefusedException.Garbled, $"The answer to GET {path} is {(int)response.StatusCode}, which no shelf says. Nothing was changed.") { Status = (int)response.StatusCode };
}
