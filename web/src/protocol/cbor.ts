/**
 * The CBOR profile of spec/ids.md §3: deterministic, without tags and floats. Own code, because the profile refuses more than a library does (order of keys, shortest
 * form, depth) and sequences are read from a stream (docs/dependencies.md).
 */
import { type Bytes, compare, fromUtf8, joined, utf8 } from './bytes';
import { Refusal, refuse, total } from './refusal';

export type Cbor = number | bigint | string | boolean | null | Uint8Array | Cbor[] | CborMap;
export type CborMap = Map<string, Cbor>;

const MAX_DEPTH = 16;
const MAX_KEY = 23;
const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

// Major types, in the upper three bits of the first byte.
const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const SIMPLE = 7;

/** One value and nothing behind it; else the error given. */
export function decode(bytes: Uint8Array, error = 'malformed'): Cbor | Refusal {
  const read = decodeFirst(bytes, 0, error);
  if (read instanceof Refusal) return new Refusal(error);
  return read.end === bytes.length ? read.value : new Refusal(error);
}

/** The value that begins at `at`, and where it ends. A value that the bytes cut short is `cut`, so that a stream knows to wait for more. */
export function decodeFirst(bytes: Uint8Array, at: number, error = 'malformed'): { value: Cbor; end: number } | Refusal {
  return total(() => {
    const reader = new Reader(bytes, at, error);
    const value = reader.value(0);
    return { value, end: reader.at };
  });
}

class Reader {
  private readonly view: DataView;
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly error: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth: number): Cbor {
    this.need(1);
    const first = this.bytes[this.at++]!;
    const major = first >> 5;
    if (major === SIMPLE) {
      if (first === 0xf4) return false;
      if (first === 0xf5) return true;
      if (first === 0xf6) return null;
      return refuse(this.error);
    }
    const n = this.argument(first & 31);
    switch (major) {
      case UINT:
        return typeof n === 'bigint' && n > MAX_INT ? refuse(this.error) : n;
      case NEGATIVE: {
        const negative = typeof n === 'bigint' ? -1n - n : -1 - n;
        if (typeof negative === 'bigint' && negative < MIN_INT) refuse(this.error);
        return typeof negative === 'bigint' || Number.isSafeInteger(negative) ? negative : BigInt(-1) - BigInt(n);
      }
      case BYTES:
        return this.take(n);
      case TEXT:
        return fromUtf8(this.take(n)) ?? refuse(this.error);
      case ARRAY:
        return this.array(this.count(n), depth);
      case MAP:
        return this.map(this.count(n), depth);
      default:
        return refuse(this.error);
    }
  }

  private argument(short: number): number | bigint {
    if (short < 24) return short;
    if (short > 27) return refuse(this.error);
    const size = 1 << (short - 24);
    this.need(size);
    const at = this.at;
    this.at += size;
    if (size === 1) return this.shortest(this.view.getUint8(at), 24);
    if (size === 2) return this.shortest(this.view.getUint16(at), 0x100);
    if (size === 4) return this.shortest(this.view.getUint32(at), 0x10000);
    const n = this.view.getBigUint64(at);
    if (n < 0x1_0000_0000n) return refuse(this.error);
    return n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n;
  }

  private shortest(n: number, least: number): number {
    return n < least ? refuse(this.error) : n;
  }

  private array(count: number, depth: number): Cbor[] {
    if (depth >= MAX_DEPTH) refuse(this.error);
    const items: Cbor[] = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    return items;
  }

  private map(count: number, depth: number): CborMap {
    if (depth >= MAX_DEPTH) refuse(this.error);
    const items: CborMap = new Map();
    let last: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const start = this.at;
      const key = this.value(depth + 1);
      if (typeof key !== 'string') return refuse(this.error);
      // The encoded key begins with its length, so the order by length and bytes is that of the encodings.
      const encoded = this.bytes.subarray(start, this.at);
      if (encoded.length > MAX_KEY + 1 || (last && compare(last, encoded) >= 0)) return refuse(this.error);
      last = encoded;
      items.set(key, this.value(depth + 1));
    }
    return items;
  }

  /** A count of items: each is at least one byte, so what is not there cannot make us wait or allocate. */
  private count(n: number | bigint): number {
    if (typeof n === 'bigint') return refuse(this.error);
    this.need(n);
    return n;
  }

  private take(n: number | bigint): Uint8Array {
    if (typeof n === 'bigint') return refuse(this.error);
    this.need(n);
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  private need(n: number): void {
    if (this.bytes.length - this.at < n) refuse('cut');
  }
}

