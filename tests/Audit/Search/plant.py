#!/usr/bin/env python3
"""Plants an owner's values in bytes, in the forms that programs send them in.

Written from the forms' own documents (RFC 4648, 3629, 3986, 8259, 8949; protobuf's encoding page; MessagePack and Thrift
specifications; 3GPP TS 24.008; the geohash page of its author) with Python's own codecs, apart from the search that has to find them.

    python3 plant.py > planted.tsv

A line: form, tab, label of the value in owner.yaml, tab, base64 of the bytes. The label "-" means: nothing of the owner's is in there.
Random numbers are seeded: the same file each time.
"""
import base64, binascii, gzip, hashlib, html, io, itertools, json, plistlib, quopri, random, struct, urllib.parse, zlib, subprocess

R = random.Random(20261125)
OWNER = dict(
    number="+4915123456789", name="Ottoline Brandywell", mail="quirky.heron77@example.org", chinese="王晓明", cnumber="+8613912345678",
    contact="Jürgen Falkenrath", contactnumber="+442079460123", message="the teapot stands behind the lighthouse at 7 past 3, qxzvbnm",
    imei="490154203237518", imsi="262019876543210", iccid="8949020000001234564", serial="R58M42ABCDE", android="9a3f5c7e1b2d4860",
    mac="a4:5e:60:d1:b2:c3", ad="1209d0b9-b959-42e6-b921-aa5d9d08c1af", account="1234567890123", lat=-41.286461, lon=-112.776232)
LABEL = dict(number="own number 1", name="own name 1", mail="own e-mail 1", chinese="contact 1, name 1", cnumber="contact 1, number 1", contact="contact 2, name 1",
    contactnumber="contact 2, number 1", message="message 1", imei="imei 1", imsi="imsi 1", iccid="iccid 1", serial="serial 1", android="android-id 1", mac="mac 1",
    ad="advertising-id 1", account="account-id 1", place="canary place")

def owner_yaml():
    o = OWNER
    return f"""owner:
  names: [{o['name']}]
  numbers: ["{o['number']}"]
  emails: [{o['mail']}]
contacts:
  - name: {o['chinese']}
    numbers: ["{o['cnumber']}"]
  - name: {o['contact']}
    numbers: ["{o['contactnumber']}"]
messages:
  - {json.dumps(o['message'])}
identifiers:
  imei: ["{o['imei']}"]
  imsi: ["{o['imsi']}"]
  iccid: ["{o['iccid']}"]
  serial: [{o['serial']}]
  android-id: ["{o['android']}"]
  mac: [{o['mac']}]
  advertising-id: [{o['ad']}]
  account-id: ["{o['account']}"]
places:
  - name: canary place
    at: {o['lat']}, {o['lon']}
"""

def noise(n): return bytes(R.randrange(256) for _ in range(n))
def words(): return " ".join("".join(R.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(R.randint(2, 9))) for _ in range(R.randint(1, 8)))
def put(form, key, data, text=False):
    """In the open, in words, and among random bytes."""
    if isinstance(data, str): data = data.encode()
    emit(form, key, b'{"k":"' + data + b'"}' if text else b"\x0a" + bytes([len(data) % 128]) + data)
    emit(form, key, (words() + "=").encode() + data + ("&" + words()).encode())
    emit(form, key, noise(40) + (b"\x00" if text else b"") + data + (b"\x00" if text else b"") + noise(40))
def emit(form, key, data): print(form, LABEL.get(key, "-"), base64.b64encode(data).decode(), sep="\t")

# --- protobuf, by hand from its encoding page
def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127: out += bytes([n & 127 | 128]); n >>= 7
    return out + bytes([n])
def zigzag(n): return varint((n << 1) ^ (n >> 63))
def pb_bytes(field, b): return varint(field << 3 | 2) + varint(len(b)) + b
def pb_int(field, n): return varint(field << 3) + varint(n)

