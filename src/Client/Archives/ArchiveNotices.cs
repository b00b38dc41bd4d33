using Candor.Client.Folder;

namespace Candor.Client.Archives;

/// <summary>What is said once for each archive, with a count and the first few names: of thousands of files nobody reads a line each. Safe for several threads.</summary>
internal sealed class ArchiveNotices
{
    /// <summary>Names that a notice gives; the rest it counts.</summary>
    private const int Named = 5;

    private readonly SortedDictionary<(string Archive, Notice Notice), (int Count, SortedSet<string> First)> _all = [];

    public void Undescribed(ArchiveEntry entry) => Add(entry, Notice.Undescribed);

    public void Trashed(ArchiveEntry entry) => Add(entry, Notice.Trashed);

    public void Removed(ArchiveEntry entry) => Add(entry, Notice.Removed);

    public void Older(ArchiveEntry entry) => Add(entry, Notice.Older);

    public void LoneSidecar(ArchiveEntry entry) => Add(entry, Notice.LoneSidecar);

    public void LoneAttachment(ArchiveEntry entry) => Add(entry, Notice.LoneAttachment);

    public void ContactPicture(ArchiveEntry entry) => Add(entry, Notice.ContactPicture);

    public void Other(ArchiveEntry entry) => Add(entry, Notice.Other);

    private void Add(ArchiveEntry entry, Notice notice)
    {
        if (!entry.Archive.IsNew) return;
        lock (_all)
        {
            var (count, first) = _all.GetValueOrDefault((entry.Archive.Path, notice), (0, new(StringComparer.Ordinal)));
            first.Add(entry.Path);
            if (first.Count > Named) first.Remove(first.Max!);
            _all[(entry.Archive.Path, notice)] = (count + 1, first);
        }
    }

    public void Report(KindWork work)
    {
        foreach (var ((archive, notice), (count, first)) in _all)
        {
            string names = string.Join(", ", first) + (count > first.Count ? $" and {count - first.Count} more" : "");
            work.Note(archive, Say(notice, count, names));
        }
    }

    private static string Say(Notice notice, int count, string names) => notice switch
    {
        Notice.Undescribed => $"{count} of its photos have no description beside them and are safe without: {names}. If a part of the export is missing, put it here too.",
        Notice.LoneSidecar => $"{count} descriptions of photos belong to none that is here: {names}. If a part of the export is missing, put it here too.",
        Notice.LoneAttachment => $"{count} files lie beside notes and no note links to them, so they were not taken: {names}.",
        Notice.ContactPicture => $"{count} pictures of contacts were not taken, for no card names them: {names}. Put them into photos/ to keep them.",
        Notice.Trashed => $"{count} were in the bin when it was made, and were not taken: {names}.",
        Notice.Removed => $"{count} were removed from the account, and stay removed: {names}.",
        Notice.Older => $"{count} notes are older than what the account has, which stays as it is: {names}.",
        _ => $"{count} files were not taken, for no kind is stored like this: {names}.",
    };

    private enum Notice
    {
        Undescribed,
        LoneSidecar,
        LoneAttachment,
        ContactPicture,
        Trashed,
        Removed,
        Older,
        Other,
    }
}
