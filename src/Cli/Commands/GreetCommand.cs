using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Candor.Cli.Screens;
using Candor.Client.Devices;
using Candor.Client.Greetings;
using Candor.Client.Library;
using Candor.Client.Shelf;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor greet [OCCASION]: a text to send, for what today is. What today is, and whose birthday, is found out on this device.</summary>
internal static class GreetCommand
{
    private const int UsualCount = 3;

    /// <summary>Where a system says its language, the strongest first.</summary>
    private static readonly string[] Locale = ["LC_ALL", "LC_MESSAGES", "LANG"];

    public static Command Make(CommandTree tree)
    {
        var occasion = new Argument<string?>("OCCASION") { Arity = ArgumentArity.ZeroOrOne, Description = "birthday, new-year, diwali, thank-you …; left out: what today is" };
        var contact = new Option<string?>("--for") { HelpName = "CONTACT", Description = "somebody in your contacts; their birthday is what counts, where no occasion is named" };
        var language = new Option<string?>("--language") { HelpName = "TAG", Description = "en, de, zh-Hans …; left out: that of this system" };
        var country = new Option<string?>("--country") { HelpName = "CC", Description = "DE, IN, MX …, for days that differ; left out: that of this system" };
        var count = new Option<int>("--count") { HelpName = "N", Description = "how many for each occasion; left out: 3", DefaultValueFactory = _ => UsualCount };
        var fetch = new Option<bool>("--fetch") { Description = "fetch all greeting packs of the shelf that this device trusts (candor updates trust SERVER), and offer nothing now" };
        var wait = new Option<bool>("--wait") { Description = "with --fetch: stay, and fetch once a day at a moment drawn by lot; stop with Ctrl+C" };
        var relay = ServerArgument.Relay();
        var unlogged = new Option<bool>("--unlogged") { Description = "with --fetch, where the shelf's server keeps no public log: do not ask that the packs are in one" };
        var command = new Command("greet", """
            Offer words to send for a holiday, a birthday or a plain day

            The calendar is computed and the texts are kept on this device: no server learns what you celebrate, or whom you think of. Moon-sighted days (Eid, Ramadan …) may be a day earlier or later.

            With --fetch the packs of a shelf come here, whole and in every language, in requests that are alike from every device; each has to be signed by the shelf's keepers and to stand in the server's public log. Without it no one is asked anything.

              candor greet --for "Ann Example" --language de
              candor greet --fetch
            """) { occasion, contact, language, country, count, fetch, wait, relay, unlogged };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            if (!parsed.GetValue(fetch) && (parsed.GetValue(wait) || parsed.GetValue(unlogged) || parsed.GetValue(relay) is not null)) throw new UsageException("--wait, --relay and --unlogged are for fetching: candor greet --fetch");
            if (parsed.GetValue(fetch))
            {
                if (parsed.GetValue(occasion) is not null || parsed.GetValue(contact) is not null) throw new UsageException("Fetch first, then ask for words: candor greet --fetch");
                return parsed.GetValue(wait) ? await ShelfWait.RunAsync(session, parsed.GetValue(relay), shelf => FetchAsync(session, shelf, !parsed.GetValue(unlogged), each: true, cancel), cancel) : await FetchAsync(session, parsed.GetValue(relay), !parsed.GetValue(unlogged), cancel);
            }
            var (tag, land) = Here(session.Terminal, parsed.GetValue(language), parsed.GetValue(country));
            if (parsed.GetValue(count) is < 1 or > 1000) throw new UsageException("--count is a number from 1 to 1000.");
            return new Run(session, tag, land, parsed.GetValue(count)).Offer(parsed.GetValue(occasion), parsed.GetValue(contact));
        });
        return command;
    }

    private static async Task<int> FetchAsync(Session session, Uri? relay, bool logged, CancellationToken cancel)
    {
        using var shelf = UpdateShelf.OpenTrusted(session.Home, session.Clock, relay);
        bool refused = await FetchAsync(session, shelf, logged, each: false, cancel);
        return refused ? ExitCode.Alarm : ExitCode.Done;
    }

    private static async Task<bool> FetchAsync(Session session, UpdateShelf shelf, bool logged, bool each, CancellationToken cancel)
    {
        var fetched = await shelf.FetchPacksAsync(logged, cancel);
        foreach (string reason in fetched.Refused) session.Note($"{Wording.Plain(reason)} What was here before stays in use.");
        string gone = fetched.Gone.Count == 0 ? "" : $" No more on the shelf, and taken off: {string.Join(", ", fetched.Gone)}.";
        string fresh = fetched.Fresh.Count == 0 ? "nothing new" : $"new: {string.Join(", ", fetched.Fresh)}";
        string sure = fetched.Packs.Count == 0 || fetched.Refused.Count > 0 ? "" : logged ? " Signed by its keepers, and in its public log." : " Signed by its keepers; the public log was not asked.";
        session.Say($"{Wording.Count(fetched.Packs.Count, "pack")} of greetings from the shelf of {shelf.Server!.Authority}, {fresh}.{gone}{sure}");
        Action<Utf8JsonWriter> members = w =>
        {
            foreach (var (name, values) in ((string, IReadOnlyList<string>)[])[("packs", fetched.Packs), ("new", fetched.Fresh), ("gone", fetched.Gone), ("refused", fetched.Refused)])
            {
                w.WriteStartArray(name);
                foreach (string value in values) w.WriteStringValue(value);
                w.WriteEndArray();
            }
            w.WriteBoolean("logged"u8, logged);
        };
        if (each) session.WriteLine(members);
        else session.Write(members);
        return fetched.Refused.Count > 0;
    }

    /// <summary>Language and country, from what was typed or the environment's "de_DE.UTF-8".</summary>
    private static (string Language, string Country) Here(Terminal terminal, string? language, string? country)
    {
        string locale = Locale.Select(terminal.Variable).FirstOrDefault(v => !string.IsNullOrEmpty(v)) ?? "";
        string[] parts = locale.Split('.', '@')[0].Split('_');
        bool known = parts[0].Length is 2 or 3;
        string tag = language ?? (known ? string.Join('-', parts) : "en");
        string land = country ?? (language is null ? known && parts.Length > 1 ? parts[1] : "" : tag.Split('-')[1..].FirstOrDefault(p => p.Length == 2 && p.All(char.IsAsciiLetterUpper)) ?? "");
        return (tag, land);
    }

    private sealed class Run(Session session, string tag, string country, int count)
    {
        private readonly DateOnly _today = DateOnly.FromDateTime(session.Clock.GetLocalNow().DateTime);
        private readonly GreetingShelf _shelf = GreetingShelf.Open(session.Home);

        public int Offer(string? occasion, string? contact)
        {
            using var device = contact is not null || DeviceHome.HasDevice(session.Home) ? session.OpenDevice() : null;
            IReadOnlyList<Birthday> today = device is null ? [] : [.. GreetingDay.Birthdays(device, _today).Where(b => b.Next == _today)];
            string? whose = null;
            if (contact is not null)
            {
                var shown = new Library(device!).Show(contact);
                if (shown.Listed.Kind != Kind.Contacts) throw new UsageException($"{contact} is no contact. See them: candor list --kind contacts");
                whose = shown.Listed.Title;
                var birthday = GreetingDay.Of(shown.Content, _today);
                today = birthday is not null && birthday.Next == _today ? [birthday] : [];
                if (birthday is not null && birthday.Next != _today) session.Note($"The birthday of {Wording.Plain(whose)} is on {Day(birthday.Next)}{Age(birthday)}.");
            }
            var occasions = occasion is not null ? [occasion] : Today(today, contact);
            string language = _shelf.Nearest(tag);
            var offered = occasions.SelectMany(o => Some(o, language)).ToList();
            foreach (string problem in _shelf.Problems) session.Note(problem);
            if (occasion is not null && offered.Count == 0) throw new UsageException($"There is no greeting for \"{Wording.Plain(occasion)}\" in {language}. There are: {string.Join(", ", _shelf.Occasions(language))}");
            session.Write(w => Write(w, language, whose, occasions, today, offered));
            if (!session.Json) Show(occasion, whose, occasions, today, offered);
            return ExitCode.Done;
        }

        private IReadOnlyList<string> Today(IReadOnlyList<Birthday> birthdays, string? contact)
        {
            var occasions = GreetingDay.Occasions(_today, country);
            return birthdays.Count > 0 || (contact is not null && occasions.Count == 0) ? ["birthday", .. occasions] : occasions;
        }

        /// <summary>As many as asked for, others on another day: the list is entered where the day's number points.</summary>
        private IEnumerable<OfferedGreeting> Some(string occasion, string language)
        {
            var all = _shelf.For(occasion, language);
            if (all.Count == 0 && language != "en") all = _shelf.For(occasion, "en");
            for (int i = 0; i < Math.Min(count, all.Count); i++) yield return all[(int)(((_today.DayNumber * (long)count) + i) % all.Count)];
        }

        private void Show(string? asked, string? whose, IReadOnlyList<string> occasions, IReadOnlyList<Birthday> birthdays, List<OfferedGreeting> offered)
        {
            foreach (var birthday in birthdays) session.Note($"{Wording.Plain(birthday.Name)} has a birthday today{Age(birthday)}.");
            if (whose is not null) session.Note($"For {Wording.Plain(whose)}:");
            if (occasions.Count == 0) session.Note($"{Day(_today)} is a plain day, as far as this program knows. For those there are: candor greet good-morning, thank-you, missing-you, friendship …");
            foreach (string occasion in occasions)
            {
                if (asked is null) session.Note($"{Wording.Plain(occasion)}{(GreetingDay.IsNearly(occasion) ? " (±1 day)" : "")}:");
                else if (GreetingDay.Next(occasion, _today, country) is { } next && next != _today) session.Note($"{Wording.Plain(occasion)} is next on {Day(next)}{(GreetingDay.IsNearly(occasion) ? ", ±1 day" : "")}.");
                foreach (var greeting in offered.Where(g => g.Occasion == occasion))
                {
                    session.Say(greeting.Text);
                    session.Say();
                }
            }
        }

        private void Write(Utf8JsonWriter w, string language, string? whose, IReadOnlyList<string> occasions, IReadOnlyList<Birthday> birthdays, List<OfferedGreeting> offered)
        {
            w.WriteString("date"u8, Day(_today));
            w.WriteString("language"u8, language);
            if (whose is not null) w.WriteString("for"u8, whose);
            w.WriteStartArray("occasions"u8);
            foreach (string occasion in occasions) w.WriteStringValue(occasion);
            w.WriteEndArray();
            w.WriteStartArray("birthdays"u8);
            foreach (var birthday in birthdays)
            {
                w.WriteStartObject();
                w.WriteString("name"u8, birthday.Name);
                if (birthday.Age is { } age) w.WriteNumber("age"u8, age);
                w.WriteEndObject();
            }
            w.WriteEndArray();
            w.WriteStartArray("greetings"u8);
            foreach (var greeting in offered)
            {
                w.WriteStartObject();
                w.WriteString("occasion"u8, greeting.Occasion);
                w.WriteString("kind"u8, greeting.Kind);
                w.WriteString("language"u8, greeting.Language);
                w.WriteString("text"u8, greeting.Text);
                w.WriteString("author"u8, greeting.Author);
                w.WriteString("licence"u8, greeting.Licence);
                w.WriteEndObject();
            }
            w.WriteEndArray();
        }

        private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        private static string Age(Birthday birthday) => birthday.Age is { } age ? string.Create(CultureInfo.InvariantCulture, $" ({age})") : "";
    }
}
