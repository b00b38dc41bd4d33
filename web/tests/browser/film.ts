/** Runs in the page: a film of key frames only, as a WebM that says where each of them lies, so that a player can begin in the middle. Base64. */
export async function makeFilm({ frames, stepMs, noise }: { frames: number; stepMs: number; noise: number }): Promise<string> {
  const [width, height] = [640, 480];
  const chunks: Uint8Array[] = [];
  const failed: unknown[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      chunks.push(bytes);
    },
    error: (e) => failed.push(e),
  });
  encoder.configure({ codec: 'vp8', width, height, bitrate: noise });
  const pixels = new Uint32Array(width * height);
  for (let n = 0; n < frames; n++) {
    for (let i = 0; i < pixels.length; i++) pixels[i] = (Math.random() * 0x1000000) | 0xff000000;
    const frame = new VideoFrame(pixels, { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp: n * stepMs * 1000 });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
  }
  await encoder.flush();
  if (failed.length > 0) throw failed[0];

  // EBML (RFC 8794): an id, a length in eight bytes, the content.
  const join = (parts: Uint8Array[]): Uint8Array => {
    const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
    let at = 0;
    for (const p of parts) {
      all.set(p, at);
      at += p.length;
    }
    return all;
  };
  const number = (n: number, size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => Math.floor(n / 256 ** (size - 1 - i)) % 256);
  const element = (id: string, ...parts: Uint8Array[]): Uint8Array => {
    const content = join(parts);
    const size = number(content.length, 8);
    size[0] = 1;
    return join([Uint8Array.from(id.match(/../g)!, (h) => Number.parseInt(h, 16)), size, content]);
  };
  const uint = (id: string, n: number, size = 4): Uint8Array => element(id, number(n, size));
  const text = (id: string, t: string): Uint8Array => element(id, new TextEncoder().encode(t));
  const float = (id: string, f: number): Uint8Array => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, f);
    return element(id, bytes);
  };
  const head = element(
    '1a45dfa3',
    uint('4286', 1),
    uint('42f7', 1),
    uint('42f2', 4),
    uint('42f3', 8),
    text('4282', 'webm'),
    uint('4287', 2),
    uint('4285', 2),
  );
  const info = element('1549a966', uint('2ad7b1', 1_000_000), float('4489', frames * stepMs), text('4d80', 'test'), text('5741', 'test'));
  const video = element('e0', uint('b0', width), uint('ba', height));
  const tracks = element('1654ae6b', element('ae', uint('d7', 1), uint('73c5', 1), uint('83', 1), text('86', 'V_VP8'), video));
  const clusters = chunks.map((c, n) => element('1f43b675', uint('e7', n * stepMs), element('a3', Uint8Array.from([0x81, 0, 0, 0x80]), c)));
  const cues = (at: number): Uint8Array => {
    let position = at;
    const points = clusters.map((c, n) => {
      const point = element('bb', uint('b3', n * stepMs), element('b7', uint('f7', 1), uint('f1', position, 8)));
      position += c.length;
      return point;
    });
    return element('1c53bb6b', ...points);
  };
  // Positions count from the segment's content; all numbers have their full size, so that the first try has the length of the second.
  const seek = (at: number) => element('114d9b74', element('4dbb', element('53ab', Uint8Array.from([0x1c, 0x53, 0xbb, 0x6b])), uint('53ac', at, 8)));
  const before = seek(0).length + info.length + tracks.length;
  const front = join([seek(before), info, tracks, cues(before + cues(0).length)]);
  const bytes = join([head, element('18538067', front, ...clusters)]);
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

export interface Played {
  readonly length: number;
  /** Where the player was sent, as soon as it knew the film's length. */
  readonly from: number;
  /** Where it was when enough had been played. */
  readonly reached: number;
  /** Where the stretch begins that was played last. */
  readonly earliest: number;
}

type Asked = { at: number; length: number }[];

/** Runs in the page: from now on what its service worker asks of it is written down, in its order. */
export function hearAsked(): void {
  const asked: Asked = [];
  Object.assign(window, { asked });
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (data.stream) asked.push({ at: data.stream.at, length: data.stream.length });
  });
}
export const heard = (): Asked => (window as unknown as { asked: Asked }).asked;

/** Runs in the page: sends the player to a part of the film, and plays on from there. */
export function playFrom(video: Element, part: number): Promise<Played> {
  const v = video as HTMLVideoElement;
  return new Promise((resolve, reject) => {
    v.addEventListener('error', () => reject(new Error(`the film is not played: ${v.error?.message}`)));
    const go = () => {
      v.pause();
      const from = v.duration * part;
      const look = () => {
        if (v.currentTime < from + 0.3) return;
        v.pause();
        resolve({ length: v.duration, from, reached: v.currentTime, earliest: v.played.start(v.played.length - 1) });
      };
      v.addEventListener(
        'seeked',
        () => {
          v.addEventListener('timeupdate', look);
          void v.play().catch(reject);
        },
        { once: true },
      );
      v.currentTime = from;
    };
    if (v.readyState >= HTMLMediaElement.HAVE_METADATA) go();
    else v.addEventListener('loadedmetadata', go, { once: true });
  });
}
