namespace Candor.Audit.Layers;

/// <summary>What is known of a captured byte. Each uplink byte of a capture has exactly one class, and the sums are printed in every report.</summary>
public enum ByteClass : byte
{
    /// <summary>Read to the end of its meaning: framing, handshakes, headers, bodies that were decoded and searched.</summary>
    Explained,

    /// <summary>Read, and a finding stands in it: something that is the owner's.</summary>
    Identified,

    /// <summary>Encrypted without keys, or of a form that nobody here can read. Never "clean".</summary>
    Undetermined,

    /// <summary>Cut off, lost, or contradicting its own form: the capture does not have it as it was sent.</summary>
    Damaged,
}

/// <summary>Bytes by class. A layer adds up to what it was given: it classes its own framing and passes the rest on, each byte to one place.</summary>
public struct ByteSums
{
    private long _explained, _identified, _undetermined, _damaged;

    /// <summary>Bytes of one class so far.</summary>
    public readonly long this[ByteClass kind] => kind switch
    {
        ByteClass.Explained => _explained,
        ByteClass.Identified => _identified,
        ByteClass.Undetermined => _undetermined,
        _ => _damaged,
    };

    public readonly long Total => _explained + _identified + _undetermined + _damaged;

    /// <param name="kind">The class.</param>
    /// <param name="bytes">More than none; negative to move bytes to another class with a second call.</param>
    public void Add(ByteClass kind, long bytes)
    {
        switch (kind)
        {
            case ByteClass.Explained: _explained += bytes; break;
            case ByteClass.Identified: _identified += bytes; break;
            case ByteClass.Undetermined: _undetermined += bytes; break;
            default: _damaged += bytes; break;
        }
    }

    public void Add(in ByteSums more)
    {
        _explained += more._explained;
        _identified += more._identified;
        _undetermined += more._undetermined;
        _damaged += more._damaged;
    }
}
