using Candor.Client.Devices;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Client.Library;

/// <summary>A record as a list shows it.</summary>
/// <param name="Id">Of the record: what a person types to see or undo it, at least as many digits as tell it apart.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">Name, title, file name, or who a message is with.</param>
/// <param name="Detail">A number, tags, a text's beginning, a place in the folder.</param>
/// <param name="When">Changed, sent or taken; null where nobody knows.</param>
/// <param name="Removed">True where it was removed and can still be brought back.</param>
public sealed record ListedRecord(Id Id, Kind Kind, string Title, string Detail, DateTimeOffset? When, bool Removed);

/// <summary>A record as it is shown: its content and where it stands.</summary>
public sealed record ShownRecord(ListedRecord Listed, RecordPlaintext Content, IReadOnlyList<RevisionRow> Revisions);

/// <summary>What this device can read of the account, without asking anyone: lists, searches and history.</summary>
/// <remarks>Everything is opened as it is looked at; nothing readable is written down. One task at a time.</remarks>
public sealed class Library(Device device)
{
    /// <summary>The records of a kind that are there now, in the order in which they were last written.</summary>
    /// <param name="kind">A kind that is on.</param>
    /// <param name="removed">Those that were removed too.</param>
    public IEnumerable<ListedRecord> List(Kind kind, bool removed = false)
    {
        foreach (var head in device.Store.Heads(kind))
        {
            if (head.Removed)
            {
                if (removed && LastContent(head) is { } last) yield return RecordLines.Of(head.Record, kind, last, true);
            }
            else if (device.Account.Read(head) is { } content && PhotoRecords.PreviewOf(content) is null) yield return RecordLines.Of(head.Record, kind, content, false);
        }
    }

    /// <summary>Records in which every word is found: in what lists show, and in the whole text of contacts, notes and messages. Case and accents are not told apart.</summary>
    public IEnumerable<ListedRecord> Search(string words, IReadOnlyList<Kind> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        var search = new WordSearch(words);
        foreach (var kind in kinds)
        {
            foreach (var head in device.Store.Heads(kind))
            {
                if (head.Removed || device.Account.Read(head) is not { } content || PhotoRecords.PreviewOf(content) is not null) continue;
                if (search.Finds(content)) yield return RecordLines.Of(head.Record, kind, content, false);
            }
        }
    }

    /// <summary>The record that a text names: the beginning of its id, its name in the folder, or its title.</summary>
    /// <exception cref="DeviceException">None does, or several do: the message lists them.</exception>
    public ShownRecord Show(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var found = new List<(Head Head, RecordPlaintext Content)>();
        bool isId = name.Length is >= 4 and <= 2 * Id.Size && name.All(char.IsAsciiHexDigitLower);
        foreach (var kind in Kinds.All)
        {
            foreach (var head in device.Store.Heads(kind))
            {
                bool fits = isId && head.Record.ToString().StartsWith(name, StringComparison.Ordinal);
                if ((!fits && isId && name.Length == 2 * Id.Size) || (head.Removed ? LastContent(head) : device.Account.Read(head)) is not { } content) continue;
                if (PhotoRecords.PreviewOf(content) is not null) continue;
                if (fits || content.Name == name || $"{kind.Word()}/{content.Name}" == name || RecordLines.Of(head.Record, kind, content, head.Removed).Title.Equals(name, StringComparison.OrdinalIgnoreCase)) found.Add((head, content));
            }
        }
        if (found.Count == 0) throw new DeviceException($"Nothing here is called {name}. See what there is: candor list, or candor search WORDS");
        if (found.Count > 1)
        {
            var rows = found.Take(10).Select(f => $"  {f.Head.Record.ToString()[..8]}  {RecordLines.Of(f.Head.Record, f.Head.Kind, f.Content, f.Head.Removed).Title}");
            throw new DeviceException($"{found.Count} records are called {name}. Name one by its id:{Environment.NewLine}{string.Join(Environment.NewLine, rows)}");
        }
        var (at, shown) = found[0];
        return new(RecordLines.Of(at.Record, at.Kind, shown, at.Removed), shown, new Timeline(device).OfRecord(at.Record));
    }

    /// <summary>What a removed record last was.</summary>
    private RecordPlaintext? LastContent(Head removed) =>
        History.ParentsOf(device.Store, removed.Place) is [.., var place] ? device.Account.Read(new(removed.Record, removed.Kind, place, false)) : null;
}
