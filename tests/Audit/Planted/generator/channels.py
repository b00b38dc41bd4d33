"""What carries a plant: TLS by the system's OpenSSL (Python's ssl, in memory), HTTP/2 by python3-h2, QUIC and HTTP/3 by hand (RFC 9000, 9001, 9114, 9204) over python3-cryptography, the rest by hand."""
import base64, gzip, hashlib, json, os, ssl, struct, subprocess, tempfile, urllib.parse, zlib
import brotli, zstandard
import h2.config, h2.connection
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from forms import b64, cbor, mp, multipart, noise, pb_bytes, pb_int, url64, word

SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%-._~")


def is_json(text): return text[:1] in "{[" and text[-1:] in "}]"


def dress(r, plant):
    """A body that a program would send: the plant with other fields around it. Answers the bytes and their type."""
    if not plant.text:
        return (multipart(r, b"f", plant.data), "multipart/form-data") if r.random() < 0.15 else (plant.data, r.choice(["application/octet-stream", "application/x-protobuf", "application/x-www-form-urlencoded"]))
    text = plant.data.decode()
    other = [(word(r), r.choice([r.randrange(10 ** 9), word(r), r.random(), True])) for _ in range(r.randint(1, 6))]
    kind = r.choice(["json", "json", "form", "xml", "plain"])
    if "\n" in text or text[:2] == "--": kind = "plain"
    if kind == "json":
        raw = text if is_json(text) and r.random() < 0.6 else '"' + text + '"' if plant.group == "encodings of text" and "&" not in text and '"' not in text else json.dumps(text, ensure_ascii=False)
        fields = [json.dumps(k) + ":" + json.dumps(v) for k, v in other]
        fields.insert(r.randrange(len(fields) + 1), json.dumps(word(r)) + ":" + raw)
        return ("{" + ",".join(fields) + "}").encode(), "application/json"
    if kind == "form":
        fields = [f"{k}={v}" for k, v in other]
        fields.insert(r.randrange(len(fields) + 1), word(r) + "=" + (text if set(text) <= SAFE else urllib.parse.quote_plus(text)))
        return "&".join(fields).encode(), "application/x-www-form-urlencoded"
    if kind == "xml":
        escaped = text if plant.form.startswith("HTML") else text.replace("&", "&amp;").replace("<", "&lt;")
        return ("<?xml version=\"1.0\"?><r>" + "".join(f"<{k}>{v}</{k}>" for k, v in other) + f"<x>{escaped}</x></r>").encode(), "text/xml"
    return (f"{word(r)} {word(r)}\n" + text + f"\n{word(r)}").encode(), "text/plain"


