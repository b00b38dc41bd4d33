using System.Text;
using Candor.Audit.Bodies;
using Candor.Audit.Layers;
using Candor.Audit.Search;

namespace Candor.Audit.Messages;

/// <summary>A body or stream while it comes: held whole up to a limit, then decoded and searched; beyond that searched for needles as it passes.</summary>
/// <remarks>At the end each byte has a class: identified where a finding stands, undetermined where no decoder knows what it is, explained otherwise.</remarks>
internal sealed class HeldBytes
{
    private const int MaxRuns = 100_000, Least = 128, SmallWindow = 2048;

    private readonly MessageRun _run;
    private readonly Place _place;
    private readonly string _request;
    private readonly int _most;
    private readonly List<(int At, long Offset, Origin Origin)> _runs = [];
    private byte[] _held = [];
    private int _length;
    private bool _full;
    private long _passed, _passedFound;
    private NeedleStream? _stream;
    private long _streamFrom, _streamOffset;
    private Origin _last;

    public HeldBytes(MessageRun run, Place place, string request, int most) => (_run, _place, _request, _most) = (run, place, request, most);

    public long Length => _length + _passed;

    public void Take(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        _last = origin;
        int room = _full ? 0 : Math.Min(bytes.Length, _most - _length);
        if (room > 0 && !Hold(bytes[..room], offset, origin)) room = 0;
        if (room == bytes.Length) return;
        _full = true;
        Pass(bytes[room..], offset + room);
    }

    private bool Hold(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        if (_length + bytes.Length > _held.Length)
        {
            int size = Math.Min(_most, Math.Max(_length + bytes.Length, Math.Max(Least, _held.Length * 2)));
            if (!_run.TryHold(size - _held.Length)) return false;
            Array.Resize(ref _held, size);
        }
        // Pieces of one packet that follow each other are one.
        bool goesOn = _runs.Count > 0 && _runs[^1].Origin == origin && _runs[^1].Offset + (_length - _runs[^1].At) == offset;
        if (!goesOn && _runs.Count < MaxRuns) _runs.Add((_length, offset, origin));
        bytes.CopyTo(_held.AsSpan(_length));
        _length += bytes.Length;
        return true;
    }

    private void Pass(ReadOnlySpan<byte> bytes, long offset)
    {
        if (_passed == 0)
        {
            _run.Book.Exhausted++;
            if (_run.Sieve is not null)
            {
                // Begin a needle's length earlier: one may stand across the edge.
                int before = Math.Min(_length, NeedleSet.MaxNeedle);
                _stream = new(_run.Sieve, FoundPassing, _most > SmallWindow * 64 ? NeedleStream.Window : SmallWindow);
                (_streamFrom, _streamOffset) = (_length - before, offset - before);
                _stream.Take(_held.AsSpan(_length - before, before));
            }
        }
        _passed += bytes.Length;
        _stream?.Take(bytes);
    }

    private void FoundPassing(Needle needle, NeedleMatch match, long at, ReadOnlySpan<byte> around, int start)
    {
        if (_streamFrom + at + match.Length <= _length) return; // All of it is held: found with the rest.
        var bytes = around.Slice(start, match.Length);
        string form = needle.Use == NeedleUse.Sample ? "a piece of the file" : needle.Form;
        var finding = new Finding(needle.Value, Finding.Word(needle.Value.Kind), form, match.Confidence, "", (int)Math.Min(int.MaxValue, _streamFrom + at), match.Length, Finding.Mask(needle.Value), Finding.ProofOf(_run.Salt, bytes))
        {
            InView = ((int)Math.Min(int.MaxValue, _streamFrom + at), match.Length),
            Seen = Excerpt.Of(around, start, match.Length),
        };
        _passedFound += Math.Min(match.Length, _passed);
        _run.Book.Add(new(_place.Conversation, _place.Side, _place.Exchange, _place.Part, _streamOffset + at, _last, finding) { Request = _request });
    }

    /// <summary>Searches what was held and classes every byte: by the time that the run has settled. Nothing more can be taken.</summary>
    /// <param name="declared">What its head says of it.</param>
    public void End(BodyDeclaration declared)
    {
        _stream?.End();
        if (_length > 0) _run.Look(_held.AsMemory(0, _length), declared, _place with { Offset = _runs[0].Offset }, _request, Told);
        else EndPassed(readable: true);
    }

    private void Told(Seen seen)
    {
        var tally = _place.Conversation.Tally;
        var identified = new Stretches();
        foreach (var finding in seen.Findings)
        {
            var (offset, origin) = At(finding.Offset, finding.Length);
            var sighting = new Sighting(_place.Conversation, _place.Side, _place.Exchange, _place.Part, offset, origin, finding) { Request = _request };
            _run.Add(sighting);
            if (sighting.Counts) identified.Add(finding.Offset, finding.Length);
        }
        long found = identified.Bytes, opaque = seen.Unknown.Bytes - seen.Unknown.Common(identified);
        tally.Add(_place.Side, ByteClass.Identified, found);
        tally.Add(_place.Side, ByteClass.Undetermined, opaque);
        tally.Add(_place.Side, ByteClass.Explained, _length - found - opaque);
        EndPassed(readable: seen.Unknown.Bytes < _length);
    }

    /// <summary>What passed by was searched for needles, not read: only text and pictures are that readable.</summary>
    private void EndPassed(bool readable)
    {
        if (_passed > 0)
        {
            long claimed = Math.Min(_passedFound, _passed);
            var tally = _place.Conversation.Tally;
            tally.Add(_place.Side, ByteClass.Identified, claimed);
            tally.Add(_place.Side, readable && Kind() is not null ? ByteClass.Explained : ByteClass.Undetermined, _passed - claimed);
        }
        Drop();
    }

    private string? Kind() => _length == 0 ? null : Media.Of(_held.AsSpan(0, _length)) ?? (Readable.IsText(_held.AsSpan(0, _length)) ? "text" : null);

    private void Drop()
    {
        _run.LetGo(_held.Length);
        (_held, _length) = ([], 0);
        _runs.Clear();
    }

    private (long Offset, Origin Origin) At(int start, int length)
    {
        var (first, last) = (RunOf(start), RunOf(start + Math.Max(0, length - 1)));
        return (first.Offset + (start - first.At), last.Origin);
    }

    private (int At, long Offset, Origin Origin) RunOf(int at)
    {
        int low = 0, high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle].At <= at) low = middle;
            else high = middle - 1;
        }
        return _runs[low];
    }

    /// <summary>Text of a head, one byte a character.</summary>
    public static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);
}
