/**
 * The CBOR profile of spec/ids.md §3: deterministic, without tags and floats. Own code, because the profile refuses more than a library does (order of keys, shortest
 * form, depth) and sequences are read from a stream (docs/dependencies.md).
 */
import { type Bytes, compare, fromUtf8, utf8 } from './bytes';
import { Refusal, refuse, total } from './refusal';

export type Cbor = number | bigint | string | boolean | null | Uint8Array | Cbor[] | CborMap;
export type CborMap = Map<string, Cbor>;

const MAX_DEPTH = 16;
const MAX_KEY = 23;
/** Names of fields that are remembered: what others wrote does not make it more. */
const MAX_KEYS_KEPT = 4096;
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

/** Of a map that is the second item of an array, the fields that are asked for, and the item before it. What they do not need is passed over, not made. */
export function decodeSome(bytes: Uint8Array, fields: ReadonlySet<string>, error = 'malformed'): { first: Cbor; view: CborMap } | Refusal {
  return total(() => {
    const reader = new Reader(bytes, 0, error);
    if (reader.head(ARRAY) < 2) refuse(error);
    return { first: reader.value(1), view: reader.some(fields) };
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

  /** The count of an array or map that begins here. */
  head(major: number): number {
    this.need(1);
    const first = this.bytes[this.at++]!;
    return first >> 5 === major ? this.count(this.argument(first & 31)) : refuse(this.error);
  }

  /** A map of which only some fields are made. Its order is not looked at: {@link value} does that. */
  some(fields: ReadonlySet<string>): CborMap {
    const items: CborMap = new Map();
    for (let left = this.head(MAP); left > 0; left--) {
      const key = this.value(2);
      if (typeof key !== 'string') return refuse(this.error);
      if (fields.has(key)) items.set(key, this.value(2));
      else this.pass(2);
    }
    return items;
  }

  private pass(depth: number): void {
    if (depth > MAX_DEPTH) refuse(this.error);
    this.need(1);
    const first = this.bytes[this.at++]!;
    const major = first >> 5;
    if (major === SIMPLE) return;
    const n = this.argument(first & 31);
    if (major === BYTES || major === TEXT) this.take(n);
    else if (major === ARRAY || major === MAP) for (let left = this.count(n) * (major === MAP ? 2 : 1); left > 0; left--) this.pass(depth + 1);
    else if (major !== UINT && major !== NEGATIVE) refuse(this.error);
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
      items.set(interned(key), this.value(depth + 1));
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

/** One string for each name of a field, however many records have it. */
const names = new Map<string, string>();

function interned(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  if (names.size < MAX_KEYS_KEPT) names.set(key, key);
  return key;
}

/** Writes in the deterministic form. What the profile cannot say throws: it is our own mistake. */
export function encode(value: Cbor): Bytes {
  const writer = new Writer();
  writer.value(value, 0);
  return writer.written();
}

/** Keys of maps are few and come again with every record: their encodings are kept. */
const keys = new Map<string, Bytes>();

function encodedKey(key: string): Bytes {
  let known = keys.get(key);
  if (!known) {
    known = encode(key);
    if (known.length > MAX_KEY + 1) throw new RangeError('a key is too long');
    if (keys.size >= MAX_KEYS_KEPT) keys.clear();
    keys.set(key, known);
  }
  return known;
}

const SHORT_TEXT = 128;
const encoder = new TextEncoder();

/** Into one buffer that grows: an index of many records has millions of small parts. */
class Writer {
  private bytes: Bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  written(): Bytes {
    return this.bytes.slice(0, this.at);
  }

  value(value: Cbor, depth: number): void {
    if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
    if (value === false) this.byte(0xf4);
    else if (value === true) this.byte(0xf5);
    else if (value === null) this.byte(0xf6);
    else if (typeof value === 'number') this.int(value);
    else if (typeof value === 'bigint') this.bigint(value);
    else if (typeof value === 'string') this.text(value);
    else if (value instanceof Uint8Array) {
      this.head(BYTES, value.length);
      this.raw(value);
    } else if (Array.isArray(value)) {
      this.head(ARRAY, value.length);
      for (const item of value) this.value(item, depth + 1);
    } else this.map(value, depth);
  }

  private map(map: CborMap, depth: number): void {
    this.head(MAP, map.size);
    const items = [...map].map(([key, item]) => ({ key: encodedKey(key), item }));
    items.sort((a, b) => compare(a.key, b.key));
    for (const { key, item } of items) {
      this.raw(key);
      this.value(item, depth + 1);
    }
  }

  private text(text: string): void {
    if (text.length < SHORT_TEXT && this.plain(text)) return;
    const bytes = encoder.encode(text);
    this.head(TEXT, bytes.length);
    this.raw(bytes);
  }

  /** Text of ASCII alone, without an encoder. False, and nothing is written, where it is not. */
  private plain(text: string): boolean {
    const before = this.at;
    this.head(TEXT, text.length);
    this.room(text.length);
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c > 0x7f) {
        this.at = before;
        return false;
      }
      this.bytes[this.at++] = c;
    }
    return true;
  }

  private int(n: number): void {
    if (!Number.isSafeInteger(n)) throw new RangeError('not an integer');
    if (n >= 0) this.head(UINT, n);
    else this.head(NEGATIVE, -1 - n);
  }

  private bigint(n: bigint): void {
    if (n > MAX_INT || n < MIN_INT) throw new RangeError('too large');
    this.head(n >= 0n ? UINT : NEGATIVE, n >= 0n ? n : -1n - n);
  }

  private head(major: number, n: number | bigint): void {
    const m = major << 5;
    this.room(9);
    if (n < 24) this.bytes[this.at++] = m | Number(n);
    else if (n < 0x100) {
      this.bytes[this.at++] = m | 24;
      this.bytes[this.at++] = Number(n);
    } else if (n < 0x10000) {
      this.bytes[this.at] = m | 25;
      this.view.setUint16(this.at + 1, Number(n));
      this.at += 3;
    } else if (n < 0x1_0000_0000) {
      this.bytes[this.at] = m | 26;
      this.view.setUint32(this.at + 1, Number(n));
      this.at += 5;
    } else {
      this.bytes[this.at] = m | 27;
      this.view.setBigUint64(this.at + 1, BigInt(n));
      this.at += 9;
    }
  }

  private byte(b: number): void {
    this.room(1);
    this.bytes[this.at++] = b;
  }

  private raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  private room(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
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
