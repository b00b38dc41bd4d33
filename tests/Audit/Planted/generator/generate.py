#!/usr/bin/python3
"""Makes a recording of an invented phone with an invented owner's values planted in it, and says where: it shares nothing with the readers that have to find them.

    generate.py --seed 7 --each 2 --innocent 4 FOLDER

FOLDER gets capture.pcapng (keys inside), plain.pcapng (without keys), keys.txt, owner.yaml, photo.jpg, requests.har, and plants.tsv:
number, first frame, last frame, group, form, channel, label, expected (found, none, sealed), entry of the HAR, the value in base64, uplink bytes.

The flows are the same for a seed; TLS draws its own random numbers. Needs Debian's python3-h2, python3-brotli, python3-zstandard, python3-cryptography and python3-pil.
"""
import argparse, base64, io, json, os, random, struct
from PIL import Image, ImageDraw
from channels import Channels, dress
from forms import Plant, noise, plants, word, b64, pb_bytes, pb_int
from innocent import innocent
from owner import Owner
from wire import Capture


def picture(r, size=(640, 480)):
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    a, b = [[r.randrange(256) for _ in range(3)] for _ in range(2)]
    for y in range(size[1]): draw.line([(0, y), (size[0], y)], fill=tuple(int(p + (q - p) * y / size[1]) for p, q in zip(a, b)))
    for _ in range(40):
        x, y, w, h = r.randrange(size[0]), r.randrange(size[1]), r.randrange(20, 260), r.randrange(20, 200)
        r.choice([draw.ellipse, draw.rectangle])([x, y, x + w, y + h], fill=tuple(r.randrange(256) for _ in range(3)))
    speckle = Image.frombytes("L", size, r.randbytes(size[0] * size[1])).convert("RGB")
    return Image.blend(image, speckle, 0.12)


def jpeg(image, quality=88, gps=None):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0110] = "Model X"
    if gps: exif[0x8825] = {1: "N" if gps[0] >= 0 else "S", 2: (abs(gps[0]), 0.0, 0.0), 3: "E" if gps[1] >= 0 else "W", 4: (abs(gps[1]), 0.0, 0.0)}
    image.save(out, "JPEG", quality=quality, exif=exif.tobytes())
    return out.getvalue()


