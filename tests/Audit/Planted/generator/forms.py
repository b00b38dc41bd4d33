"""The forms in which a value travels, from the forms' own documents (RFC 4648, 3986, 8259, 8949, 1952; protobuf's encoding page; MessagePack, Thrift and geohash; 3GPP TS 24.008).

A plant: group (a row of the table), form, label in the owner file ("|" between labels of which one is enough), the bytes, whether they are text, and the value as a person would search for it.
"""
import base64, binascii, gzip, hashlib, hmac, itertools, json, plistlib, quopri, struct, subprocess, unicodedata, urllib.parse, zlib
from collections import namedtuple
import brotli, zstandard
from owner import CHINESE

Plant = namedtuple("Plant", "group form label data text plain")


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127: out += bytes([n & 127 | 128]); n >>= 7
    return out + bytes([n])
def zigzag(n): return varint((n << 1) ^ (n >> 63))
def pb_bytes(field, b): return varint(field << 3 | 2) + varint(len(b)) + b
def pb_int(field, n): return varint(field << 3) + varint(n)
def b64(b): return base64.b64encode(b).decode()
def url64(b): return base64.urlsafe_b64encode(b).decode()
def noise(r, n): return r.randbytes(n)
def word(r): return "".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randint(3, 9)))
def deflate(b):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return c.compress(b) + c.flush()
def escapes(t): return "".join(c if " " <= c <= "~" and c not in '"\\' else "".join("\\u%04x" % u for u in struct.unpack(">%dH" % (len(c.encode("utf-16-be")) // 2), c.encode("utf-16-be"))) for c in t)
def dms(v, names):
    a = abs(v); d = int(a); m = int((a - d) * 60); s = (a - d - m / 60) * 3600
    return "%d°%d'%.1f\"%s" % (d, m, s, names[v < 0])
def geohash(lat, lon, n):
    la, lo, bits, out = [-90.0, 90.0], [-180.0, 180.0], 0, ""
    for i in range(n * 5):
        span, v = (lo, lon) if i % 2 == 0 else (la, lat)
        mid = (span[0] + span[1]) / 2
        bits = bits << 1 | (v >= mid); span[0 if v >= mid else 1] = mid
        if i % 5 == 4: out += "0123456789bcdefghjkmnpqrstuvwxyz"[bits & 31]
    return out
def semi(d):
    d += "f" * (len(d) % 2)
    return bytes(int(d[i + 1] + d[i], 16) for i in range(0, len(d), 2))
def mp(o):
    if isinstance(o, dict): return bytes([0x80 | len(o)]) + b"".join(mp(k) + mp(v) for k, v in o.items())
    if isinstance(o, int): return b"\xcf" + struct.pack(">Q", o)
    if isinstance(o, bytes): return b"\xc5" + struct.pack(">H", len(o)) + o
    b = o.encode()
    return (bytes([0xA0 | len(b)]) if len(b) < 32 else b"\xda" + struct.pack(">H", len(b))) + b
def cbor(o):
    def head(t, n): return bytes([t << 5 | n]) if n < 24 else bytes([t << 5 | 24, n]) if n < 256 else bytes([t << 5 | 25]) + struct.pack(">H", n) if n < 65536 else bytes([t << 5 | 27]) + struct.pack(">Q", n)
    if isinstance(o, dict): return head(5, len(o)) + b"".join(cbor(k) + cbor(v) for k, v in o.items())
    if isinstance(o, int): return head(0, o)
    if isinstance(o, bytes): return head(2, len(o)) + o
    return head(3, len(o.encode())) + o.encode()
def thrift_compact(s):
    f = lambda b: b"\x18" + varint(len(b)) + b
    return b"\x82\x21\x01\x04send" + f(b"hello") + b"\x1c" + f(s) + b"\x00\x00"
def thrift_binary(s): return struct.pack(">II", 0x80010001, 4) + b"send" + struct.pack(">I", 1) + b"\x0b" + struct.pack(">HI", 1, len(s)) + s + b"\x00"
def aes_cbc(key, iv, data): return subprocess.run(["openssl", "enc", "-aes-128-cbc", "-K", key.hex(), "-iv", iv.hex()], input=data, capture_output=True, check=True).stdout
def rc4(key, data):
    s = list(range(256)); j = 0
    for i in range(256): j = (j + s[i] + key[i % len(key)]) & 255; s[i], s[j] = s[j], s[i]
    i = j = 0; out = bytearray()
    for c in data: i = (i + 1) & 255; j = (j + s[i]) & 255; s[i], s[j] = s[j], s[i]; out.append(c ^ s[(s[i] + s[j]) & 255])
    return bytes(out)
def multipart(r, name, b):
    edge = ("----WebKitFormBoundary" + "%016x" % r.getrandbits(64)).encode()
    return b"--" + edge + b"\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\n3\r\n--" + edge + b"\r\nContent-Disposition: form-data; name=\"" + name + b"\"; filename=\"blob\"\r\nContent-Type: application/octet-stream\r\n\r\n" + b + b"\r\n--" + edge + b"--\r\n"


def plants(o, r):
    """Every form once for a value drawn by chance, or for each where there are few."""
    out = []
    def add(group, form, label, data, plain, text=True): out.append(Plant(group, form, label, data.encode() if isinstance(data, str) else data, text, plain))
    texts = o.texts()
    draw = lambda: r.choice(texts)

    # --- 1. texts as they are, and encodings of text
    for label, t in texts: add("plain text", "UTF-8", label, t, t)
    for form, make in (("percent", lambda t: urllib.parse.quote(t, safe="")), ("percent, form", urllib.parse.quote_plus), ("percent, every byte", lambda t: "".join("%%%02x" % b for b in t.encode())),
                       ("percent, twice", lambda t: urllib.parse.quote(urllib.parse.quote(t, safe=""), safe="")), ("JSON escapes", escapes), ("JSON escapes of every character", lambda t: "".join("\\u%04X" % ord(c) for c in t)),
                       ("HTML entities", lambda t: t.encode("ascii", "xmlcharrefreplace").decode()), ("HTML entities of every character", lambda t: "".join("&#x%x;" % ord(c) for c in t))):
        for _ in range(4): label, t = draw(); add("encodings of text", form, label, make(t), t)
    for _ in range(3):
        label, t = draw(); add("encodings of text", "quoted-printable", label, b"N:" + quopri.encodestring(t.encode() + b"=\r\n" + b"caf\xc3\xa9 " * 12), t)
        for codec in ("utf-16-le", "utf-16-be"):
            label, t = draw(); add("encodings of text", codec, label, t.encode(codec), t, text=False)
        label, t = draw(); add("encodings of text", "a whole document in UTF-16", label, ("\ufeff" + json.dumps({"v": t, "n": word(r)}, ensure_ascii=False)).encode("utf-16-le"), t, text=False)

    # --- 2. bytes as text
    for form, make in (("base64", lambda b: b64(b)), ("base64url", lambda b: url64(b).rstrip("=")), ("hex", lambda b: b.hex()), ("hex capitals", lambda b: b.hex().upper()), ("base64 of base64", lambda b: b64(b64(b).encode())),
                       ("hex of base64", lambda b: b64(b).encode().hex()), ("base64 in lines", lambda b: base64.encodebytes(b * 2 + b"-" * 70).decode())):
        for pad in range(3):
            label, t = draw(); add("base64 and hex", form, label, make(b"xyz"[:pad] + t.encode() + b"|q"), t)

    # --- 3. telephone numbers
    for label, c, n in o.phones():
        e164 = "+" + c + n
        chunks = lambda s, k: [s[i:i + k] for i in range(0, len(s), k)]
        for form, t in (("without plus", c + n), ("after 00", "00" + c + n), ("national", "0" + n), ("bare", n), ("in threes", f"+{c} " + " ".join(chunks(n, 3))), ("in fours with dashes", f"+{c}-" + "-".join(chunks(n, 4))),
                        ("dots", f"+{c}." + ".".join(chunks(n, 3))), ("brackets", f"(0{n[:3]}) {n[3:6]}-{n[6:]}"), ("zero in brackets", f"+{c} (0){n[:3]} {n[3:]}"), ("tel: link", f"tel:+{c}-{n[:3]}-{n[3:]}"), ("slash", f"0{n[:3]}/{n[3:]}")):
            add("spellings of numbers", form, label, t, e164)
        for alg in ("md5", "sha1", "sha256"):
            for form, t in (("E.164", e164), ("without plus", c + n), ("after 00", "00" + c + n), ("national", "0" + n)): add("digests of numbers", f"{alg} of {form}", label, hashlib.new(alg, t.encode()).hexdigest(), e164)
        add("binary numbers", "swapped-nibble BCD", label, b"\x08\x91" + semi(c + n) + b"\x00", e164, text=False)
        add("binary numbers", "8 bytes", label, b"\x01\x02" + struct.pack(r.choice("<>") + "Q", int(c + n)) + b"\x07", e164, text=False)
        add("binary numbers", "varint", label, pb_int(3, int(c + n)) + pb_bytes(4, b"dial"), e164, text=False)

    # --- 4. names
    def bare(t): return "".join(c for c in unicodedata.normalize("NFKD", t) if not unicodedata.combining(c)).replace("ł", "l").replace("ø", "o")
    for label, name in o.people():
        if name in CHINESE:
            family, given = CHINESE[name].split(" ")
            for t in (f"{family} {given}", f"{family.title()} {given.title()}", f"{given} {family}", family + given, given + family, f"{family.upper()} {given.upper()}"): add("pinyin", "pinyin", label, t, name)
            continue
        first, last = name.split(" ", 1)
        for form, t in (("surname first", f"{last} {first}"), ("with comma", f"{last}, {first}"), ("dotted", f"{first}.{last}".lower()), ("underscore", f"{first}_{last}".lower()), ("capitals", name.upper()), ("small", name.lower()), ("one word", first + last),
                        ("initial", f"{first[0]}. {last}"), ("no accents", bare(name))): add("spellings of names", form, label, t, name)

    # --- 5. messages
    for i, m in enumerate(o.messages):
        label = f"message {i + 1}"
        add("fragments of messages", "half", label, m[:len(m) // 2], m)
        for _ in range(4):
            at = r.randrange(len(m) - 12); add("fragments of messages", "12 characters", label, "|" + m[at:at + 12] + "|", m)
        at = r.randrange(len(m) - 16); add("fragments of messages", "16 characters, UTF-16", label, b"\xff\x01" + m[at:at + 16].encode("utf-16-le") + b"\xff\x02", m, text=False)
        at = r.randrange(len(m) - 16); add("fragments of messages", "16 characters, base64", label, b64(b"w" * r.randrange(3) + m[at:at + 16].encode() + b"."), m)

    # --- 6. identifiers
    ids = dict(o.ids())
    mac = o.mac.replace(":", "")
    for form, t in (("dashes", o.mac.replace(":", "-")), ("none", mac), ("none, capitals", mac.upper()), ("dots", ".".join(mac[i:i + 4] for i in (0, 4, 8))), ("decimal", str(int(mac, 16)))): add("spellings of ids", "MAC: " + form, "mac 1", t, o.mac)
    for form, t in (("none", o.ad.replace("-", "")), ("capitals", o.ad.upper()), ("braces", "{" + o.ad + "}")): add("spellings of ids", "advertising id: " + form, "advertising-id 1", t, o.ad)
    a = int(o.android, 16)
    add("spellings of ids", "Android id: decimal", "android-id 1", str(a), o.android); add("spellings of ids", "Android id: signed decimal", "android-id 1", str(a - (1 << 64) if a >> 63 else a), o.android)
    add("spellings of ids", "Android id: capitals", "android-id 1", o.android.upper(), o.android); add("spellings of ids", "IMEI: 14 digits", "imei 1", o.imei[:14], o.imei)
    add("spellings of ids", "IMEI: with dashes", "imei 1", f"{o.imei[:2]}-{o.imei[2:8]}-{o.imei[8:14]}-{o.imei[14]}", o.imei); add("spellings of ids", "serial: small", "serial 1", o.serial.lower(), o.serial)
    for label, value in (("imei 1", int(o.imei)), ("imsi 1", int(o.imsi)), ("account-id 1", int(o.account)), ("android-id 1", a), ("mac 1", int(mac, 16))):
        p = ids[label]
        for end in "<>": add("binary numbers", "8 bytes " + end, label, b"\x03" + struct.pack(end + "Q", value) + b"\x04\x05", p, text=False)
        add("binary numbers", "varint", label, pb_int(1, 9) + pb_int(2, value) + pb_bytes(3, b"checkin"), p, text=False)
        add("binary numbers", "zigzag", label, pb_int(1, 9) + varint(2 << 3) + zigzag(value - (1 << 64) if value >> 63 else value) + pb_bytes(3, b"x"), p, text=False)
        add("binary numbers", "fixed64", label, varint(5 << 3 | 1) + struct.pack("<Q", value) + pb_bytes(3, b"device"), p, text=False)
    add("binary numbers", "BCD", "imei 1", b"\xa1" + bytes.fromhex("0" + o.imei) + b"\xb2", o.imei, text=False); add("binary numbers", "swapped-nibble BCD", "imei 1", b"\xa1" + semi(o.imei) + b"\xb2", o.imei, text=False)
    add("binary numbers", "mobile identity", "imsi 1", b"\x08" + semi("9" + o.imsi) + b"\x33", o.imsi, text=False)
    add("raw bytes", "MAC", "mac 1", noise(r, 5) + bytes.fromhex(mac) + noise(r, 4), o.mac, text=False); add("raw bytes", "UUID", "advertising-id 1", noise(r, 5) + bytes.fromhex(o.ad.replace("-", "")) + noise(r, 3), o.ad, text=False)
    add("raw bytes", "UUID, Microsoft's order", "advertising-id 1", noise(r, 4) + __import__("uuid").UUID(o.ad).bytes_le + noise(r, 3), o.ad, text=False); add("raw bytes", "MAC, base64", "mac 1", b64(bytes.fromhex(mac)), o.mac)
    add("raw bytes", "Android id", "android-id 1", noise(r, 4) + bytes.fromhex(o.android) + noise(r, 4), o.android, text=False); add("raw bytes", "UUID, base64", "advertising-id 1", b64(bytes.fromhex(o.ad.replace("-", ""))), o.ad)

    # --- 7. digests
    for label, t in o.ids() + [("own e-mail 1", o.mail)]:
        for alg in ("md5", "sha1", "sha256", "sha512"):
            d = hashlib.new(alg, t.encode()).digest()
            form, data, group = r.choice([("hex", d.hex(), "digests"), ("hex capitals", d.hex().upper(), "digests"), ("base64", b64(d), "digests, other bytes"), ("base64url", url64(d).rstrip("="), "digests, other bytes"), ("raw", b"\x12\x20" + d + b"\x7f", "digests, other bytes"),
                                          ("first 16 hex", d.hex()[:16], "digests cut"), ("first 32 hex", d.hex()[:32], "digests cut"), ("16 of base64url", url64(d)[:16], "digests cut")])
            add(group, f"{alg}, {form}", label, data, t, text=form != "raw")
        add("digests", "sha256, hex", label, hashlib.sha256(t.encode()).hexdigest(), t); add("digests cut", "md5, middle 16", label, hashlib.md5(t.encode()).hexdigest()[8:24], t)
        add("digests cut", "sha1, 16 of base64url", label, url64(hashlib.sha1(t.encode()).digest())[:16], t)
    add("digests", "sha256 of the e-mail in capitals' small letters", "own e-mail 1", hashlib.sha256(o.mail.upper().lower().encode()).hexdigest(), o.mail)
    for t in (mac, mac.upper(), o.mac.upper(), o.mac): add("digests", "sha1 of a MAC's spelling", "mac 1", hashlib.sha1(t.encode()).hexdigest(), o.mac)
    for t in (o.ad.upper(), o.ad.replace("-", "")): add("digests", "md5 of an advertising id's spelling", "advertising-id 1", hashlib.md5(t.encode()).hexdigest(), o.ad)
    some = "imei 1|android-id 1|serial 1"
    for order in itertools.permutations((o.imei, o.android, o.serial)): alg = r.choice(["md5", "sha1", "sha256"]); add("digests of joined ids", alg + ", three in a row", some, hashlib.new(alg, "".join(order).encode()).hexdigest(), o.imei)
    for i, s in (("", o.serial), (o.imei, "null"), ("null", o.serial), ("", "null"), ("null", "null")):
        add("digests of joined ids", "missing or null", some, "a-" + hashlib.sha1((i + o.android + s).encode()).hexdigest().upper(), o.android)
    add("digests of joined ids", "two", some, hashlib.md5((o.imei + o.serial).encode()).hexdigest(), o.imei); add("digests of joined ids", "list of md5", "imei 1", hashlib.md5(o.imei.encode()).hexdigest() + "," + hashlib.md5(b"356938035643809").hexdigest(), o.imei)

    # --- 8. places
    for i, (lat, lon) in enumerate(o.places):
        label, plain_ = f"place {i + 1}", str(lat)
        for d in (3, 4, 5, 6): add("places as text", f"{d} decimals", label, r.choice(['{"lat":%.*f,"lon":%.*f}', '{"coordinates":[%.*f,%.*f]}', "ll=%.*f,%.*f&z=3", "geo:%.*f,%.*f"]) % (d, lat, d, lon), plain_)
        d = r.randrange(3, 7); add("places as text", "longitude first", label, '{"lng":%.*f,"lat":%.*f}' % (d, lon, d, lat), plain_)
        for e in (6, 7): add("places as text", f"E{e}", label, json.dumps({f"latE{e}": round(lat * 10 ** e), f"lngE{e}": round(lon * 10 ** e)}), plain_)
        add("places as text", "degrees, minutes, seconds", label, "at " + dms(lat, "NS") + " " + dms(lon, "EW"), plain_)
        for n in (7, 8, 9, 11): add("geohash", f"{n} characters", label, geohash(lat, lon, n), plain_)
        end = r.choice("<>")
        add("places in binary", "doubles", label, noise(r, 9) + struct.pack(end + "dd", lat, lon) + noise(r, 9), plain_, text=False); add("places in binary", "floats", label, noise(r, 9) + struct.pack(end + "ff", lat, lon) + noise(r, 9), plain_, text=False)
        add("places in binary", "protobuf doubles", label, varint(9) + struct.pack("<d", lat) + varint(17) + struct.pack("<d", lon), plain_, text=False)
        for e in (6, 7):
            x, y = round(lat * 10 ** e), round(lon * 10 ** e)
            add("places in binary", f"E{e} varint", label, pb_bytes(4, pb_int(1, x) + pb_int(2, y)), plain_, text=False); add("places in binary", f"E{e} zigzag", label, pb_bytes(4, varint(8) + zigzag(x) + varint(16) + zigzag(y)), plain_, text=False)
            add("places in binary", f"E{e} fixed", label, noise(r, 9) + struct.pack(end + "ii", x, y) + noise(r, 9), plain_, text=False)

    # --- 9. compression and nesting
    doc = lambda t: json.dumps({"event": word(r), "props": {"v": t, "t": 1764000000000 + r.randrange(10 ** 9), "n": [word(r) for _ in range(12)]}}, ensure_ascii=False).encode()
    zstd = zstandard.ZstdCompressor().compress
    for form, make in (("gzip", gzip.compress), ("zlib", zlib.compress), ("raw deflate", lambda b: deflate(b * 3)), ("brotli", lambda b: brotli.compress(b * 3)), ("zstd", zstd), ("gzip behind a header", lambda b: noise(r, 23) + gzip.compress(b)), ("gzip in gzip", lambda b: gzip.compress(gzip.compress(b)))):
        for _ in range(3): label, t = draw(); add("compressed, undeclared", form, label, make(doc(t)), t, text=False)
    for _ in range(3):
        label, t = draw(); b = doc(t)
        add("nested", "gzip, base64, form", label, "crc=123&gzip=1&data_list=" + urllib.parse.quote_plus(b64(gzip.compress(b))), t)
        label, t = draw(); add("nested", "JSON in JSON in JSON", label, json.dumps({"log": json.dumps({"inner": json.dumps({"v": t})})}), t)
        label, t = draw(); add("nested", "JSON in protobuf in gzip in multipart", label, multipart(r, b"payload", gzip.compress(pb_int(1, 7) + pb_bytes(2, b"evt") + pb_bytes(3, doc(t)))), t, text=False)
        label, t = draw(); add("nested", "gzip in protobuf in protobuf", label, pb_int(1, 1) + pb_bytes(2, pb_bytes(1, b"abc") + pb_bytes(9, gzip.compress(doc(t)))), t, text=False)
        label, t = draw(); add("nested", "base64 in XML in zlib in JSON", label, json.dumps({"z": b64(zlib.compress(b"<a><b>" + b64(t.encode()).encode() + b"</b></a>"))}), t)
        label, t = draw(); add("nested", "hex of gzip in JSON lines", label, b'{"a":1}\n{"v":"' + gzip.compress(doc(t)).hex().encode() + b'"}\n', t)
        label, t = draw(); add("nested", "zstd, base64url, percent, in a header's JSON", label, urllib.parse.quote(json.dumps({"d": url64(zstd(doc(t)))})), t)
        label, t = draw(); add("nested", "UTF-16 in base64", label, json.dumps({"w": b64(t.encode("utf-16-le"))}), t)
    for form, make in (("protobuf", lambda b: pb_int(1, 1) + pb_bytes(2, b) + pb_bytes(6, b"y")), ("protobuf, nested", lambda b: pb_bytes(1, pb_bytes(2, pb_bytes(3, b) + pb_int(4, 99)))), ("CBOR", lambda b: cbor({"a": 1, "b": b})), ("CBOR text", lambda b: cbor({"a": 1, "b": b.decode()})), ("MessagePack", lambda b: mp({"a": 1, "b": b})),
                       ("Thrift compact", thrift_compact), ("Thrift binary", thrift_binary), ("binary plist", lambda b: plistlib.dumps({"a": [1, b.decode()], "b": "x"}, fmt=plistlib.FMT_BINARY)), ("binary plist, data", lambda b: plistlib.dumps({"a": gzip.compress(b)}, fmt=plistlib.FMT_BINARY))):
        for _ in range(3): label, t = draw(); add("binary structures", form, label, make(t.encode()), t, text=False)
    for key in (b"h9YLQoINGWyOBYYk", b"30212102dicudiab"):
        for _ in range(2): label, t = draw(); add("published keys", "AES-CBC", label, aes_cbc(key, key, doc(t)), t, text=False)
        label, t = draw(); add("published keys", "AES-CBC, base64 in JSON", label, json.dumps({"d": b64(aes_cbc(key, key, gzip.compress(doc(t))))}), t)

    # --- 10. what AUDIT.md does not ask for: measured so that the table says what is not seen
    for form, make in (("base32", lambda b: base64.b32encode(b).decode()), ("base32, small, no padding", lambda b: base64.b32encode(b).decode().rstrip("=").lower()), ("ascii85", lambda b: base64.a85encode(b).decode()),
                       ("reversed", lambda b: b.decode()[::-1]), ("rot13", lambda b: __import__("codecs").encode(b.decode(), "rot13"))):
        for _ in range(2): label, t = r.choice(o.ids()[3:4] + o.ids()[5:7] + [("own e-mail 1", o.mail)]); add("other encodings: " + form.split(",")[0], form, label, make(t.encode()), t)
    for _ in range(2):
        label, t = draw(); add("other encodings: one-byte XOR", "XOR with one byte", label, (lambda k: bytes(c ^ k for c in doc(t)))(r.randrange(128, 256)), t, text=False)
        label, t = draw(); add("unknown key", "AES-CBC", label, aes_cbc(noise(r, 16), noise(r, 16), doc(t)), t, text=False)
        label, t = draw(); add("unknown key", "RC4", label, rc4(noise(r, 12), doc(t)), t, text=False)
        label, t = r.choice(o.ids()); add("salted digests", "HMAC-SHA256", label, hmac.new(b"salt%d" % r.randrange(10 ** 6), t.encode(), "sha256").hexdigest(), t)
        label, t = r.choice(o.ids()); add("salted digests", "sha256 behind a salt", label, hashlib.sha256(b"app-salt-%d" % r.randrange(10 ** 6) + t.encode()).hexdigest(), t)
    return out
