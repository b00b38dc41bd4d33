/** Bytes and their spellings. Readers are strict: one spelling each. Source: spec/README.md, spec/merkle.md rule 5, spec/checkpoint.md rule 2. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const hexDigits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export const utf8 = (text: string): Bytes => encoder.encode(text);

/** Up to this length a loop is quicker than the decoder. */
const SHORT = 48;

/** The text of bytes that are all ASCII; undefined where they are not. */
function ascii(bytes: Uint8Array): string | undefined {
  for (const b of bytes) if (b > 0x7f) return undefined;
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** The text, or undefined where the bytes are not UTF-8. A byte order mark stays. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  const plain = bytes.length <= SHORT ? ascii(bytes) : undefined;
  if (plain !== undefined) return plain;
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** ASCII and the digits of `\xNN`: for labels with a zero byte in them. */
export const label = (text: string): Bytes => Uint8Array.from(text, (c) => c.charCodeAt(0));

export const concat = (...parts: Uint8Array[]): Bytes => joined(parts);

/** The same for very many: arguments of a call have a limit. */
export function joined(parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const p of parts) length += p.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const b of bytes) text += hexDigits[b];
  return text;
}

/** Lowercase digits only, of this many bytes if said; else undefined. */
export function fromHex(text: string, size?: number): Bytes | undefined {
  if (text.length % 2 !== 0 || (size !== undefined && text.length !== size * 2)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const [high, low] = [digit(text.charCodeAt(2 * i)), digit(text.charCodeAt(2 * i + 1))];
    if (high < 0 || low < 0) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

/** Hex that our own code wrote, as bytes from `at` on. */
export function putHex(target: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i += 2) target[at++] = (digit(text.charCodeAt(i)) << 4) | digit(text.charCodeAt(i + 1));
}

/** Of `0` to `9` and `a` to `f`; else -1. */
const digit = (c: number): number => (c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1);

/** Hex that our own code wrote. */
export function unhex(text: string): Bytes {
  const bytes = fromHex(text);
  if (!bytes) throw new TypeError('not hex');
  return bytes;
}

export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

/** RFC 4648 §4 with padding; undefined for every other spelling. */
export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  const bytes = label(binary);
  return base64(bytes) === text ? bytes : undefined;
}

export function compare(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const d = a[i]! - b[i]!;
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

/** In time that depends on the lengths alone. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

export const u8 = (n: number): Bytes => Uint8Array.of(n);

export function u32be(n: number): Bytes {
  const b = new Uint8Array(4);
  new DataView(b.buffer).setUint32(0, n);
  return b;
}

export function u64be(n: number | bigint): Bytes {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigUint64(0, BigInt(n));
  return b;
}

/** A copy whose buffer is its own. */
export const copy = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

/** How many bytes this is in UTF-8, without making them where it is plain. */
export const utf8Length = (text: string): number => utf8(text).length;

/** The beginning of at most this many bytes, after a whole code point. */
export function cutUtf8(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text;
  let used = 0;
  let end = 0;
  for (const point of text) {
    const c = point.codePointAt(0)!;
    used += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (used > bytes) break;
    end += point.length;
  }
  return text.slice(0, end);
}
