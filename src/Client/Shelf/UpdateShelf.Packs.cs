using System.Text.RegularExpressions;
using Candor.Client.Api;
using Candor.Client.Greetings;
using Candor.Client.PublicLog;
using Candor.Shelf.Packs;
using Candor.Shelf.Tuf;

namespace Candor.Client.Shelf;

/// <summary>What a fetch of greeting packs left on the device.</summary>
/// <param name="Packs">File names on the shelf, all of them here now.</param>
/// <param name="Fresh">Those that were fetched now.</param>
/// <param name="Gone">Those that the shelf has no more.</param>
/// <param name="Refused">Those that were not taken, each with its reason; of each the one from before stays.</param>
public sealed record FetchedPacks(IReadOnlyList<string> Packs, IReadOnlyList<string> Fresh, IReadOnlyList<string> Gone, IReadOnlyList<string> Refused);

/// <summary>The greeting packs of the same shelf: the role <c>packs</c> lists them, and every one of them is fetched, whatever language is spoken here.</summary>
public sealed partial class UpdateShelf
{
    private const string Packs = "packs/", Ending = ".pack";

    /// <summary>Brings every pack of the shelf here. One is replaced when the new one is whole, listed by its keepers and can be read; else the one from before stays in use.</summary>
    /// <param name="logged">Whether the public log has to have each: what is made for one victim alone is in no log that others read. One that is not there is not taken.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ShelfException">The shelf was refused: all packs from before stay.</exception>
    /// <exception cref="LogAlarmException">The log shows what no honest one does, or too few of the witnesses that the policy asks for have signed.</exception>
    /// <exception cref="ServerRefusedException">The server has no log, or does not answer.</exception>
    public async Task<FetchedPacks> FetchPacksAsync(bool logged, CancellationToken cancel) => await Refusable(async () =>
    {
        var client = await FreshAsync(cancel);
        var api = await ApiAsync(cancel);
        var isLogged = logged ? await LoggedAsync(cancel) : null;
        List<string> packs = [], fresh = [], refused = [];
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "greetings")).FullName;
        foreach (var target in (await client.ListAsync(Packs, cancel)).Where(t => t.Path.EndsWith(Ending, StringComparison.Ordinal)))
        {
            string name = target.Path[Packs.Length..^Ending.Length];
            if (!PackName().IsMatch(name) || target.Length > GreetingPack.Largest || packs.Count == GreetingShelf.MostPacks)
            {
                refused.Add($"{target.Path} is no pack that this program takes.");
                continue;
            }
            string file = Path.Combine(folder, GreetingShelf.Fetched + name + Ending);
            if (isLogged is not null && !(target.Hashes.TryGetValue("sha256", out string? hash) && isLogged(target.Path, target.Length, hash)))
            {
                refused.Add($"{target.Path} is signed by the shelf's keepers, and the public log of {Server!.Authority} does not have it: it may have been made for you alone.");
                if (File.Exists(file)) packs.Add(name);
                continue;
            }
            packs.Add(name);
            var before = File.Exists(file) ? File.GetLastWriteTimeUtc(file) : default;
            try
            {
                await api.DownloadAsync(target, file, Inspect, progress: null, cancel);
                if (File.GetLastWriteTimeUtc(file) != before) fresh.Add(name);
            }
            catch (ShelfRefusedException e)
            {
                refused.Add(e.Message);
                if (!File.Exists(file)) packs.Remove(name);
            }
        }
        var gone = new List<string>();
        foreach (string file in Directory.GetFiles(folder, GreetingShelf.Fetched + "*" + Ending))
        {
            string name = Path.GetFileName(file)[GreetingShelf.Fetched.Length..^Ending.Length];
            if (packs.Contains(name)) continue;
            File.Delete(file);
            gone.Add(name);
        }
        return new FetchedPacks(packs, fresh, gone, refused);

        static string? Inspect(Stream stream)
        {
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return GreetingPack.TryRead(bytes, out _, out string reason) ? null : reason;
        }
    });

    [GeneratedRegex("^[a-z0-9](?:[A-Za-z0-9-]|\\.(?!\\.)){0,79}$")]
    private static partial Regex PackName();
}
