namespace Candor.Audit.Messages;

/// <summary>Ranges of a body, each byte once however many of them hold it.</summary>
internal sealed class Stretches
{
    private readonly List<(int Start, int End)> _all = [];
    private bool _merged = true;

    public void Add(int start, int length)
    {
        if (length <= 0) return;
        _all.Add((start, start + length));
        _merged = false;
    }

    public long Bytes
    {
        get
        {
            Merge();
            long sum = 0;
            foreach (var (start, end) in _all) sum += end - start;
            return sum;
        }
    }

    /// <summary>Bytes that both hold.</summary>
    public long Common(Stretches other)
    {
        Merge();
        other.Merge();
        long sum = 0;
        for (int i = 0, j = 0; i < _all.Count && j < other._all.Count;)
        {
            int start = Math.Max(_all[i].Start, other._all[j].Start), end = Math.Min(_all[i].End, other._all[j].End);
            sum += Math.Max(0, end - start);
            if (_all[i].End < other._all[j].End) i++;
            else j++;
        }
        return sum;
    }

    private void Merge()
    {
        if (_merged) return;
        _merged = true;
        _all.Sort();
        int last = 0;
        for (int i = 1; i < _all.Count; i++)
        {
            if (_all[i].Start <= _all[last].End) _all[last] = (_all[last].Start, Math.Max(_all[last].End, _all[i].End));
            else _all[++last] = _all[i];
        }
        _all.RemoveRange(last + 1, _all.Count - last - 1);
    }
}
