/**
 * A zip that is written as it goes: entries are stored, not deflated (photos gain nothing), their sums behind their data, so that nothing is held but the list of names. Above 4 GiB or
 * 65,535 entries in the form of ZIP64. APPNOTE 6.3.10, §4.3 to §4.5.
 */
import { type Bytes, concat, utf8 } from '../protocol/bytes';

const UTF8_AND_DESCRIPTOR = 0x0808;
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb8_8320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = TABLE[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}

interface Written {
  readonly name: Bytes;
  readonly time: number;
  readonly crc: number;
  readonly size: number;
  readonly at: number;
}

export class ZipWriter {
  private readonly entries: Written[] = [];
  private readonly names = new Set<string>();
  private at = 0;

  /** @param write Takes the bytes in order; the next come when it is done. */
  constructor(private readonly write: (bytes: Bytes) => Promise<void>) {}

  private async put(bytes: Bytes): Promise<void> {
    await this.write(bytes);
    this.at += bytes.length;
  }

  /** A name that no entry has: another number where it is taken, in any case of letters. */
  freeName(name: string): string {
    const dot = name.lastIndexOf('.') > name.lastIndexOf('/') ? name.lastIndexOf('.') : name.length;
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? name : `${name.slice(0, dot)} (${n})${name.slice(dot)}`;
      if (!this.names.has(candidate.toLowerCase())) return candidate;
    }
  }

  /** @param time Milliseconds; null: none is known. @param data Pieces, in order. */
  async add(path: string, time: number | null, data: AsyncIterable<Bytes> | Iterable<Bytes>): Promise<void> {
    const name = this.freeName(path);
    this.names.add(name.toLowerCase());
    const [bytes, at, stamp] = [utf8(name), this.at, dosTime(time)];
    const head = new Fields(30).u32(0x0403_4b50).u16(45).u16(UTF8_AND_DESCRIPTOR).u16(0).u32(stamp).u32(0).u32(0).u32(0).u16(bytes.length).u16(0);
    await this.put(concat(head.bytes, bytes));
    let [crc, size] = [0, 0];
    for await (const piece of data) {
      crc = crc32(piece, crc);
      size += piece.length;
      await this.put(piece);
    }
    const descriptor = new Fields(size > MAX_32 ? 24 : 16).u32(0x0807_4b50).u32(crc);
    await this.put(size > MAX_32 ? descriptor.u64(size).u64(size).bytes : descriptor.u32(size).u32(size).bytes);
    this.entries.push({ name: bytes, time: stamp, crc, size, at });
  }

  /** The list of entries at the end. @returns The size of the file. */
  async finish(): Promise<number> {
    const start = this.at;
    for (const e of this.entries) {
      const isLarge = e.size > MAX_32 || e.at > MAX_32;
      const extra = isLarge ? new Fields(28).u16(1).u16(24).u64(e.size).u64(e.size).u64(e.at).bytes : new Uint8Array(0);
      const [size, at] = isLarge ? [MAX_32, MAX_32] : [e.size, e.at];
      const head = new Fields(46).u32(0x0201_4b50).u16(45).u16(45).u16(UTF8_AND_DESCRIPTOR).u16(0).u32(e.time).u32(e.crc).u32(size).u32(size);
      head.u16(e.name.length).u16(extra.length).u16(0).u16(0).u16(0).u32(0).u32(at);
      await this.put(concat(head.bytes, e.name, extra));
    }
    const [size, count] = [this.at - start, this.entries.length];
    if (count >= MAX_16 || start > MAX_32) {
      const end64 = this.at;
      const record = new Fields(56).u32(0x0606_4b50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(count).u64(count).u64(size).u64(start);
      await this.put(record.bytes);
      await this.put(new Fields(20).u32(0x0706_4b50).u32(0).u64(end64).u32(1).bytes);
    }
    const [n, where] = [Math.min(count, MAX_16), Math.min(start, MAX_32)];
    await this.put(new Fields(22).u32(0x0605_4b50).u16(0).u16(0).u16(n).u16(n).u32(Math.min(size, MAX_32)).u32(where).u16(0).bytes);
    return this.at;
  }
}

/** Little-endian fields, one behind the other. */
class Fields {
  readonly bytes: Bytes;
  private readonly view: DataView;
  private at = 0;
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }
  u16(n: number): this {
    this.view.setUint16(this.at, n, true);
    this.at += 2;
    return this;
  }
  u32(n: number): this {
    this.view.setUint32(this.at, n, true);
    this.at += 4;
    return this;
  }
  u64(n: number): this {
    this.view.setBigUint64(this.at, BigInt(n), true);
    this.at += 8;
    return this;
  }
}

/** Two seconds are its unit, local time its clock, 1980 its beginning. */
function dosTime(ms: number | null): number {
  const d = new Date(ms ?? Date.now());
  const year = Math.min(Math.max(d.getFullYear(), 1980), 2107);
  const date = ((year - 1980) << 9) | ((d.getMonth() + 1) << 5) | d.getDate();
  return ((date << 16) | (d.getHours() << 11) | (d.getMinutes() << 5) | (d.getSeconds() >> 1)) >>> 0;
}