def photos(channels, image, file, r):
    """Each way that a photo leaves a phone: whole, made anew, in pieces."""
    anew = {"quality 60": jpeg(image, 60), "half the size": jpeg(image.resize((320, 240)), 85), "a thumbnail": jpeg(image.resize((160, 120)), 75), "without metadata": jpeg(image, 88), "PNG": (lambda o: (image.resize((320, 240)).save(o, "PNG"), o.getvalue())[1])(io.BytesIO()),
            "WebP": (lambda o: (image.save(o, "WEBP", quality=70), o.getvalue())[1])(io.BytesIO())}
    def ways(group, form, data):
        p = Plant(group, form, "photo 1", data, False, "")
        ask = [("HTTP/1 body", lambda: channels.body1(p, body=(data, "image/jpeg"))), ("TLS, HTTP/1", lambda: channels.body1(p, True, (data, "image/jpeg"))), ("HTTP/2 body", lambda: channels.body2(p, (data, "image/jpeg"))), ("HTTP/3", lambda: channels.quic(p, (data, "image/jpeg"))),
               ("WebSocket", lambda: channels.websocket(p, (data, ""))), ("MQTT", lambda: channels.mqtt(p, (data, ""))), ("SMTP", lambda: channels.smtp(p, (data, ""))), ("FTP", lambda: channels.ftp(p, (data, ""))), ("TCP", lambda: channels.tcp(p, (data, "")))]
        return p, ask
    for p, ask in [ways("photo, whole", "the file", file)]:
        for name, send in ask: yield p, name, send()
        wrapped = Plant(p.group, "base64 in JSON", p.label, json.dumps({"image": b64(file)}).encode(), False, "")
        yield wrapped, "HTTP/2 body", channels.body2(wrapped, (wrapped.data, "application/json"))
        wrapped = Plant(p.group, "field of a protobuf", p.label, pb_int(1, 3) + pb_bytes(2, file), False, "")
        yield wrapped, "TLS, HTTP/1", channels.body1(wrapped, True, (wrapped.data, "application/x-protobuf"))
    for form, data in anew.items():
        p, ask = ways("photo, made anew", form, data)
        for name, send in r.sample(ask[:6], 2): yield p, name, send()
    for size in (len(file) // 3, 16384, 40000):
        p = Plant("photo, in pieces", "a resumable upload", "photo 1", file, False, "")
        yield p, "TLS, HTTP/1", channels.pieces1(file, size)


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--seed", type=int, default=1); ask.add_argument("--each", type=int, default=2, help="channels a plant"); ask.add_argument("--share", type=float, default=1.0, help="of the plants"); ask.add_argument("--innocent", type=float, default=1.0, help="megabytes")
    ask.add_argument("folder")
    a = ask.parse_args()
    r = random.Random(a.seed)
    os.makedirs(a.folder, exist_ok=True)
    # The wire has chances of its own: what TLS draws by itself changes lengths, and must not change what is planted.
    owner, capture = Owner(r), Capture(random.Random(a.seed + 1))
    channels, rows = Channels(capture, r), []
    image = picture(r)
    file = jpeg(image, 92, owner.places[1])
    def row(plant, channel, at, expected="found"):
        first, last, entry = at
        rows.append([len(rows) + 1, first, last, plant.group, plant.form, channel, plant.label, expected, entry, b64(plant.plain.encode()), sum(len(f) - 54 for _, f in capture.frames[first - 1:last])])
    for plant in plants(owner, r):
        if r.random() > a.share: continue
        small = len(plant.data) < 1000
        ways = [("TCP", channels.tcp), ("UDP", channels.udp), ("HTTP/1 body", channels.body1), ("TLS, HTTP/1", lambda p: channels.body1(p, True)), ("HTTP/2 body", channels.body2), ("HTTP/3", channels.quic), ("WebSocket", channels.websocket), ("MQTT", channels.mqtt), ("SMTP", channels.smtp), ("FTP", channels.ftp)]
        if small: ways.append(("QUIC datagram", lambda p: channels.quic(p, datagram=True)))
        if plant.text and small and b"\n" not in plant.data: ways += [("heads", channels.head1), ("heads", channels.head2), ("heads", lambda p: channels.head1(p, True))]
        if plant.text and len(plant.data) < 120 and plant.data.isalnum() and plant.data.isascii(): ways.append(("DNS names", channels.dns))
        for name, send in r.sample(ways, min(a.each, len(ways))): row(plant, name, send(plant))
    for plant, name, at in photos(channels, image, file, r) if a.share >= 1 or a.seed % 2 == 0 else list(photos(channels, image, file, r))[::4]: row(plant, name, at)
    # The same without keys: nothing can be found, and nothing may be called clean.
    channels.sealed = True
    for label, text in owner.texts()[:8]:
        plant = Plant("no keys", "plain", label, text.encode(), True, text)
        name, send = r.choice([("TLS, HTTP/1", lambda p: channels.body1(p, True)), ("HTTP/2 body", channels.body2), ("HTTP/3", channels.quic)])
        row(plant, name, send(plant), "sealed")
    channels.sealed = False
    other = Owner(r)
    for plant, name, at in innocent(channels, owner, other, r, a.innocent, picture, jpeg): row(plant, name, at, "none")
    keys = channels.keys()
    capture.write(os.path.join(a.folder, "capture.pcapng"), keys)
    capture.write(os.path.join(a.folder, "plain.pcapng"))
    with open(os.path.join(a.folder, "keys.txt"), "wb") as out: out.write(keys)
    with open(os.path.join(a.folder, "owner.yaml"), "w") as out: out.write(owner.yaml())
    with open(os.path.join(a.folder, "photo.jpg"), "wb") as out: out.write(file)
    with open(os.path.join(a.folder, "requests.har"), "w") as out: json.dump(dict(log=dict(version="1.2", creator=dict(name="generate", version="1"), entries=channels.har)), out)
    with open(os.path.join(a.folder, "plants.tsv"), "w") as out:
        for line in rows: out.write("\t".join(map(str, line)) + "\n")
    print(f"{sum(l[7] == 'found' for l in rows)} plants, {sum(l[7] == 'none' for l in rows)} innocent messages, {len(capture.frames)} frames, {os.path.getsize(os.path.join(a.folder, 'capture.pcapng'))} bytes")


main()
