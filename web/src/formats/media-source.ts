/** A media file as its readers see it: bytes at a position, few of them, whatever the file says of itself. */
import type { Bytes } from '../protocol/bytes';

const BLOCK = 65_536;
/** Of no file more is read for its details. */
const MAX_READ = 16 << 20;
const KEPT_BLOCKS = 16;

export class MediaSource {
  private readonly blocks = new Map<number, Bytes>();
  private spent = 0;

  constructor(
    readonly size: number,
    private readonly read: (at: number, length: number) => Promise<Bytes>,
  ) {}

  /** `length` bytes at a position; undefined where the file has no so many, or more were asked for than `max`. */
  async block(at: number, length: number, max: number): Promise<Bytes | undefined> {
    if (!Number.isSafeInteger(at) || !Number.isSafeInteger(length) || at < 0 || length < 0 || length > max || at > this.size - length)
      return undefined;
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const n = Math.floor((at + done) / BLOCK);
      const block = await this.load(n);
      const from = at + done - n * BLOCK;
      const part = block?.subarray(from, from + length - done);
      if (!part || part.length === 0) return undefined;
      out.set(part, done);
      done += part.length;
    }
    return out;
  }

  private async load(n: number): Promise<Bytes | undefined> {
    const known = this.blocks.get(n);
    if (known) return known;
    if (this.spent > MAX_READ) return undefined;
    const block = await this.read(n * BLOCK, Math.min(BLOCK, this.size - n * BLOCK));
    this.spent += BLOCK;
    this.blocks.set(n, block);
    for (const old of this.blocks.keys()) {
      if (this.blocks.size <= KEPT_BLOCKS) break;
      this.blocks.delete(old);
    }
    return block;
  }

  async u32(at: number): Promise<number> {
    const b = await this.block(at, 4, 4);
    return b ? viewOf(b).getUint32(0) : -1;
  }
}

export const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.byteLength);

/** Reads big-endian fields one after another; past the end it gives zeros and says so. */
export class Cursor {
  at = 0;
  failed = false;
  constructor(readonly bytes: Bytes) {}

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const next = this.bytes[this.at++];
      if (next === undefined) this.failed = true;
      value = value * 256 + (next ?? 0);
    }
    if (!Number.isSafeInteger(value)) this.failed = true;
    return this.failed ? 0 : value;
  }
  skip(count: number): void {
    this.at += count;
  }
}

const latin = new TextDecoder('latin1');
const utf8 = new TextDecoder();
export const ascii = (b: Uint8Array, at: number, length: number): string => latin.decode(b.subarray(at, at + length));
/** Text without its ending zeros and blanks; undefined if empty, longer than `max`, or with control characters in it. */
export function cleanText(b: Uint8Array, max: number): string | undefined {
  const text = utf8.decode(b).replace(/^[\0 ]+|[\0 ]+$/g, '');
  return text !== '' && text.length <= max && !/\p{Cc}/u.test(text) ? text : undefined;
}
