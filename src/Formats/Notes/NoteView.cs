namespace Candor.Formats.Notes;

/// <summary>What a note says, for people and programs; the file itself stays the truth.</summary>
public sealed record NoteView
{
    /// <summary>The front matter's title, else the first heading, the first words, the file name.</summary>
    public required string Title { get; init; }

    /// <summary>Everything after the front matter, as Markdown.</summary>
    public required string Body { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];
    public DateTimeOffset? Created { get; init; }
    public DateTimeOffset? Updated { get; init; }
    public bool Pinned { get; init; }
    public bool Archived { get; init; }
    public string? Color { get; init; }
    public string? Notebook { get; init; }
    public string? Source { get; init; }
    public string? Id { get; init; }

    /// <summary>
    /// Files that links and images in the body point to, percent-decoded, each once, in order. Relative paths only. They may climb with
    /// ".." and come from whoever wrote the note: whoever opens them must stay inside the notes folder.
    /// </summary>
    public IReadOnlyList<string> Attachments { get; init; } = [];

    /// <summary>How many checklist items the body has, and how many are ticked.</summary>
    public int ChecklistItems { get; init; }

    public int ChecklistDone { get; init; }
}
