using System.Globalization;

namespace Candor.Audit.Search;

/// <summary>What the owner of a phone knows to be on it: numbers, names, contacts, messages, photos, identifiers, places, and when consent was given.</summary>
/// <remarks>
/// A file for the owner's own disk: it holds in the clear what the audit looks for. Every key is optional; an unknown key is a fault, for a mistyped one would be a silent miss.
/// An example of every key: <see cref="Planting"/> writes one.
/// </remarks>
public sealed class OwnerFile
{
    /// <summary>Characters of an owner file.</summary>
    public const int MaxLength = 8 << 20;

    private static readonly Dictionary<string, OwnerKind> s_identifiers = new(StringComparer.Ordinal)
    {
        ["imei"] = OwnerKind.Imei,
        ["imsi"] = OwnerKind.Imsi,
        ["iccid"] = OwnerKind.Iccid,
        ["serial"] = OwnerKind.Serial,
        ["android-id"] = OwnerKind.AndroidId,
        ["mac"] = OwnerKind.Mac,
        ["advertising-id"] = OwnerKind.AdvertisingId,
        ["account-id"] = OwnerKind.AccountId,
        ["other"] = OwnerKind.OtherId,
    };

    private readonly List<OwnerValue> _values = [];
    private readonly List<ConsentMark> _marks = [];
    private readonly List<OwnerFault> _faults = [];

    private OwnerFile() { }

    /// <summary>All values in the file's order.</summary>
    public IReadOnlyList<OwnerValue> Values => _values;

    /// <summary>Consents in the order of their time.</summary>
    public IReadOnlyList<ConsentMark> Marks => _marks;

    /// <summary>Reads an owner file. Null where there is any fault: an audit that looked for half of it would mislead.</summary>
    /// <param name="text">The file's text, UTF-8 decoded.</param>
    /// <param name="faults">Every fault found, by line; empty where the answer is not null.</param>
    public static OwnerFile? Read(string text, out IReadOnlyList<OwnerFault> faults)
    {
        var owner = new OwnerFile();
        if (OwnerYaml.Read(text.TrimStart('\uFEFF'), out var broken) is { } root)
            owner.ReadRoot(root);
        if (broken is not null) owner._faults.Add(broken);
        owner._marks.Sort((a, b) => a.Time.CompareTo(b.Time));
        faults = [.. owner._faults.OrderBy(fault => fault.Line)];
        return faults.Count == 0 ? owner : null;
    }

    private void ReadRoot(OwnerNode root)
    {
        if (root.Keys is null)
        {
            Fault(root, "is not a list of keys", "begin with `owner:`, `contacts:` or another key that `candor audit plant` writes");
            return;
        }
        foreach (var (key, value) in root.Keys)
        {
            switch (key)
            {
                case "owner": Person(value, 0, OwnerKind.OwnName, "own", null); break;
                case "contacts": Each(value, (item, n) => Person(item, n, OwnerKind.ContactName, $"contact {n}", item.Word)); break;
                case "messages": Each(value, Message); break;
                case "photos": Each(value, (item, n) => Add(OwnerKind.Photo, $"photo {n}", item)); break;
                case "identifiers": Identifiers(value); break;
                case "places": Each(value, Place); break;
                case "marks": Each(value, (item, _) => Mark(item)); break;
                default: Fault(value, $"has the unknown key \"{key}\"", "known are owner, contacts, messages, photos, identifiers, places, marks"); break;
            }
        }
    }

    private void Person(OwnerNode node, int person, OwnerKind firstKind, string label, string? onlyName)
    {
        if (onlyName is not null)
        {
            Add(firstKind, $"{label}, name", node, person);
            return;
        }
        foreach (var (key, value) in Keys(node, "name, numbers, emails and addresses"))
        {
            int offset = key switch { "name" or "names" => 0, "number" or "numbers" => 1, "email" or "emails" => 2, "address" or "addresses" => 3, _ => -1 };
            if (offset < 0)
            {
                Fault(value, $"has the unknown key \"{key}\"", "a person has names, numbers, emails, addresses");
                continue;
            }
            string word = ((string[])["name", "number", "e-mail", "address"])[offset];
            var kind = (OwnerKind)((int)firstKind + offset);
            Each(value, (item, n) =>
            {
                if (word == "number" && item.Word is { } digits && digits.Count(char.IsAsciiDigit) < 5)
                    Fault(item, "is not a telephone number", "write it with its country: +49 30 1234567");
                else if (word == "e-mail" && item.Word?.Contains('@', StringComparison.Ordinal) == false)
                    Fault(item, "is not an e-mail address", "write it as name@example.org");
                else
                    Add(kind, $"{label}{(person == 0 ? " " : ", ")}{word} {n}", item, person);
            });
        }
    }

    private void Message(OwnerNode item, int n)
    {
        if (item.Word is not null)
        {
            Add(OwnerKind.Message, $"message {n}", item);
            return;
        }
        foreach (var (key, value) in Keys(item, "a text"))
        {
            if (key == "text") Add(OwnerKind.Message, $"message {n}", value);
            else if (key is not ("from" or "to" or "time")) Fault(value, $"has the unknown key \"{key}\"", "a message has text, and may have from, to, time");
        }
    }

