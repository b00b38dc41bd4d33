/** Padding inside the plaintext; spec/sealing.md, Padding. */
import type { Bytes } from './bytes';
import { Refusal } from './refusal';

const RECORD_STEPS = [256, 1024, 4096, 16384];
export const MAX_PLAIN = 2 ** 30 - 1;

/** Lengths are below 2³¹, so 32-bit arithmetic is exact. */
export function padme(length: number): number {
  if (length < 2) return length;
  const e = 31 - Math.clz32(length);
  const s = 32 - Math.clz32(e);
  const mask = 2 ** (e - s) - 1;
  const sum = length + mask;
  return sum - (sum % (mask + 1));
}

export const recordLength = (plain: number): number => RECORD_STEPS.find((step) => step >= plain + 1) ?? padme(plain + 1);
export const blobLength = (plain: number): number => padme(plain + 1);

/** A copy, 0x80 and zeros behind it, to the whole length given. */
export function pad(plain: Uint8Array, length: number): Bytes {
  if (plain.length > MAX_PLAIN) throw new RangeError('too long to be padded');
  if (length <= plain.length) throw new RangeError('no room for the padding');
  const padded = new Uint8Array(length);
  padded.set(plain);
  padded[plain.length] = 0x80;
  return padded;
}

export const padRecord = (plain: Uint8Array): Bytes => pad(plain, recordLength(plain.length));
export const padBlob = (plain: Uint8Array): Bytes => pad(plain, blobLength(plain.length));

/** A view of the plaintext in what was opened as a whole; else `bad-padding`. */
export function unpad(padded: Bytes): Bytes | Refusal {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  return end >= 0 && padded[end] === 0x80 ? padded.subarray(0, end) : new Refusal('bad-padding');
}
