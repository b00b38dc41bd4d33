#!/usr/bin/python3
"""Holds what was planted against what was found.

    score.py FOLDER… [--floors FILE] [--missed N]

Each FOLDER is one that generate.py made, with report.json in it (`candor audit FOLDER/capture.pcapng --owner FOLDER/owner.yaml --report FOLDER/report.json`), and where they were made tshark.txt and trackhar.json
(beside.sh). Prints a table: group by channel, found / planted; what innocent traffic gave; and how much of it the two others saw.
A plant is found when a finding of its own value that counts as sent stands in one of its frames. With --floors: fails where a group or channel found less than the file says.
"""
import argparse, base64, bisect, collections, json, os, re, sys


def rows(folder):
    with open(os.path.join(folder, "plants.tsv")) as file:
        for line in file:
            n, first, last, group, form, channel, label, expected, entry, plain, size = line.rstrip("\n").split("\t")
            yield dict(n=int(n), first=int(first), last=int(last), group=group, form=form, channel=channel, labels=label.split("|"), expected=expected, entry=int(entry), plain=base64.b64decode(plain), size=int(size))


def in_tshark(folder, plants):
    """tshark.txt is what `tshark -V -x` prints: its words, and every byte of every data source (reassembled, decrypted, unpacked) as hex. The plain value is looked for in both, in any case."""
    path = os.path.join(folder, "tshark.txt")
    if not os.path.exists(path): return None
    seen, firsts = set(), [p["first"] for p in plants]
    def look(frame, words, data):
        i = bisect.bisect_right(firsts, frame) - 1
        if i < 0 or frame > plants[i]["last"] or not plants[i]["plain"]: return
        needle = plants[i]["plain"].lower()
        if needle in words.lower() or any(needle in d.lower() for d in data): seen.add(plants[i]["n"])
    frame, words, data, line_of_hex = 0, [], [], re.compile(rb"^([0-9a-f]{4,})  ((?:[0-9a-f]{2} ){1,16})")
    with open(path, "rb") as file:
        for line in file:
            if line.startswith(b"Frame ") and b":" in line and b"bytes on wire" in line:
                look(frame, b"".join(words), data)
                frame, words, data = int(line[6:line.index(b":")]), [], []
            hexed = line_of_hex.match(line)
            if hexed:
                if int(hexed[1], 16) == 0: data.append(b"")
                if data: data[-1] += bytes.fromhex(hexed[2].decode())
            else: words.append(line)
    look(frame, b"".join(words), data)
    return seen


def in_trackhar(folder, plants):
    path = os.path.join(folder, "trackhar.json")
    if not os.path.exists(path): return None
    with open(path) as file: found = json.load(file)
    return {p["n"] for p in plants if p["entry"] >= 0 and any(l in found[p["entry"]] for l in p["labels"])}


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("folders", nargs="+"); ask.add_argument("--floors"); ask.add_argument("--missed", type=int, default=0); ask.add_argument("--write-floors")
    a = ask.parse_args()
    cells, beside, har, false, unasked, missed, broken = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0]), collections.Counter(), collections.Counter(), [], []
    innocent = 0
    for folder in a.folders:
        plants = list(rows(folder))
        with open(os.path.join(folder, "report.json")) as file: report = json.load(file)
        firsts, got = [p["first"] for p in plants], collections.defaultdict(list)
        for f in report["findings"]:
            i = bisect.bisect_right(firsts, f["frame"]) - 1
            if i >= 0 and f["frame"] <= plants[i]["last"] and f["sent"] and f["counts"]: got[plants[i]["n"]].append(f)
        tshark, trackhar = in_tshark(folder, plants), in_trackhar(folder, plants)
        for p in plants:
            owners = [f for f in got[p["n"]] if f["label"]]
            if p["expected"] == "found":
                hit = any(f["label"] in p["labels"] for f in owners)
                for key in ((p["group"], p["channel"]), (p["group"], ""), ("", p["channel"]), ("", "")): cells[key][0] += hit; cells[key][1] += 1
                if not hit: missed.append((p["group"], p["form"], p["channel"], p["labels"][0], folder, p["first"]))
                if tshark is not None and p["plain"]: beside[p["group"]][0] += p["n"] in tshark; beside[p["group"]][1] += 1
                if trackhar is not None and p["entry"] >= 0 and p["plain"]: har[p["group"]][0] += p["n"] in trackhar; har[p["group"]][1] += 1
            elif p["expected"] == "sealed":
                cells["no keys", ""][1] += 1
                cells["no keys", ""][0] += not owners
            else:
                innocent += p["size"] if p["group"] == "innocent" else 0
                for f in owners: false[p["group"], p["form"], f["form"], f["confidence"]] += 1; broken.append((p["form"], p["channel"], f["label"], f["form"], f["chain"], folder, f["frame"]))
                for f in got[p["n"]]:
                    if not f["label"] and p["group"] == "innocent": unasked[f["what"], p["form"], f["confidence"]] += 1
    channels = sorted({c for g, c in cells if g == "" and c}, key=lambda c: (["heads", "HTTP/1 body", "TLS, HTTP/1", "HTTP/2 body", "HTTP/3", "QUIC datagram", "WebSocket", "MQTT", "SMTP", "FTP", "DNS names", "TCP", "UDP"] + [c]).index(c))
    groups = list(dict.fromkeys(g for g, c in cells if g and g != "no keys"))
    rate = lambda f: f"{f[0]} / {f[1]}" if f and f[1] else ""
    print("| form | all | " + " | ".join(channels) + " | tshark | trackHAR |\n|" + "---|" * (len(channels) + 4))
    for g in groups + [""]:
        t, h = (beside.get(g), har.get(g)) if g else ([sum(v[i] for v in d.values()) for i in (0, 1)] for d in (beside, har))
        print(f"| {g or 'all'} | {rate(cells[g, ''])} | " + " | ".join(rate(cells.get((g, c))) for c in channels) + f" | {rate(t)} | {rate(h)} |")
    print(f"\nwithout keys, nothing found: {rate(cells['no keys', ''])}\ninnocent bytes: {innocent}\nfalse findings of the owner's values: {sum(false.values())} {dict(false)}\nwithout a list: {sum(unasked.values())} {dict(unasked)}")
    for b in broken[:40]: print("false:", *b)
    counted = collections.Counter(m[:3] for m in missed)
    for (group, form, channel), n in sorted(counted.items())[:a.missed]: print(f"missed {n}: {group} · {form} · {channel} · {next(m[3:] for m in missed if m[:3] == (group, form, channel))}")
    measured = {g: cells[g, ""] for g in groups} | {"channel " + c: cells["", c] for c in channels} | {"no keys": cells["no keys", ""]}
    if a.write_floors:
        with open(a.write_floors, "w") as out:
            for name, (found, planted) in measured.items(): out.write(f"{name}\t{found}\t{planted}\n")
            out.write(f"false\t{sum(false.values())}\t0\n")
    if a.floors:
        wrong = []
        with open(a.floors) as file:
            for line in file:
                name, least, planted = line.rstrip("\n").split("\t")
                if name == "false": wrong += [f"{sum(false.values())} false findings, at most {least}"] if sum(false.values()) > int(least) else []
                elif measured.get(name, [0, 0])[0] < int(least): wrong.append(f"{name}: {measured.get(name, [0, 0])[0]} found, {least} is the floor of {planted}")
        for w in wrong: print("BELOW THE FLOOR", w)
        sys.exit(1 if wrong else 0)


main()
