using Candor.Audit.Search;

namespace Candor.Tests.Audit.Search;

public class OwnerFileTests
{
    private const string Full = """
        owner:
          names: [Ada Example]
          numbers: ["+44 20 7946 0123"]
          emails: [ada@example.org]
        contacts:
          - name: 王小明
            numbers: ["+86 139 1234 5678", "+86 10 1234 5678"]
          - Bob Plain
        messages:
          - the teapot is behind the lighthouse
          - text: |
              two
              lines
            from: "+1"
        photos: [a.jpg]
        identifiers:
          imei: ["490154203237518"]
          mac: a4:5e:60:01:02:03
        places:
          - name: home
            at: 52.520008, 13.404954
          - at: [-33.5, 151]
        marks:
          - { time: 2026-11-25T11:00:00+01:00, consent: withdrawn, purpose: contacts }
          - { time: 2026-11-25T09:00:00Z, consent: given, purpose: contacts }
        """;

    [Fact]
    public void EveryKeyIsReadWithItsLineAndALabelThatDoesNotShowTheValue()
    {
        var owner = OwnerFile.Read(Full, out var faults);
        Assert.Empty(faults);
        Assert.NotNull(owner);
        Assert.Equal(
            [
                (OwnerKind.OwnName, "own name 1", "Ada Example", 2), (OwnerKind.OwnNumber, "own number 1", "+44 20 7946 0123", 3), (OwnerKind.OwnEmail, "own e-mail 1", "ada@example.org", 4),
                (OwnerKind.ContactName, "contact 1, name 1", "王小明", 6), (OwnerKind.ContactNumber, "contact 1, number 1", "+86 139 1234 5678", 7), (OwnerKind.ContactNumber, "contact 1, number 2", "+86 10 1234 5678", 7),
                (OwnerKind.ContactName, "contact 2, name", "Bob Plain", 8), (OwnerKind.Message, "message 1", "the teapot is behind the lighthouse", 10), (OwnerKind.Message, "message 2", "two\nlines", 11),
                (OwnerKind.Photo, "photo 1", "a.jpg", 15), (OwnerKind.Imei, "imei 1", "490154203237518", 17), (OwnerKind.Mac, "mac 1", "a4:5e:60:01:02:03", 18),
                (OwnerKind.Place, "home", "52.520008, 13.404954", 20), (OwnerKind.Place, "place 2", "-33.5, 151", 22),
            ],
            owner.Values.Select(v => (v.Kind, v.Label, v.Text, v.Line)));
        Assert.Equal((-33.5, 151.0), owner.Values[^1].At);
        Assert.Equal([(true, 9), (false, 10)], owner.Marks.Select(m => (m.Given, m.Time.UtcDateTime.Hour)));
        Assert.DoesNotContain("王小明", owner.Values[3].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("owner: {}\ncontact:\n  - Bob\n", 3, "unknown key \"contact\"")]
    [InlineData("identifiers:\n  imei: '490154203237519'\n", 2, "check digit")]
    [InlineData("identifiers:\n  imei: '49015420323751x'\n", 2, "not an IMEI")]
    [InlineData("identifiers:\n  mac: a4:5e:60:01:02\n", 2, "not a MAC")]
    [InlineData("identifiers:\n  gsf: '1'\n", 2, "unknown identifier")]
    [InlineData("owner:\n  numbers: [12]\n", 2, "not a telephone number")]
    [InlineData("owner:\n  emails: [ada]\n", 2, "not an e-mail")]
    [InlineData("places:\n  - at: 91, 0\n", 2, "not a place")]
    [InlineData("marks:\n  - time: yesterday\n", 2, "not understood")]
    [InlineData("messages:\n  - &a x\n  - *a\n", 2, "anchor")]
    [InlineData("owner:\n  names: [\n", 3, "not YAML")]
    [InlineData("- a\n", 1, "not a list of keys")]
    [InlineData("messages:\n  - ''\n", 2, "no value")]
    [InlineData("owner: {}\n---\nowner: {}\n", 2, "second document")]
    public void AFaultNamesItsLineAndWhatToDoAndNothingIsLookedForMeanwhile(string text, int line, string what)
    {
        Assert.Null(OwnerFile.Read(text, out var faults));
        var fault = Assert.Single(faults, f => f.What.Contains(what, StringComparison.Ordinal));
        Assert.Equal(line, fault.Line);
        Assert.NotEmpty(fault.Do);
    }

    [Fact]
    public void APlantedFileIsReadAndItsCanariesAreNewEachTime()
    {
        var one = OwnerFile.Read(Planting.Write(), out var faults);
        Assert.Empty(faults);
        var two = OwnerFile.Read(Planting.Write("86"), out _);
        Assert.Equal(3, one!.Values.Count(v => v.Kind == OwnerKind.ContactName));
        Assert.Equal(3, one.Values.Count(v => v.Kind == OwnerKind.Message));
        Assert.Contains(one.Values, v => v.Kind == OwnerKind.Place && v.At.Latitude < -29 && v.At.Longitude < -94);
        Assert.All(one.Values.Where(v => v.Kind == OwnerKind.ContactNumber), v => Assert.StartsWith("+447700900", v.Text, StringComparison.Ordinal));
        Assert.Empty(one.Values.Where(v => v.Kind is not OwnerKind.ContactNumber).Select(v => v.Text).Intersect(two!.Values.Select(v => v.Text)));
        foreach (string way in (string[])["PCAPdroid", "dumpcap", "mitmproxy", "marks"]) Assert.Contains(way, Planting.Instructions, StringComparison.Ordinal);
    }
}