/** Writes in the deterministic form. What the profile cannot say throws: it is our own mistake. */
export function encode(value: Cbor): Bytes {
  const parts: Uint8Array[] = [];
  write(parts, value, 0);
  return joined(parts);
}

function write(parts: Uint8Array[], value: Cbor, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  if (value === false) parts.push(Uint8Array.of(0xf4));
  else if (value === true) parts.push(Uint8Array.of(0xf5));
  else if (value === null) parts.push(Uint8Array.of(0xf6));
  else if (typeof value === 'number' || typeof value === 'bigint') writeInt(parts, value);
  else if (typeof value === 'string') {
    const bytes = utf8(value);
    parts.push(head(TEXT, bytes.length), bytes);
  } else if (value instanceof Uint8Array) parts.push(head(BYTES, value.length), value);
  else if (Array.isArray(value)) {
    parts.push(head(ARRAY, value.length));
    for (const item of value) write(parts, item, depth + 1);
  } else {
    parts.push(head(MAP, value.size));
    const keys = [...value.entries()].map(([key, item]) => ({ key: encode(key), item }));
    if (keys.some((k) => k.key.length > MAX_KEY + 1)) throw new RangeError('a key is too long');
    keys.sort((a, b) => compare(a.key, b.key));
    for (const { key, item } of keys) {
      parts.push(key);
      write(parts, item, depth + 1);
    }
  }
}

function writeInt(parts: Uint8Array[], value: number | bigint): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError('not an integer');
  const n = BigInt(value);
  if (n > MAX_INT || n < MIN_INT) throw new RangeError('too large');
  parts.push(n >= 0n ? head(UINT, n) : head(NEGATIVE, -1n - n));
}

function head(major: number, n: number | bigint): Uint8Array {
  const m = major << 5;
  if (n < 24) return Uint8Array.of(m | Number(n));
  const size = n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x1_0000_0000 ? 4 : 8;
  const b = new Uint8Array(1 + size);
  const view = new DataView(b.buffer);
  b[0] = m | (size === 1 ? 24 : size === 2 ? 25 : size === 4 ? 26 : 27);
  if (size === 8) view.setBigUint64(1, BigInt(n));
  else if (size === 4) view.setUint32(1, Number(n));
  else if (size === 2) view.setUint16(1, Number(n));
  else b[1] = Number(n);
  return b;
}

/** Reads fields of values that came from outside; what does not fit leaves the reader with one error. */
export class Shape {
  constructor(private readonly error: string) {}

  array(value: Cbor | undefined, length: number): Cbor[] {
    return Array.isArray(value) && value.length === length ? value : refuse(this.error);
  }

  list(value: Cbor | undefined, max: number, min = 0): Cbor[] {
    return Array.isArray(value) && value.length <= max && value.length >= min ? value : refuse(this.error);
  }

  bytes(value: Cbor | undefined, size: number, min = size): Bytes {
    return value instanceof Uint8Array && value.length <= size && value.length >= min ? (value as Bytes) : refuse(this.error);
  }

  uint(value: Cbor | undefined, max = Number.MAX_SAFE_INTEGER, min = 0): number {
    return typeof value === 'number' && value >= min && value <= max ? value : refuse(this.error);
  }

  text(value: Cbor | undefined, maxBytes: number): string {
    return typeof value === 'string' && (value.length * 3 <= maxBytes || utf8(value).length <= maxBytes) ? value : refuse(this.error);
  }

  bool(value: Cbor | undefined): boolean {
    return typeof value === 'boolean' ? value : refuse(this.error);
  }

  map(value: Cbor | undefined): CborMap {
    return value instanceof Map ? value : refuse(this.error);
  }
}
