"""Packets and files, from the protocols' own documents: pcapng (draft-ietf-opsawg-pcapng), Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768).

A conversation is written as a phone's: it opens, both sides talk, it closes. Segments have random sizes; some come late, some twice, some are cut in two within a value.
"""
import struct

PHONE4, PHONE6 = bytes([192, 168, 7, 21]), bytes.fromhex("20010db8000100000000000000000021")
MAC_PHONE, MAC_ROUTER = bytes.fromhex("02a1b2c3d4e5"), bytes.fromhex("02f0e0d0c0b0")


def checksum(data):
    if len(data) % 2: data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16: total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    """Frames in the order they are added; keys go into it as a block (DSB) or beside it as a file."""

    def __init__(self, random):
        self.random, self.frames, self.time, self.port, self.server = random, [], 1764000000_000000, 20000, 0

    def _add(self, from_phone, v6, peer, protocol, payload):
        self.time += self.random.randrange(200, 30000)
        ours = PHONE6 if v6 else PHONE4
        source, target = (ours, peer) if from_phone else (peer, ours)
        if v6:
            ip = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + source + target
            link = b"\x86\xdd"
        else:
            head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), self.random.randrange(65536), 0x4000, 64, protocol, 0) + source + target
            ip = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
            link = b"\x08\x00"
        ends = MAC_ROUTER + MAC_PHONE if from_phone else MAC_PHONE + MAC_ROUTER
        self.frames.append((self.time, ends + link + ip + payload))

    def _peer(self, v6):
        self.server += 1
        n = self.server
        return bytes.fromhex("26064700") + bytes(9) + bytes([n >> 16 & 255, n >> 8 & 255, n & 255 or 1]) if v6 else bytes([93, 184 + (n >> 16) % 8, n >> 8 & 255, n & 255])

    def _transport(self, from_phone, v6, peer, protocol, segment, at):
        ours = PHONE6 if v6 else PHONE4
        source, target = (ours, peer) if from_phone else (peer, ours)
        pseudo = source + target + (struct.pack(">II", len(segment), protocol) if v6 else struct.pack(">BBH", 0, protocol, len(segment)))
        value = checksum(pseudo + segment) or (0xFFFF if protocol == 17 else 0)
        self._add(from_phone, v6, peer, protocol, segment[:at] + struct.pack(">H", value) + segment[at + 2:])

    def tcp(self, port, talk, v6=None):
        """talk: list of (from_phone, bytes). Returns the first and last frame's numbers, from 1."""
        r = self.random
        v6 = r.random() < 0.25 if v6 is None else v6
        peer, first = self._peer(v6), len(self.frames) + 1
        self.port = self.port + 1 if self.port < 60000 else 20000
        local, sent = self.port, {True: r.randrange(1 << 32), False: r.randrange(1 << 32)}

        def segment(mine, flags, data=b"", seq=None):
            seq = sent[mine] if seq is None else seq
            ports = (local, port) if mine else (port, local)
            ack = sent[not mine] if flags & 0x10 else 0
            self._transport(mine, v6, peer, 6, struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 64240, 0, 0) + data, 16)

        segment(True, 0x02); sent[True] += 1
        segment(False, 0x12); sent[False] += 1
        segment(True, 0x10)
        for mine, data in talk:
            pieces, at = [], 0
            small = len(data) < 4000 and r.random() < 0.5  # Often within a value.
            while at < len(data):
                size = r.randrange(1, 120) if small else r.randrange(600, 1400)
                pieces.append((sent[mine] + at, data[at:at + size])); at += size
            if len(pieces) > 2 and r.random() < 0.3:
                i = r.randrange(len(pieces) - 1); pieces[i], pieces[i + 1] = pieces[i + 1], pieces[i]
            if pieces and r.random() < 0.2: pieces.insert(r.randrange(len(pieces)), r.choice(pieces))
            seen = 0
            for seq, piece in pieces:
                segment(mine, 0x18, piece, seq)
                seen += 1
                if seen % 8 == 0: segment(not mine, 0x10)
            sent[mine] += len(data)
            segment(not mine, 0x10)
        segment(True, 0x11); sent[True] += 1
        segment(False, 0x11); sent[False] += 1
        segment(True, 0x10)
        return first, len(self.frames)

    def udp(self, port, talk, v6=None, move=None):
        """talk: list of (from_phone, bytes), each a datagram. move: from that datagram on the phone has another port (RFC 9000, 9: migration)."""
        v6 = self.random.random() < 0.25 if v6 is None else v6
        peer, first = self._peer(v6), len(self.frames) + 1
        self.port = self.port + 1 if self.port < 60000 else 20000
        for i, (mine, data) in enumerate(talk):
            local = self.port + (5000 if move is not None and i >= move else 0)
            ports = (local, port) if mine else (port, local)
            self._transport(mine, v6, peer, 17, struct.pack(">HHHH", *ports, 8 + len(data), 0) + data, 6)
        return first, len(self.frames)

    def write(self, path, keys=None):
        def block(kind, body):
            body += bytes(-len(body) % 4)
            return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
        with open(path, "wb") as out:
            out.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
            out.write(block(1, struct.pack("<HHI", 1, 0, 0)))
            if keys: out.write(block(10, struct.pack("<II", 0x544C534B, len(keys)) + keys))
            for time, frame in self.frames:
                out.write(block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame)) + frame))