class Channels:
    def __init__(self, capture, r):
        self.capture, self.r, self.har, self.folder = capture, r, [], tempfile.mkdtemp()
        self.log = os.path.join(self.folder, "keys.txt")
        pem = os.path.join(self.folder, "server.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", "/CN=planted.example", "-keyout", pem, "-out", pem + ".crt"], check=True, capture_output=True)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(pem + ".crt", pem)
        self.server.set_ciphers("ALL:@SECLEVEL=0")
        self.server.set_alpn_protocols(["h2", "http/1.1"])
        self.hosts, self.sealed = 0, False
        open(self.log, "wb").close()
        self.extra = b""

    def keys(self):
        with open(self.log, "rb") as log: return log.read() + self.extra

    def host(self):
        self.hosts += 1
        return f"h{self.hosts}.{word(self.r)}.example"

    # --- what is around
    def tls(self, talk, alpn, host):
        """Plain bytes in, records out; secrets into the key log unless sealed."""
        r = self.r
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        client.set_alpn_protocols([alpn])
        if r.random() < 0.4:
            client.maximum_version = ssl.TLSVersion.TLSv1_2
            client.set_ciphers(r.choice(["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-CCM", "ECDHE-ECDSA-AES128-SHA256"]))
        if not self.sealed: client.keylog_filename = self.log
        bios = {True: (ssl.MemoryBIO(), ssl.MemoryBIO()), False: (ssl.MemoryBIO(), ssl.MemoryBIO())}
        ends = {True: client.wrap_bio(*bios[True], server_hostname=host), False: self.server.wrap_bio(*bios[False], server_side=True)}
        out = []
        def move(mine):
            data = bios[mine][1].read()
            if data: out.append((mine, data)); bios[not mine][0].write(data)
            return bool(data)
        done = {True: False, False: False}
        while True:
            for mine in (True, False):
                if done[mine]: continue
                try: ends[mine].do_handshake(); done[mine] = True
                except ssl.SSLWantReadError: pass
                move(mine)
            if all(done.values()) and not bios[True][1].pending and not bios[False][1].pending: break
        for mine, data in talk:
            at = 0
            while at < len(data):
                size = r.choice([16384, r.randrange(1, 3000)])
                ends[mine].write(data[at:at + size]); at += size
            move(mine)
            try:
                while ends[not mine].read(65536): pass
            except ssl.SSLWantReadError: pass
            move(not mine)
        return out

    def entry(self, scheme, host, method, target, fields, body, kind):
        try: text = body.decode()
        except UnicodeDecodeError: text = body.decode("latin-1")
        query = [dict(name=n, value=v) for n, v in urllib.parse.parse_qsl(target.partition("?")[2], keep_blank_values=True)]
        cookies = [dict(name=c.partition("=")[0].strip(), value=c.partition("=")[2]) for n, v in fields if n.lower() == "cookie" for c in v.split(";")]
        request = dict(method=method, url=f"{scheme}://{host}{target}", httpVersion="HTTP/1.1", headers=[dict(name=n, value=v) for n, v in fields + [("Host", host)]], queryString=query, cookies=cookies, headersSize=-1, bodySize=len(body))
        if body: request["postData"] = dict(mimeType=kind, text=text, params=[])
        self.har.append(dict(startedDateTime="2025-11-24T16:00:00.000Z", time=1, request=request, response=dict(status=200, statusText="OK", httpVersion="HTTP/1.1", headers=[], cookies=[], content=dict(size=0, mimeType="text/plain"), redirectURL="", headersSize=-1, bodySize=0), cache={}, timings=dict(send=0, wait=1, receive=0)))
        return len(self.har) - 1

    def coded(self, body):
        """Content-Encoding, mostly true, sometimes not: a header is a claim."""
        r = self.r
        how = r.choice([None, None, "gzip", "br", "zstd", "deflate", "raw-deflate", "lie"])
        if how is None: return body, []
        if how == "lie": return body, [("Content-Encoding", "gzip")]
        made = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstandard.ZstdCompressor().compress, "deflate": zlib.compress, "raw-deflate": lambda b: zlib.compress(b)[2:-4]}[how](body)
        return made, [("Content-Encoding", how.replace("raw-", ""))]

    # --- HTTP/1
    def head_of(self, plant):
        """Target and fields with the plant in one of them."""
        r, text = self.r, plant.data.decode()
        where = r.choice(["query", "query", "path", "cookie", "field"])
        quoted = text if set(text) <= SAFE else urllib.parse.quote(text, safe="")
        if where == "query": return f"/{word(r)}?{word(r)}={r.randrange(999)}&{word(r)}={quoted}&v=2", []
        if where == "path": return f"/v1/{word(r)}/{quoted}/info", []
        bare = all(" " <= c <= "~" and c not in ";," for c in text)
        if where == "cookie": return "/", [("Cookie", f"{word(r)}={r.randrange(10 ** 6)}; {word(r)}={text if bare else quoted}")]
        return "/", [("X-" + word(r).title(), text if all(" " <= c <= "~" for c in text) else quoted)]

    def http1(self, requests):
        """requests: (method, target, host, fields, body). A talk of a connection that is kept."""
        r, talk = self.r, []
        for method, target, host, fields, body in requests:
            lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "User-Agent: Dalvik/2.1.0 (Linux; U; Android 13)", *(f"{n}: {v}" for n, v in fields)]
            payload = body
            if body or method == "POST":
                if r.random() < 0.4:
                    lines.append("Transfer-Encoding: chunked")
                    payload, at = b"", 0
                    while at < len(body):
                        size = r.choice([r.randrange(1, 40), r.randrange(200, 4000)]) if len(body) < 20000 else 8000
                        piece = body[at:at + size]; payload += b"%x\r\n" % len(piece) + piece + b"\r\n"; at += size
                    payload += b"0\r\n\r\n"
                else: lines.append(f"Content-Length: {len(body)}")
            talk.append((True, "\r\n".join(lines).encode() + b"\r\n\r\n" + payload))
            talk.append((False, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + b'{"status":"ok"}'))
        return talk

    def over(self, talk, host, secure, alpn="http/1.1"): return self.capture.tcp(443 if secure else 80, self.tls(talk, alpn, host) if secure else talk)

    def head1(self, plant, secure=False):
        host, (target, fields) = self.host(), self.head_of(plant)
        at = self.entry("https" if secure else "http", host, "GET", target, fields, b"", "")
        return (*self.over(self.http1([("GET", target, host, fields, b"")]), host, secure), at)

    def body1(self, plant, secure=False, body=None):
        host = self.host()
        body, kind = body if body else dress(self.r, plant)
        coded, fields = self.coded(body)
        before = [("GET", f"/{word(self.r)}.js", host, [], b"")] * self.r.randrange(3)
        at = self.entry("https" if secure else "http", host, "POST", "/c", [("Content-Type", kind)], body, kind)
        return (*self.over(self.http1(before + [("POST", "/c", host, [("Content-Type", kind)] + fields, coded)]), host, secure), at)

    def pieces1(self, data, size):
        """A resumable upload: each piece a request of its own, with its range."""
        host, requests = self.host(), []
        for at in range(0, len(data), size):
            piece = data[at:at + size]
            requests.append(("PUT", "/upload?session=7", host, [("Content-Type", "application/octet-stream"), ("Content-Range", f"bytes {at}-{at + len(piece) - 1}/{len(data)}")], piece))
        n = [self.entry("https", host, "PUT", "/upload?session=7", [], p[4], "application/octet-stream") for p in requests]
        return (*self.over(self.http1(requests), host, True), n[0])

    # --- HTTP/2
    def http2(self, target, fields, host, body):
        r = self.r
        client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
        server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        talk = []
        def move(a, b, mine):
            data = a.data_to_send()
            if data: talk.append((mine, data)); b.receive_data(data)
        client.initiate_connection(); server.initiate_connection(); move(client, server, True); move(server, client, False); move(client, server, True)
        for extra in range(r.randrange(3)):
            client.send_headers(1 + 2 * extra, [(":method", "GET"), (":authority", host), (":scheme", "https"), (":path", f"/{word(r)}")] + fields[:0], end_stream=True)
            move(client, server, True)
        stream = client.get_next_available_stream_id()
        client.send_headers(stream, [(":method", "POST" if body else "GET"), (":authority", host), (":scheme", "https"), (":path", target)] + [(n.lower(), v) for n, v in fields], end_stream=not body)
        at = 0
        while at < len(body):
            size = min(r.randrange(1, 200) if len(body) < 6000 else 8000, len(body) - at, client.local_flow_control_window(stream))
            client.send_data(stream, body[at:at + size], end_stream=at + size >= len(body), pad_length=r.choice([None, None, r.randrange(20)]) if client.local_flow_control_window(stream) > size + 300 else None); at += size
            move(client, server, True)
            if len(body) > 6000:
                server.acknowledge_received_data(size, stream); move(server, client, False)
        move(client, server, True)
        server.send_headers(stream, [(":status", "204")], end_stream=True); move(server, client, False)
        return talk

    def head2(self, plant):
        host, (target, fields) = self.host(), self.head_of(plant)
        at = self.entry("https", host, "GET", target, fields, b"", "")
        return (*self.over(self.http2(target, fields, host, b""), host, True, "h2"), at)

    def body2(self, plant, body=None):
        host = self.host()
        body, kind = body if body else dress(self.r, plant)
        coded, fields = self.coded(body)
        at = self.entry("https", host, "POST", "/c", [("Content-Type", kind)], body, kind)
        return (*self.over(self.http2("/c", [("content-type", kind)] + fields, host, coded), host, True, "h2"), at)

    # --- others over TCP
    def tcp(self, plant, body=None):
        r = self.r
        if body: data = body[0]
        else: data = (f"{word(r)}|".encode() if plant.text else noise(r, 2)) + plant.data + (f"|{word(r)}\n".encode() if plant.text else noise(r, 7))
        talk = [(True, b"\x00\x01" + struct.pack(">I", len(data)) + data), (False, b"\x00\x02\x00\x00\x00\x00" + noise(r, 24))]
        return (*self.capture.tcp(r.choice([5000, 7275, 9001]), talk), -1)

    def udp(self, plant, body=None):
        r, data = self.r, body[0] if body else plant.data
        return (*self.capture.udp(9999, [(True, b"\x01\x00" + struct.pack(">H", i) + data[at:at + 1300]) for i, at in enumerate(range(0, len(data), 1300))] + [(False, noise(r, 30))]), -1)

    def websocket(self, plant, body=None):
        r, host = self.r, self.host()
        deflated, secure = r.random() < 0.5, r.random() < 0.5
        data, kind = body if body else dress(r, plant)
        key = base64.b64encode(noise(r, 16)).decode()
        ask = f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n" + ("Sec-WebSocket-Extensions: permessage-deflate\r\n" if deflated else "") + "\r\n"
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        answer = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n" + ("Sec-WebSocket-Extensions: permessage-deflate\r\n" if deflated else "") + "\r\n"
        def frame(payload, opcode, last, packed, masked):
            head = bytes([(0x80 if last else 0) | (0x40 if packed else 0) | opcode])
            n, bit = len(payload), 0x80 if masked else 0
            head += bytes([bit | n]) if n < 126 else bytes([bit | 126]) + struct.pack(">H", n) if n < 65536 else bytes([bit | 127]) + struct.pack(">Q", n)
            if not masked: return head + payload
            mask = noise(r, 4)
            return head + mask + bytes(b ^ m for b, m in zip(payload, mask * (n // 4 + 1)))
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        def message(payload, binary):
            if deflated: payload = (squeeze.compress(payload) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]
            out, at, first = b"", 0, True
            while first or at < len(payload):
                size = r.randrange(1, max(2, min(len(payload), 30000)))
                out += frame(payload[at:at + size], (2 if binary else 1) if first else 0, at + size >= len(payload), deflated and first, True); at += size; first = False
                if r.random() < 0.1: out += frame(b"hi", 9, True, False, True)
            return out
        talk = [(True, ask.encode()), (False, answer.encode()), (True, message(b'{"hello":"' + word(r).encode() + b'"}', False)), (False, frame(b'{"ok":1}', 1, True, False, False)), (True, message(data, not (plant and plant.text)))]
        return (*self.over(talk, host, secure), -1)

    def mqtt(self, plant, body=None):
        r = self.r
        data = body[0] if body else dress(r, plant)[0]
        def packet(kind, payload):
            n, head = len(payload), b""
            while True:
                head += bytes([n % 128 | (128 if n > 127 else 0)]); n //= 128
                if n == 0: return bytes([kind]) + head + payload
        s = lambda t: struct.pack(">H", len(t)) + t
        talk = [(True, packet(0x10, s(b"MQTT") + b"\x04\x02\x00\x3c" + s(word(r).encode()))), (False, packet(0x20, b"\x00\x00")), (True, packet(0x30, s(b"up/" + word(r).encode()) + data))]
        return (*(self.over(talk, self.host(), True) if r.random() < 0.4 else self.capture.tcp(1883, talk)), -1)

    def smtp(self, plant, body=None):
        r = self.r
        if body or not plant.text: inner = f"Content-Type: application/octet-stream; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(body[0] if body else plant.data).replace(b"\n", b"\r\n")
        elif r.random() < 0.5: inner = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nsee " + plant.data.replace(b"\n", b"\r\n") + b"\r\n"
        else: inner = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"see " + plant.data).replace(b"\n", b"\r\n")
        mail = f"Subject: {word(r)}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=qq\r\n\r\n--qq\r\n".encode() + inner + b"\r\n--qq--\r\n"
        talk = [(False, b"220 mx.example ESMTP\r\n"), (True, b"EHLO phone\r\n"), (False, b"250 OK\r\n"), (True, b"MAIL FROM:<a@x.example>\r\n"), (False, b"250 OK\r\n"), (True, b"RCPT TO:<b@y.example>\r\n"), (False, b"250 OK\r\n"),
                (True, b"DATA\r\n"), (False, b"354 go on\r\n"), (True, mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"), (False, b"250 OK\r\n"), (True, b"QUIT\r\n"), (False, b"221 bye\r\n")]
        return (*self.capture.tcp(25, talk), -1)

    def ftp(self, plant, body=None):
        """The control connection, then the data connection that it names (RFC 959, 4.1.2; RFC 2428)."""
        r, data = self.r, body[0] if body else dress(self.r, plant)[0]
        port = r.randrange(30000, 40000)
        n = self.capture.server + 1
        peer = [93, 184 + (n >> 16) % 8, n >> 8 & 255, n & 255]
        if r.random() < 0.5: ask, answer = b"PASV\r\n", f"227 Entering Passive Mode ({','.join(map(str, peer))},{port >> 8},{port & 255})\r\n".encode()
        else: ask, answer = b"EPSV\r\n", f"229 Entering Extended Passive Mode (|||{port}|)\r\n".encode()
        talk = [(False, b"220 FTP ready\r\n"), (True, b"USER u\r\n"), (False, b"331 password\r\n"), (True, b"PASS p\r\n"), (False, b"230 in\r\n"), (True, b"TYPE I\r\n"), (False, b"200 OK\r\n"), (True, ask), (False, answer), (True, b"STOR a.bin\r\n"), (False, b"150 go on\r\n")]
        first, _ = self.capture.tcp(21, talk, v6=False)
        self.capture.server -= 1  # The same server.
        return first, self.capture.tcp(port, [(True, data)], v6=False)[1], -1

    def dns(self, plant):
        """A name to look up whose labels hold the plant; in a datagram, or over HTTPS (RFC 8484)."""
        r, text = self.r, plant.data.decode()
        labels = [text[i:i + 40] for i in range(0, len(text), 40)] + [word(r), "example"]
        query = struct.pack(">HHHHHH", r.randrange(65536), 0x0100, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l.encode() for l in labels) + b"\x00\x00\x10\x00\x01"
        answer = query[:2] + b"\x81\x83" + query[4:]
        how = r.random()
        if how < 0.4: return (*self.capture.udp(53, [(True, query), (False, answer)]), -1)
        if how < 0.6: return (*self.capture.tcp(53, [(True, struct.pack(">H", len(query)) + query), (False, struct.pack(">H", len(answer)) + answer)]), -1)
        host = self.host()
        if how < 0.8: return (*self.over(self.http2("/dns-query", [("content-type", "application/dns-message")], host, query), host, True, "h2"), -1)
        return (*self.over(self.http2("/dns-query?dns=" + url64(query).rstrip("="), [("accept", "application/dns-message")], host, b""), host, True, "h2"), -1)

    # --- QUIC
    def quic(self, plant, body=None, datagram=False):
        r, host = self.r, self.host()
        data, kind = body if body else dress(r, plant)
        if datagram: kind = "datagram"; data = plant.data
        first, last = Quic(self, host).upload(data, kind, datagram)
        at = -1 if datagram else self.entry("https", host, "POST", "/c", [("Content-Type", kind)], data, kind)
        return first, last, at


def vint(n):
    return bytes([n]) if n < 64 else struct.pack(">H", n | 0x4000) if n < 16384 else struct.pack(">I", n | 0x80000000) if n < 1 << 30 else struct.pack(">Q", n | 3 << 62)


class Quic:
    """One connection of version 1 with made-up traffic secrets: what a key log says is all that a reader needs."""

    def __init__(self, channels, host):
        self.c, self.r, self.host = channels, channels.r, host
        r = self.r
        self.random, self.destination, self.ours, self.theirs = noise(r, 32), noise(r, 8), noise(r, 4), noise(r, 8)
        self.secrets = {n: noise(r, 32) for n in ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")}
        if not channels.sealed: channels.extra += b"".join(n.encode() + b" " + self.random.hex().encode() + b" " + s.hex().encode() + b"\n" for n, s in self.secrets.items())
        extract = HMAC(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), hashes.SHA256())
        extract.update(self.destination)
        initial = extract.finalize()
        self.initial = {True: self.expand(initial, b"client in", 32), False: self.expand(initial, b"server in", 32)}
        self.numbers = {}

    @staticmethod
    def expand(secret, label, n):
        full = b"tls13 " + label
        return HKDFExpand(hashes.SHA256(), n, struct.pack(">H", n) + bytes([len(full)]) + full + b"\0").derive(secret)

    def seal(self, mine, space, secret, plain):
        number = self.numbers[mine, space] = self.numbers.get((mine, space), -1) + 1
        key, iv, hp = (self.expand(secret, l, n) for l, n in ((b"quic key", 16), (b"quic iv", 12), (b"quic hp", 16)))
        if space == "short": head = b"\x41" + (self.theirs if mine else self.ours) + struct.pack(">H", number & 0xFFFF)
        else:
            to, frm = (self.destination if space == "initial" and mine else self.theirs if mine else self.ours), (self.ours if mine else self.theirs)
            head = bytes([0xC1 if space == "initial" else 0xE1]) + b"\0\0\0\1" + bytes([len(to)]) + to + bytes([len(frm)]) + frm + (b"\0" if space == "initial" else b"") + struct.pack(">H", len(plain) + 18 | 0x4000) + struct.pack(">H", number)
        nonce = bytes(a ^ b for a, b in zip(iv, struct.pack(">IQ", 0, number)))
        sealed = AESGCM(key).encrypt(nonce, plain, head)
        enc = Cipher(algorithms.AES(hp), modes.ECB()).encryptor()
        mask = enc.update(sealed[2:18])
        packet = bytearray(head + sealed)
        packet[0] ^= mask[0] & (0x0F if packet[0] & 0x80 else 0x1F)
        packet[len(head) - 2] ^= mask[1]; packet[len(head) - 1] ^= mask[2]
        return bytes(packet)

    def hello(self):
        ext = lambda n, b: struct.pack(">HH", n, len(b)) + b
        name = self.host.encode()
        body = b"\x03\x03" + self.random + b"\0\0\x02\x13\x01\x01\0"
        extensions = (ext(0, struct.pack(">HBH", len(name) + 3, 0, len(name)) + name) + ext(16, b"\0\x03\x02h3") + ext(43, b"\x02\x03\x04") + ext(10, b"\0\x02\0\x1d") + ext(13, b"\0\x02\x04\x03")
                      + ext(51, b"\0\x24\0\x1d\0\x20" + noise(self.r, 32)) + ext(57, vint(15) + vint(len(self.ours)) + self.ours + vint(4) + vint(4) + vint(1 << 20) + vint(32) + vint(4) + vint(65535)))
        body += struct.pack(">H", len(extensions)) + extensions
        answer = b"\x03\x03" + noise(self.r, 32) + b"\0\x13\x01\0" + (lambda e: struct.pack(">H", len(e)) + e)(ext(43, b"\x03\x04") + ext(51, b"\0\x1d\0\x20" + noise(self.r, 32)))
        msg = lambda kind, b: bytes([kind]) + len(b).to_bytes(3, "big") + b
        return msg(1, body), msg(2, answer), msg(8, (lambda e: struct.pack(">H", len(e)) + e)(ext(16, b"\0\x03\x02h3") + ext(57, b"")))

    def upload(self, data, kind, datagram):
        r = self.r
        crypto = lambda b: b"\x06" + vint(0) + vint(len(b)) + b
        client, server, encrypted = self.hello()
        first = self.seal(True, "initial", self.initial[True], crypto(client) + bytes(1162 - len(client)))
        talk = [(True, first), (False, self.seal(False, "initial", self.initial[False], b"\x02\0\0\0\0" + crypto(server)) + self.seal(False, "handshake", self.secrets["SERVER_HANDSHAKE_TRAFFIC_SECRET"], crypto(encrypted + b"\x14\0\0\x20" + noise(r, 32)))),
                (True, self.seal(True, "handshake", self.secrets["CLIENT_HANDSHAKE_TRAFFIC_SECRET"], b"\x02\0\0\0\0" + crypto(b"\x14\0\0\x20" + noise(r, 32))))]
        def field(n, v): # RFC 9204, 4.5.6: literal with a literal name, no Huffman.
            def prefix(n, bits, first):
                most = (1 << bits) - 1
                if n < most: return bytes([first | n])
                out, n = bytes([first | most]), n - most
                while n > 127: out += bytes([n & 127 | 128]); n >>= 7
                return out + bytes([n])
            return prefix(len(n), 3, 0x20) + n.encode() + prefix(len(v), 7, 0) + v.encode()
        frames = []
        if datagram: frames = [b"\x31" + vint(len(data[at:at + 1100]) + 1) + b"\0" + data[at:at + 1100] for at in range(0, len(data), 1100)]
        else:
            fields = b"\0\0" + b"".join(field(n, v) for n, v in ((":method", "POST"), (":scheme", "https"), (":authority", self.host), (":path", "/c"), ("content-type", kind)))
            stream = b"\x01" + vint(len(fields)) + fields
            at = 0
            while at < len(data):
                piece = data[at:at + r.randrange(1, 5000)]; stream += b"\0" + vint(len(piece)) + piece; at += len(piece)
            frames.append(b"\x0a\x02" + vint(3) + b"\0\x04\0")
            at = 0
            while at < len(stream):
                size = r.randrange(20, 300) if len(stream) < 3000 else r.randrange(800, 1150)
                piece = stream[at:at + size]; frames.append(bytes([0x0E | (at + size >= len(stream))]) + vint(0) + vint(at) + vint(len(piece)) + piece); at += size
            if len(frames) > 3 and r.random() < 0.4:
                i = r.randrange(1, len(frames) - 1); frames[i], frames[i + 1] = frames[i + 1], frames[i]
            if r.random() < 0.2: frames.append(r.choice(frames))
        for f in frames: talk.append((True, self.seal(True, "short", self.secrets["CLIENT_TRAFFIC_SECRET_0"], f + b"\x01" + bytes(20))))
        talk.append((False, self.seal(False, "short", self.secrets["SERVER_TRAFFIC_SECRET_0"], b"\x02\0\0\0\0" + bytes(20))))
        move = r.randrange(4, len(talk)) if r.random() < 0.3 and len(talk) > 5 else None
        return self.c.capture.udp(443, talk, move=move)
