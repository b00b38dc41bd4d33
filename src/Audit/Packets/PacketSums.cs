namespace Candor.Audit.Packets;

/// <summary>Where the captured bytes of packets went; they add up to <see cref="Captures.FileSums.Packets"/>. And how many packets of each kind there were.</summary>
public struct PacketSums
{
    /// <summary>Bytes of Ethernet, Linux cooked and other headers before IP.</summary>
    public long Link { get; set; }

    /// <summary>Bytes behind the IP packet: a frame's filling and check sum.</summary>
    public long Padding { get; set; }

    /// <summary>Bytes of PCAPdroid's trailer.</summary>
    public long AppTrailer { get; set; }

    /// <summary>Bytes of packets that are not IP: ARP, EAPOL and others, headers of the link included.</summary>
    public long NotIp { get; set; }

    /// <summary>Bytes from the IP header on that went into conversations.</summary>
    public long Ip { get; set; }

    /// <summary>Bytes of fragments that were there already.</summary>
    public long FragmentOverlap { get; set; }

    /// <summary>Bytes that say they are IP and are not, or end within a header.</summary>
    public long Malformed { get; set; }

    /// <summary>Bytes of packets whose link type is not known here.</summary>
    public long UnknownLink { get; set; }

    public readonly long Total => Link + Padding + AppTrailer + NotIp + Ip + FragmentOverlap + Malformed + UnknownLink;

    public long TcpPackets { get; set; }

    public long UdpPackets { get; set; }

    public long IcmpPackets { get; set; }

    public long OtherPackets { get; set; }

    public long NotIpPackets { get; set; }

    public long Fragments { get; set; }

    /// <summary>Datagrams whose fragments never came together.</summary>
    public long FragmentsLost { get; set; }

    public long MalformedPackets { get; set; }

    public long UnknownLinkPackets { get; set; }

    /// <summary>Packets that the capture has only in part.</summary>
    public long CutPackets { get; set; }

    /// <summary>Bytes of packets on the wire that the capture does not have. In no sum of captured bytes.</summary>
    public long CutBytes { get; set; }
}
