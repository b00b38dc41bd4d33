import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as noble256, sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, u8 } from './bytes';

/** SHA-256 (FIPS 180-4) of the parts joined. Synchronous. For megabytes use {@link sha256Large}. */
export function sha256(...parts: Uint8Array[]): Bytes {
  if (parts.length === 1) return noble256(parts[0]!) as Bytes;
  const h = noble256.create();
  for (const p of parts) h.update(p);
  return h.digest() as Bytes;
}

/** The same, by the browser's own code: worth its promise from some kilobytes on. */
export async function sha256Large(bytes: Bytes): Promise<Bytes> {
  return bytes.length < 4096 ? sha256(bytes) : new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export const hmac256 = (key: Uint8Array, message: Uint8Array): Bytes => hmac(noble256, key, message) as Bytes;

/** A vault key opens every record of its kind: what HMAC makes of the key alone is made once. */
const begun = new WeakMap<Uint8Array, ReturnType<typeof hmac.create>>();

/** HKDF-Expand-SHA-512 of a 32-byte key; spec/sealing.md, Expansion. There is no Extract. The key must not be changed afterwards. */
export function expand(key: Uint8Array, info: Uint8Array, size: number): Bytes {
  let start = begun.get(key);
  if (!start) {
    start = hmac.create(sha512, key);
    begun.set(key, start);
  }
  const out: Bytes[] = [];
  let last: Bytes = new Uint8Array(0);
  for (let i = 1, made = 0; made < size; i++, made += 64) {
    last = start
      .clone()
      .update(concat(last, info, u8(i)))
      .digest() as Bytes;
    out.push(last);
  }
  return concat(...out).slice(0, size);
}

/** The same key for WebCrypto, made once. */
const imported = new WeakMap<Uint8Array, Promise<CryptoKey>>();

/** What {@link expand} makes, by the browser's own code and beside what else goes on: for one of very many records. The key must not be changed afterwards. */
export async function expandMany(key: Uint8Array, info: Uint8Array, size: number): Promise<Bytes> {
  let known = imported.get(key);
  if (!known) {
    known = crypto.subtle.importKey('raw', key as Bytes, { name: 'HMAC', hash: 'SHA-512' }, false, ['sign']);
    imported.set(key, known);
  }
  const mac = await known;
  const out = new Uint8Array(Math.ceil(size / 64) * 64);
  let last: Bytes = new Uint8Array(0);
  for (let i = 1, made = 0; made < size; i++, made += 64) {
    last = new Uint8Array(await crypto.subtle.sign('HMAC', mac, concat(last, info, u8(i))));
    out.set(last, made);
  }
  return out.subarray(0, size);
}

export const derive = (key: Uint8Array, label: Uint8Array): Bytes => expand(key, label, 32);
