"""Traffic with nothing of the owner's in it: what programs send all day, and another person's values, which are no finding of this owner's."""
import gzip, json, struct, urllib.parse
from forms import Plant, b64, noise, pb_bytes, pb_int, plants, word
from owner import digits, luhn

# Other words than the messages have: twelve characters that both share are a finding, and rightly.
WORDS = ("monday update settings battery channel percent library session android weather upload market player counter release network report station number screen folder window kitchen "
         "table river signal person music minute button garage winter summer dinner ticket travel camera").split()


def document(r):
    """What an analytics library sends, with numbers of every length."""
    def value(depth):
        kind = r.randrange(14)
        if kind < 2 and depth < 3: return {word(r): value(depth + 1) for _ in range(r.randint(1, 6))}
        if kind < 3 and depth < 3: return [value(depth + 1) for _ in range(r.randint(1, 6))]
        return r.choice([lambda: r.randrange(10 ** r.randint(1, 16)), lambda: 1764000000000 + r.randrange(10 ** 10), lambda: digits(r, r.randint(8, 20)), lambda: "%x" % r.getrandbits(r.choice([64, 128, 160, 256])), lambda: b64(noise(r, r.randint(8, 60))), lambda: r.random() * 100,
                         lambda: " ".join(r.choice(WORDS) for _ in range(r.randint(1, 12))), lambda: "%s %s" % (r.choice(WORDS).title(), r.choice(WORDS).title()), lambda: r.random() < 0.5, lambda: None, lambda: "https://%s.example/%s?id=%d" % (word(r), word(r), r.randrange(10 ** 9)),
                         lambda: "%08x-%04x-4%03x-a%03x-%012x" % (r.getrandbits(32), r.getrandbits(16), r.getrandbits(12), r.getrandbits(12), r.getrandbits(48)), lambda: round(r.uniform(-180, 180), 6)])()
    return json.dumps({word(r): value(0) for _ in range(r.randint(2, 20))}, ensure_ascii=False).encode()


def proto(r):
    out = b""
    for _ in range(r.randint(3, 40)): out += r.choice([lambda: pb_int(r.randint(1, 30), r.getrandbits(r.choice([7, 14, 32, 50, 64]))), lambda: pb_bytes(r.randint(1, 30), noise(r, r.randint(4, 60))), lambda: pb_bytes(r.randint(1, 30), word(r).encode())])()
    return out


def innocent(channels, owner, other, r, megabytes, picture, jpeg):
    left = int(megabytes * (1 << 20))
    kinds = [("JSON", lambda: document(r)), ("JSON in gzip", lambda: gzip.compress(document(r) * r.randint(1, 20))), ("protobuf", lambda: proto(r)), ("random bytes", lambda: noise(r, r.randrange(500, 30000))), ("base64", lambda: b64(noise(r, r.randrange(500, 9000))).encode()),
             ("form", lambda: urllib.parse.urlencode({word(r): r.choice([digits(r, r.randint(3, 18)), word(r), b64(noise(r, 20))]) for _ in range(12)}).encode()), ("digits", lambda: digits(r, r.randrange(200, 3000)).encode()), ("hex", lambda: noise(r, r.randrange(200, 3000)).hex().encode()),
             ("picture", lambda: jpeg(picture(r, (320, 240)), 80)), ("floats and integers", lambda: struct.pack("<%df" % 500, *(r.uniform(-180, 180) for _ in range(500))) + struct.pack("<%di" % 500, *(r.randrange(-1 << 31, 1 << 31) for _ in range(500)))), ("words", lambda: " ".join(r.choice(WORDS) for _ in range(400)).encode())]
    ways = [("HTTP/1 body", channels.body1), ("TLS, HTTP/1", lambda p, body: channels.body1(p, True, body)), ("HTTP/2 body", channels.body2), ("HTTP/3", channels.quic), ("WebSocket", channels.websocket), ("MQTT", channels.mqtt), ("TCP", channels.tcp), ("UDP", channels.udp)]
    while left > 0:
        form, make = r.choice(kinds)
        data = make()
        name, send = r.choice(ways)
        plant = Plant("innocent", form, "-", data, False, "")
        left -= len(data)
        yield plant, name, send(plant, body=(data, "application/octet-stream"))
    # Another's values, and what nearly is the owner's.
    others = [p for p in plants(other, r) if p.group not in ("pinyin",)]
    for p in r.sample(others, min(len(others), 60)):
        if p.plain in dict(owner.texts()).values() or p.group in ("spellings of names", "fragments of messages") or p.label.startswith("message"): continue
        name, send = r.choice(ways)
        yield Plant("another's", p.form, "-", p.data, p.text, ""), name, send(p, body=(p.data, "application/octet-stream"))
    near = [("another IMEI", json.dumps({"imei": luhn("35" + digits(r, 12))})), ("a number one digit off", json.dumps({"tel": "+" + owner.numbers[0][0] + owner.numbers[0][1][:-1] + str((int(owner.numbers[0][1][-1]) + 1) % 10)})),
            ("11 characters of a message", "|" + owner.messages[0][7:18] + "|"), ("a place two kilometres off", json.dumps({"lat": round(owner.places[0][0] + 0.02, 5), "lon": owner.places[0][1]})), ("a latitude alone", json.dumps({"price": owner.places[1][0]})), ("a MAC that is withheld", '{"mac":"02:00:00:00:00:00"}'),
            ("the name in a longer word", "x" + owner.names[0] + "ia")]
    for form, text in near:
        yield Plant("nearly", form, "-", text.encode(), True, ""), "HTTP/1 body", channels.body1(None, body=(text.encode(), "application/json"))