# --- forms of texts
TEXTS = ["number", "name", "mail", "chinese", "contact", "imei", "imsi", "iccid", "serial", "android", "mac", "ad", "account", "message"]
def b64(b): return base64.b64encode(b).decode()
for key in TEXTS:
    v = OWNER[key]
    u = v.encode()
    put("plain UTF-8", key, v, True)
    for bom, codec in (("UTF-16LE", "utf-16-le"), ("UTF-16BE", "utf-16-be")):
        put(bom, key, v.encode(codec))
    put("percent-encoded", key, urllib.parse.quote(v, safe=""), True)
    put("percent-encoded, form", key, urllib.parse.quote_plus(v), True)
    put("percent-encoded, small letters", key, "".join("%%%02x" % b for b in u), True)
    put("JSON escapes", key, json.dumps(v)[1:-1], True)
    put("HTML entities", key, v.encode("ascii", "xmlcharrefreplace"), True)
    put("hex, small", key, u.hex(), True)
    put("hex, capitals", key, u.hex().upper(), True)
    for pad in (b"", b"x", b"xy"):
        put("base64, alignment %d" % len(pad), key, b64(pad + u + b"zz!"), True)
        put("base64url, alignment %d" % len(pad), key, base64.urlsafe_b64encode(pad + u + b"??>"), True)

# --- telephone numbers
for key in ("number", "cnumber", "contactnumber"):
    v = OWNER[key]; cc = {"number": "49", "cnumber": "86", "contactnumber": "44"}[key]; n = v[1 + len(cc):]
    put("number: without plus", key, v[1:], True)
    put("number: 00", key, "00" + v[1:], True)
    put("number: national", key, "0" + n, True)
    put("number: bare", key, n, True)
    for sep in " -.":
        put("number: spaced", key, f"+{cc}{sep}{n[:3]}{sep}{n[3:7]}{sep}{n[7:]}", True)
        put("number: dashed", key, f"0{n[:4]}{sep}{n[4:]}", True)
    put("number: brackets", key, f"(0{n[:3]}) {n[3:6]}-{n[6:]}", True)
    for alg in ("md5", "sha1", "sha256", "sha512"):
        put("number: hash of E.164", key, hashlib.new(alg, v.encode()).hexdigest(), True)
        put("number: hash without plus", key, hashlib.new(alg, v[1:].encode()).hexdigest(), True)
    def semi(d):
        d += "f" * (len(d) % 2); return bytes(int(d[i + 1] + d[i], 16) for i in range(0, len(d), 2))
    put("number: swapped-nibble BCD", key, b"\x91" + semi(v[1:]))
    put("number: 8 bytes", key, struct.pack("<Q", int(v[1:])))
    put("number: varint", key, pb_int(3, int(v[1:])))

# --- names
put("name: surname first", "name", "Brandywell Ottoline", True)
put("name: with comma", "name", "Brandywell, Ottoline", True)
put("name: dotted", "name", "ottoline.brandywell", True)
put("name: capitals", "name", "OTTOLINE BRANDYWELL", True)
put("name: initial", "name", "O. Brandywell", True)
put("name: no accents", "contact", "Juergen Falkenrath".replace("ue", "u"), True)
for spelled in ("wang xiaoming", "Wang Xiaoming", "xiaoming wang", "wangxiaoming", "xiaomingwang", "WANG XIAO MING"):
    put("name: pinyin", "chinese", spelled, True)

# --- messages
m = OWNER["message"]
for at in (0, 1, 5, 13, 22, 31, len(m) - 12):
    emit("message: 12 characters", "message", (words() + "|" + m[at:at + 12] + "|" + words()).encode())
    emit("message: 12 characters", "message", noise(30) + m[at:at + 12].encode("utf-16-le") + b"\xff" + noise(30))
put("message: half", "message", m[:30], True)

# --- identifiers as numbers
for key in ("imei", "imsi", "account"):
    n = int(OWNER[key])
    put("id: 8 bytes little-endian", key, struct.pack("<Q", n)); put("id: 8 bytes big-endian", key, struct.pack(">Q", n))
    put("id: varint", key, pb_int(2, n)); put("id: zigzag", key, varint(2 << 3) + zigzag(n))
a = int(OWNER["android"], 16)
put("id: 8 bytes little-endian", "android", struct.pack("<Q", a)); put("id: 8 bytes big-endian", "android", struct.pack(">Q", a))
put("id: varint", "android", pb_int(2, a)); put("id: decimal", "android", str(a), True); put("id: negative decimal", "android", str(a - (1 << 64)), True)
put("id: zigzag", "android", varint(16) + zigzag(a - (1 << 64)))
put("id: BCD", "imei", bytes.fromhex("0" + OWNER["imei"])); put("id: swapped-nibble BCD", "imei", semi(OWNER["imei"])); put("id: swapped-nibble BCD", "imsi", b"\x08" + semi("9" + OWNER["imsi"]))
mac = OWNER["mac"].replace(":", "")
for form, t in (("MAC: dashes", OWNER["mac"].replace(":", "-")), ("MAC: none", mac), ("MAC: none, capitals", mac.upper()), ("MAC: dots", ".".join(mac[i:i + 4] for i in (0, 4, 8))), ("MAC: decimal", str(int(mac, 16)))):
    put(form, "mac", t, True)
