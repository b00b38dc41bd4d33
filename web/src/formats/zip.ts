/** Writes a ZIP file of stored entries, piece by piece (APPNOTE.TXT 6.3.10 §4.3; Zip64 where an entry or the file is larger than 4 GiB). Names are UTF-8. */
import { type Bytes, utf8 } from '../protocol/bytes';

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
const U32 = 0xffff_ffff;

export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = TABLE[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}

export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** Unix ms, written as UTC: ZIP's own times have no zone. */
  readonly modified: number;
  /** The bytes in order; exactly `size` of them. */
  readonly read: () => AsyncIterable<Bytes>;
}

/** Little-endian fields: [value, bytes]. */
function fields(...values: [number, number][]): Bytes {
  const out = new Uint8Array(values.reduce((sum, [, n]) => sum + n, 0));
  let at = 0;
  for (const [value, n] of values) {
    for (let i = 0; i < n; i++) out[at++] = Math.floor(value / 256 ** i) % 256;
  }
  return out;
}

function dosTime(ms: number): number {
  const d = new Date(Math.max(Date.UTC(1980, 0, 1), Math.min(ms, Date.UTC(2107, 11, 31))));
  const date = ((d.getUTCFullYear() - 1980) << 9) | ((d.getUTCMonth() + 1) << 5) | d.getUTCDate();
  return date * 65_536 + ((d.getUTCHours() << 11) | (d.getUTCMinutes() << 5) | (d.getUTCSeconds() >> 1));
}

/** The file's bytes in order. The checksum of an entry stands behind it (a data descriptor): nothing is read twice, and no entry is held whole. */
export async function* zip(entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>): AsyncGenerator<Bytes> {
  const directory: Bytes[] = [];
  let at = 0;
  let count = 0;
  for await (const e of entries) {
    const name = utf8(e.name);
    const wide = e.size >= U32;
    const start = at;
    // Flags: 3, a data descriptor follows; 11, the name is UTF-8.
    const common: [number, number][] = [
      [wide ? 45 : 20, 2],
      [0x0808, 2],
      [0, 2],
      [dosTime(e.modified), 4],
    ];
    const extra = wide ? fields([1, 2], [16, 2], [0, 8], [0, 8]) : new Uint8Array(0);
    const head = fields([0x04034b50, 4], ...common, [0, 4], [wide ? U32 : 0, 4], [wide ? U32 : 0, 4], [name.length, 2], [extra.length, 2]);
    yield head;
    yield name;
    if (wide) yield extra;
    let crc = 0;
    let size = 0;
    for await (const part of e.read()) {
      crc = crc32(part, crc);
      size += part.length;
      yield part;
    }
    const tail = fields([0x08074b50, 4], [crc, 4], [size, wide ? 8 : 4], [size, wide ? 8 : 4]);
    yield tail;
    at += head.length + name.length + extra.length + size + tail.length;
    const large = wide || start >= U32;
    const more = large ? fields([1, 2], [24, 2], [size, 8], [size, 8], [start, 8]) : new Uint8Array(0);
    const [known, where] = large ? [U32, U32] : [size, start];
    directory.push(
      fields(
        [0x02014b50, 4],
        [0x032d, 2],
        ...common,
        [crc, 4],
        [known, 4],
        [known, 4],
        [name.length, 2],
        [more.length, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [0o100644 * 65_536, 4],
        [where, 4],
      ),
      name,
      more,
    );
    count++;
  }
  const length = directory.reduce((sum, d) => sum + d.length, 0);
  yield* directory;
  if (at >= U32 || count >= 65_535 || length >= U32) {
    yield fields([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8], [length, 8], [at, 8]);
    yield fields([0x07064b50, 4], [0, 4], [at + length, 8], [1, 4]);
  }
  const most = (n: number, limit: number) => Math.min(n, limit);
  yield fields(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [most(count, 65_535), 2],
    [most(count, 65_535), 2],
    [most(length, U32), 4],
    [most(at, U32), 4],
    [0, 2],
  );
}