    private void Identifiers(OwnerNode node)
    {
        foreach (var (key, value) in Keys(node, "kinds of identifiers"))
        {
            if (!s_identifiers.TryGetValue(key, out var kind))
            {
                Fault(value, $"has the unknown identifier \"{key}\"", $"known are {string.Join(", ", s_identifiers.Keys)}");
                continue;
            }
            Each(value, (item, n) =>
            {
                if (item.Word is { } word && Wrong(kind, word) is { } wrong) Fault(item, wrong.What, wrong.Do);
                else Add(kind, $"{key} {n}", item);
            });
        }
    }

    /// <summary>A mistyped identifier would be looked for and never found: better to say so at once.</summary>
    private static (string What, string Do)? Wrong(OwnerKind kind, string word) => kind switch
    {
        OwnerKind.Imei when !Digits(word, 14, 16) => ("is not an IMEI", "dial *#06# and write its 15 digits, in quotes"),
        OwnerKind.Imei when word.Length == 15 && !DigitChecks.Luhn(word) => ("has an IMEI whose check digit is wrong", "dial *#06# and compare digit by digit"),
        OwnerKind.Imsi when !Digits(word, 14, 15) => ("is not an IMSI", "write its 14 or 15 digits, in quotes"),
        OwnerKind.Iccid when !Digits(word, 18, 20) => ("is not an ICCID", "write the 18 to 20 digits on the SIM card, in quotes"),
        OwnerKind.AndroidId when !(word.Length <= 20 && word.All(char.IsAsciiHexDigit)) => ("is not an Android id", "write the 16 hex digits of `settings get secure android_id`, in quotes"),
        OwnerKind.Mac when word.Count(char.IsAsciiHexDigit) != 12 || word.Any(c => !char.IsAsciiHexDigit(c) && c is not (':' or '-' or '.')) => ("is not a MAC address", "write it as a4:5e:60:01:02:03"),
        OwnerKind.AdvertisingId when !Guid.TryParse(word, out _) => ("is not an advertising id", "write it as 38400000-8cf0-11bd-b23e-10b96e40000d"),
        _ => null,
    };

    private static bool Digits(string word, int least, int most) => word.Length >= least && word.Length <= most && word.All(char.IsAsciiDigit);

    private void Place(OwnerNode item, int n)
    {
        string label = $"place {n}";
        OwnerNode? at = item.Word is null ? null : item;
        if (at is null)
        {
            foreach (var (key, value) in Keys(item, "a name and a place"))
            {
                if (key == "name") label = value.Word ?? label;
                else if (key == "at") at = value;
                else Fault(value, $"has the unknown key \"{key}\"", "a place has name and at");
            }
        }
        string[] parts = at?.Word?.Split(',') ?? at?.Items?.Select(part => part.Word ?? "").ToArray() ?? [];
        if (parts.Length == 2 && Number(parts[0], 90, out double latitude) && Number(parts[1], 180, out double longitude))
            _values.Add(new(OwnerKind.Place, label, string.Create(CultureInfo.InvariantCulture, $"{latitude}, {longitude}"), item.Line) { At = (latitude, longitude) });
        else
            Fault(at ?? item, "is not a place", "write latitude and longitude in degrees: at: 52.520008, 13.404954");
    }

    private static bool Number(string text, double most, out double number) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out number) && Math.Abs(number) <= most;

    private void Mark(OwnerNode item)
    {
        DateTimeOffset? time = null;
        bool? given = null;
        string purpose = "";
        foreach (var (key, value) in Keys(item, "a time and a consent"))
        {
            if (key == "time" && DateTimeOffset.TryParse(value.Word, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read)) time = read;
            else if (key == "consent" && value.Word is "given" or "withdrawn") given = value.Word == "given";
            else if (key == "purpose" && value.Word is { Length: > 0 } word) purpose = word;
            else Fault(value, $"has a mark whose \"{key}\" is not understood", "a mark has time: 2026-11-25T10:00:00Z, consent: given or withdrawn, purpose: a word");
        }
        if (time is { } when && given is { } yes) _marks.Add(new(when, yes, purpose, item.Line));
        else Fault(item, "has a mark without its time or consent", "write time: 2026-11-25T10:00:00Z and consent: given");
    }

    private static void Each(OwnerNode node, Action<OwnerNode, int> take)
    {
        IReadOnlyList<OwnerNode> items = node.Items ?? (node.Word is "" or "~" or "null" ? [] : [node]);
        for (int i = 0; i < items.Count; i++) take(items[i], i + 1);
    }

    private IReadOnlyList<(string Key, OwnerNode Value)> Keys(OwnerNode node, string wanted)
    {
        if (node.Keys is not null) return node.Keys;
        if (node.Word is not ("" or "~" or "null")) Fault(node, "is not a list of keys", $"give {wanted}");
        return [];
    }

    private void Add(OwnerKind kind, string label, OwnerNode item, int person = 0)
    {
        if (string.IsNullOrWhiteSpace(item.Word)) Fault(item, "has no value", "write it after the colon or the dash, or take the line out");
        else _values.Add(new(kind, label, item.Word.Trim(), item.Line) { Person = person });
    }

    private void Fault(OwnerNode node, string what, string todo) => _faults.Add(new(node.Line, what, todo));
}