put("MAC: 6 bytes", "mac", bytes.fromhex(mac)); put("MAC: base64 of 6 bytes", "mac", b64(bytes.fromhex(mac)), True)
put("advertising id: none", "ad", OWNER["ad"].replace("-", ""), True); put("advertising id: capitals", "ad", OWNER["ad"].upper(), True); put("advertising id: 16 bytes", "ad", bytes.fromhex(OWNER["ad"].replace("-", "")))

# --- digests
for key in ("imei", "imsi", "serial", "android", "mac", "ad", "account", "mail"):
    for alg in ("md5", "sha1", "sha256", "sha512"):
        d = hashlib.new(alg, OWNER[key].encode()).digest()
        put(f"{alg}: hex", key, d.hex(), True); put(f"{alg}: hex capitals", key, d.hex().upper(), True); put(f"{alg}: raw", key, d)
        put(f"{alg}: base64", key, b64(d), True); put(f"{alg}: base64url", key, base64.urlsafe_b64encode(d), True)
        put(f"{alg}: first 16 hex", key, d.hex()[:16], True); put(f"{alg}: first 32 hex", key, d.hex()[:32], True)
        put(f"{alg}: 16 of base64url", key, base64.urlsafe_b64encode(d)[:16], True)
put("md5: middle 16", "imei", hashlib.md5(OWNER["imei"].encode()).hexdigest()[8:24], True)
for variant in (mac, mac.upper(), OWNER["mac"].upper()): put("sha1: of a MAC's spelling", "mac", hashlib.sha1(variant.encode()).hexdigest(), True)
parts = dict(imei=OWNER["imei"], android=OWNER["android"], serial=OWNER["serial"])
for order in itertools.permutations(parts):
    for alg in ("md5", "sha1", "sha256"):
        put("joined ids: each order", order[0], hashlib.new(alg, "".join(parts[k] for k in order).encode()).hexdigest(), True)
for imei, serial in (("", OWNER["serial"]), (OWNER["imei"], "null"), ("null", "null"), ("", "null")):
    key = "imei" if imei == OWNER["imei"] else "android"
    put("joined ids: missing and null", key, "a-" + hashlib.sha1((imei + OWNER["android"] + serial).encode()).hexdigest().upper(), True)
put("joined ids: md5 list", "imei", hashlib.md5(OWNER["imei"].encode()).hexdigest() + "," + hashlib.md5(b"356938035643809").hexdigest(), True)

# --- places
lat, lon = OWNER["lat"], OWNER["lon"]
for digits in range(3, 8):
    emit("place: %d decimals" % digits, "place", f'{{"lat":{lat:.{digits}f},"lon":{lon:.{digits}f}}}'.encode())
    emit("place: %d decimals" % digits, "place", f"GET /r?longitude={lon:.{digits}f}&x=1&latitude={lat:.{digits}f} HTTP/1.1".encode())
emit("place: E6 text", "place", json.dumps(dict(lat=round(lat * 1e6), lng=round(lon * 1e6))).encode()); emit("place: E7 text", "place", json.dumps(dict(latE7=round(lat * 1e7), lngE7=round(lon * 1e7))).encode())
for e in (6, 7):
    x, y = round(lat * 10 ** e), round(lon * 10 ** e)
    emit(f"place: E{e} varint", "place", pb_bytes(4, pb_int(1, x) + pb_int(2, y))); emit(f"place: E{e} zigzag", "place", pb_bytes(4, varint(8) + zigzag(x) + varint(16) + zigzag(y)))
    for end in "<>": emit(f"place: E{e} fixed", "place", noise(9) + struct.pack(end + "ii", x, y) + noise(9))
for end in "<>":
    emit("place: doubles", "place", noise(9) + struct.pack(end + "dd", lat, lon) + noise(9)); emit("place: floats", "place", noise(9) + struct.pack(end + "ff", lat, lon) + noise(9))
