using Candor.Client.Devices;
using Candor.Client.Records;
using Candor.Formats.Contacts;
using Candor.Protocol;
using Candor.Shelf.Occasions;

namespace Candor.Client.Greetings;

/// <summary>A contact's birthday.</summary>
/// <param name="Name">As the card has it.</param>
/// <param name="Next">The day, from the day asked about on.</param>
/// <param name="Age">That the person then comes to; null where the card has no year.</param>
public sealed record Birthday(string Name, DateOnly Next, int? Age);

/// <summary>What a day is: the occasions of its date, and the birthdays of the contacts that this device can read. Computed here; nobody is asked.</summary>
public static class GreetingDay
{
    /// <param name="date">In the person's time zone.</param>
    /// <param name="country">ISO 3166; empty where it is not known.</param>
    public static IReadOnlyList<string> Occasions(DateOnly date, string country) => OccasionDays.On(date, country);

    /// <summary>The day, from a day on, on which an occasion next falls; null for those that have no date.</summary>
    public static DateOnly? Next(string occasion, DateOnly from, string country) => OccasionDays.Next(occasion, from, country);

    /// <summary>Whether the moon is looked for, so that the day may be one earlier or later.</summary>
    public static bool IsNearly(string occasion) => OccasionTable.All.Any(r => r.Id == occasion && r.Calendar == "Hijri");

    /// <summary>Those of the contacts whose birthday has a month and a day, the next first. Empty where contacts are off here.</summary>
    public static IReadOnlyList<Birthday> Birthdays(Device device, DateOnly from)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (!device.Account.IsOn(Kind.Contacts)) return [];
        var found = new List<Birthday>();
        foreach (var head in device.Store.Heads(Kind.Contacts))
        {
            if (head.Removed || device.Account.Read(head) is not { } content || Of(content, from) is not { } birthday) continue;
            found.Add(birthday);
        }
        return [.. found.OrderBy(b => b.Next).ThenBy(b => b.Name, StringComparer.Ordinal)];
    }

    /// <summary>The birthday of one contact; null where its card has no day and month.</summary>
    public static Birthday? Of(RecordPlaintext content, DateOnly from)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.View.Text("bday") is not { } text) return null;
        var date = ContactDate.Parse(text);
        if (date.Month is not { } month || date.Day is not { } day || from.Year >= OccasionDays.LastYear) return null;
        var next = In(from.Year, month, day);
        if (next < from) next = In(from.Year + 1, month, day);
        return new(content.View.Text("fn") ?? content.Name, next, date.Year is { } born && born <= next.Year ? next.Year - born : null);
    }

    /// <summary>Who was born on 29 February has the day before in other years.</summary>
    private static DateOnly In(int year, int month, int day) => new(year, month, Math.Min(day, DateTime.DaysInMonth(year, month)));
}
