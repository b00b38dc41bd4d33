using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Audit.Search;

/// <summary>Writes an owner file with canaries: contacts, texts and a place that nobody has, so that finding one on the wire proves where it came from.</summary>
/// <remarks>Every run draws new values from <see cref="RandomNumberGenerator"/>: two owners' canaries differ, and no list of them can be made.</remarks>
public static class Planting
{
    private static readonly string[] s_given = ["Quillan", "Zephira", "Ottoline", "Bertrada", "Caspian", "Isolde", "Leocadia", "Thaddeus", "Wilhelmina", "Evander", "Philippa", "Balthasar", "Marisol", "Severin", "Xanthe", "Corvin"];
    private static readonly string[] s_family = ["Vandermolen", "Ashgrove", "Quistorp", "Brandywell", "Oakenrath", "Zimtrager", "Falconbridge", "Thornquist", "Mirabeau", "Sandoval", "Wexcombe", "Yarrowby", "Kestrelman", "Ludovici", "Harrowgate", "Penhallow"];
    private static readonly string[] s_nouns = ["teapot", "accordion", "lighthouse", "hedgehog", "typewriter", "umbrella", "marzipan", "windmill", "lantern", "saxophone", "compass", "pumpkin", "trombone", "gondola", "chessboard", "barometer"];
    private static readonly string[] s_verbs = ["borrowed", "repainted", "forgot", "polished", "hid", "returned", "wrapped", "mended"];

    /// <summary>The owner file's text.</summary>
    /// <param name="country">Calling code of the canary numbers, digits only: a phone drops numbers that cannot be.</param>
    public static string Write(string country = "44")
    {
        var text = new StringBuilder();
        text.Append("""
            # Owner file for `candor audit`: what is on the phone, in the clear. Keep it on your own disk.
            # The canaries below are new with every file. Put them on the phone before recording; then add what is yours where a line says so.

            owner:
              names: []            # - Ada Example
              numbers: []          # - +44 7700 900123
              emails: []
              addresses: []

            contacts:              # canaries: add these three to the phone's contacts, and your own below

            """);
        for (int i = 0; i < 3; i++)
        {
            string given = Pick(s_given), family = Pick(s_family) + "-" + Pick(s_family);
            text.Append(CultureInfo.InvariantCulture, $"  - name: {given} {family}\n    numbers: [\"{Number(country)}\"]\n    emails: [{given.ToLowerInvariant()}.{Word(10)}@{Word(8)}.example]\n");
        }
        text.Append("\nmessages:              # canaries: send these to the phone from another one, or save them as drafts\n");
        for (int i = 0; i < 3; i++)
            text.Append(CultureInfo.InvariantCulture, $"  - text: {Pick(s_given)} {Pick(s_verbs)} the {Pick(s_nouns)} behind a {Pick(s_nouns)} at {Draw(2, 12)} past {Draw(1, 12)}, {Word(9)} {Word(7)}\n");
        double latitude = -(Draw(30_000_000, 55_000_000) / 1e6), longitude = Draw(-125_000_000, -95_000_000) / 1e6;
        text.Append(CultureInfo.InvariantCulture, $"""

            photos: []             # canary: take one photo, copy it here, and name the file: - canary.jpg

            identifiers:           # fill in what the phone shows; every value in quotes
              imei: []             # dial *#06#
              imsi: []
              iccid: []
              serial: []
              android-id: []       # adb shell settings get secure android_id
              mac: []
              advertising-id: []
              account-id: []
              other: []

            places:                # canary: a place in the South Pacific, for an app that sets the location (developer options)
              - name: canary place
                at: {latitude:F6}, {longitude:F6}

            marks: []              # when you agree to something:  - {"{"} time: 2026-11-25T10:00:00Z, consent: given, purpose: contacts-sync {"}"}

            """);
        return text.ToString();
    }

    /// <summary>How to record, for the terminal: without root on the phone, at a router, or through a proxy.</summary>
    public const string Instructions = """
        1. Put the canaries on the phone: the contacts, the texts, the place (as its simulated position, or as text in a note). Take one photo with it, copy the picture beside the file
           and name it under `photos`: it is found again also when it is made smaller. Add your own numbers and identifiers to the file.
        2. Record, in one of three ways, from before the first log-in on:
           On the phone, no root: PCAPdroid. Turn on "PCAPdroid trailer" (names the app of each packet), dump to a file, start, then use the phone.
             Turn on its TLS decryption where an app lets it: what stays encrypted is counted as undetermined, never as clean.
           At a router: let the phone use a Wi-Fi that your computer gives, and run   dumpcap -i IFACE -w phone.pcapng
             It sees everything the phone sends over Wi-Fi, whatever app it is from, and no app can tell. It does not see mobile data: take the SIM's data away.
           Through a proxy: mitmproxy -w phone.mitm, its certificate on the phone, the phone's proxy set to it. Apps that pin their certificate refuse.
        3. Whenever you agree to something, note the time and write it under `marks`. Or mark it in the recording: in the phone's browser open
             http://candor-mark-consent-PURPOSE.invalid/     (candor-mark-withdraw-PURPOSE.invalid when you take it back; PURPOSE as the claim calls it, "cloud-photos")
           The page cannot be there; that its name was looked up stands in the recording, unless the phone's private DNS hides it (turn that off). The phone's maker could
           do the same, so what you wrote under `marks` counts before it.
        4. Leave the phone alone for an hour, then use it; then   candor audit phone.pcapng --owner OWNER.yaml
        No recording of IP traffic shows text messages that the phone itself sends, the mobile modem's own traffic, Bluetooth, or what was sent before it began.
        """;

    private static string Pick(string[] words) => words[RandomNumberGenerator.GetInt32(words.Length)];

    private static int Draw(int from, int to) => RandomNumberGenerator.GetInt32(from, to);

    private static string Word(int length) => RandomNumberGenerator.GetString("bcdfghjkmnpqrstvwxz", length);

    /// <summary>Numbers kept free for fiction where there are such (Ofcom, NANPA): no stranger's telephone rings.</summary>
    private static string Number(string country) => country switch
    {
        "44" => "+447700900" + RandomNumberGenerator.GetString("0123456789", 3),
        "1" => "+1" + Draw(201, 990).ToString(CultureInfo.InvariantCulture) + "55501" + RandomNumberGenerator.GetString("0123456789", 2),
        _ => "+" + country + "7" + RandomNumberGenerator.GetString("0123456789", 9),
    };
}