emit("place: protobuf doubles", "place", varint(9) + struct.pack("<d", lat) + varint(17) + struct.pack("<d", lon))
def geohash(lat, lon, n):
    la, lo, bits, out = [-90.0, 90.0], [-180.0, 180.0], 0, ""
    for i in range(n * 5):
        r, v = (lo, lon) if i % 2 == 0 else (la, lat)
        mid = (r[0] + r[1]) / 2
        bits = bits << 1 | (v >= mid); r[0 if v >= mid else 1] = mid
        if i % 5 == 4: out += "0123456789bcdefghjkmnpqrstuvwxyz"[bits & 31]
    return out
assert geohash(57.64911, 10.40744, 11) == "u4pruydqqvj"
for n in (7, 8, 9, 12): put("place: geohash", "place", geohash(lat, lon, n), True)
def dms(v):
    v = abs(v); d = int(v); mi = int((v - d) * 60); return d, mi, (v - d - mi / 60) * 3600
emit("place: DMS", "place", ("at %d°%d'%.1f\"S %d°%d'%.1f\"W" % (dms(lat) + dms(lon))).encode())

# --- bodies
def gz(b): return gzip.compress(b, mtime=0)
def multipart(name, b): return b"--XbX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XbX\r\nContent-Disposition: form-data; name=\"" + name + b"\"; filename=\"f\"\r\nContent-Type: application/octet-stream\r\n\r\n" + b + b"\r\n--XbX--\r\n"
def js(key): return json.dumps({"event": "start", "props": {"v": OWNER[key], "t": 1764000000000}}).encode()
def mp(o):
    if isinstance(o, dict): return bytes([0x80 | len(o)]) + b"".join(mp(k) + mp(v) for k, v in o.items())
    if isinstance(o, int): return b"\xcf" + struct.pack(">Q", o)
    if isinstance(o, bytes): return b"\xc4" + bytes([len(o)]) + o
    b = o.encode(); return (bytes([0xa0 | len(b)]) if len(b) < 32 else b"\xd9" + bytes([len(b)])) + b
def cbor(o):
    def head(t, n): return bytes([t << 5 | n]) if n < 24 else bytes([t << 5 | 24, n]) if n < 256 else bytes([t << 5 | 25]) + struct.pack(">H", n) if n < 65536 else bytes([t << 5 | 27]) + struct.pack(">Q", n)
    if isinstance(o, dict): return head(5, len(o)) + b"".join(cbor(k) + cbor(v) for k, v in o.items())
    if isinstance(o, int): return head(0, o)
    if isinstance(o, bytes): return head(2, len(o)) + o
    return head(3, len(o.encode())) + o.encode()
def tcompact(s): # a struct: field 1 binary, field 2 a struct with field 1 binary; in a message
    f = lambda b: b"\x18" + varint(len(b)) + b
    return b"\x82\x21\x01\x04send" + f(b"hello") + b"\x1c" + f(s) + b"\x00\x00"
def tbinary(s): return struct.pack(">II", 0x80010001, 4) + b"send" + struct.pack(">I", 1) + b"\x0b" + struct.pack(">HI", 1, len(s)) + s + b"\x00"
def tnet(o):
    if isinstance(o, dict): b, t = b"".join(tnet(k) + tnet(v) for k, v in o.items()), b"}"
    else: b, t = o, b","
    return str(len(b)).encode() + b":" + b + t
def rc4(key, data):
    s = list(range(256)); j = 0
    for i in range(256): j = (j + s[i] + key[i % len(key)]) & 255; s[i], s[j] = s[j], s[i]
    i = j = 0; out = bytearray()
    for c in data: i = (i + 1) & 255; j = (j + s[i]) & 255; s[i], s[j] = s[j], s[i]; out.append(c ^ s[(s[i] + s[j]) & 255])
    return bytes(out)
def aes(key, iv, data): return subprocess.run(["openssl", "enc", "-aes-128-cbc", "-K", key.hex(), "-iv", iv.hex()], input=data, capture_output=True, check=True).stdout
def node(f, b): return subprocess.run(["node", "-e", f"const z=require('zlib');process.stdout.write(z.{f}(require('fs').readFileSync(0)))"], input=b, capture_output=True, check=True).stdout
deflate = lambda b: (lambda c: c.compress(b) + c.flush())(zlib.compressobj(9, zlib.DEFLATED, -15))
for key in ("imei", "number", "chinese", "message", "mail", "serial"):
    b = js(key); v = OWNER[key].encode()
    emit("body: gzip", key, gz(b)); emit("body: zlib", key, zlib.compress(b)); emit("body: raw deflate", key, deflate(b * 3))
    emit("body: brotli", key, node("brotliCompressSync", b * 3)); emit("body: zstd", key, subprocess.run(["zstd", "-c"], input=b, capture_output=True, check=True).stdout)
    emit("body: gzip in the middle", key, noise(23) + gz(b) + noise(8))
    emit("body: gzip, base64, form", key, b"crc=123&gzip=1&data_list=" + urllib.parse.quote_plus(b64(gz(b))).encode())
    emit("body: JSON in JSON", key, json.dumps({"log": json.dumps({"inner": json.dumps({"v": OWNER[key]})})}).encode())
    emit("body: base64 in JSON", key, json.dumps({"d": b64(b"ab" + v + b"!!")}).encode()); emit("body: hex in JSON", key, json.dumps({"d": (b"ab" + v).hex()}).encode())
    emit("body: base64 twice", key, base64.b64encode(base64.b64encode(b)))
    emit("body: base64 in lines", key, base64.encodebytes(b * 2))
    emit("body: JSON in protobuf in gzip in multipart", key, multipart(b"payload", gz(pb_int(1, 7) + pb_bytes(2, b"evt") + pb_bytes(3, b))))
    emit("body: protobuf nested", key, pb_int(1, 1) + pb_bytes(2, pb_bytes(1, b"abc") + pb_bytes(9, gz(v + b" more"))))
    emit("body: quoted-printable", key, quopri.encodestring(b"N:" + v + b"=\r\n" + b"caf\xc3\xa9 " * 12 + b"\r\n"))
    emit("body: msgpack", key, mp({"a": 1, "b": zlib.compress(v + b" abcabc abcabc")})); emit("body: CBOR", key, cbor({"a": 1, "b": zlib.compress(v + b" abcabc abcabc")}))
    emit("body: protobuf, next tag like a digit", key, pb_bytes(1, b"x") + pb_bytes(5, v) + pb_bytes(6, b"y"))
    emit("body: thrift compact", key, tcompact(gz(v))); emit("body: thrift binary", key, tbinary(gz(v)))
    emit("body: binary plist", key, plistlib.dumps({"a": [1, OWNER[key]], "b": "x"}, fmt=plistlib.FMT_BINARY)); emit("body: binary plist, data", key, plistlib.dumps({"a": gz(v)}, fmt=plistlib.FMT_BINARY))
    emit("body: tnetstring", key, tnet({b"content": gz(b), b"x": b"y"}))
    emit("body: UTF-16 with JSON", key, ("\ufeff" + json.dumps({"v": b64(v)})).encode("utf-16-le"))
    emit("body: XML", key, ("<?xml version='1.0' encoding='utf-8'?><a><b c='" + b64(gz(v)) + "'>1</b></a>").encode())
    emit("body: published key, AES", key, aes(b"h9YLQoINGWyOBYYk", b"h9YLQoINGWyOBYYk", b)); emit("body: published key, AES, base64", key, b64(aes(b"30212102dicudiab", b"30212102dicudiab", b)).encode())
    emit("body: JSON lines", key, b'{"a":1}\n{"v":' + json.dumps(b64(gz(v))).encode() + b"}\n")
    emit("body: chunks of a form twice encoded", key, b"a=" + urllib.parse.quote(urllib.parse.quote(OWNER[key], safe=""), safe="").encode())

# --- traps: nothing of the owner's
emit("trap: other IMEI", "-", b'{"imei":"356938035643809"}'); emit("trap: other number", "-", b'{"tel":"+4915123456780"}')
emit("trap: number in a longer number", "-", b"order 9915123456789123"); emit("trap: name in a longer word", "-", b"xOttoline Brandywellia")
emit("trap: 11 characters of a message", "-", b"|" + m[20:31].encode() + b"|"); emit("trap: another place", "-", b'{"lat":-41.3201,"lon":-112.776}'); emit("trap: a latitude alone", "-", b'{"price":41.286,"n":-41.286461}')
for i in range(40): emit("trap: random bytes", "-", noise(2000))
for i in range(20): emit("trap: random digits", "-", "".join(R.choice("0123456789") for _ in range(2000)).encode()); emit("trap: random hex", "-", noise(1000).hex().encode()); emit("trap: random base64", "-", base64.b64encode(noise(900)))

import sys
if len(sys.argv) > 1: open(sys.argv[1], "w", encoding="utf-8").write(owner_yaml())
