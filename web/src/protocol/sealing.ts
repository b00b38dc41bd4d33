/** Chunked encryption, instance Cobblestone-256, and what a sealed thing is bound to; spec/sealing.md. */
import { type Bytes, concat, equal, label, putHex } from './bytes';
import { expandMany } from './hash';
import { ID_SIZE, type Id } from './ids';
import { padRecord, unpad } from './padding';
import { type Random, random } from './random';
import { isRefused, Refusal } from './refusal';

export const SALT_SIZE = 24;
export const COMMITMENT_SIZE = 32;
export const HEADER_SIZE = SALT_SIZE + COMMITMENT_SIZE;
export const TAG_SIZE = 16;
export const CHUNK = 16_384;
const SEALED_CHUNK = CHUNK + TAG_SIZE;
export const MIN_SEALED = HEADER_SIZE + TAG_SIZE;
/** A vault key or root key, sealed without padding: 56 + 32 + 16. */
export const SEALED_KEY = 104;
const NONCE_SIZE = 12;
/** 2³⁸ chunks, the last one short. */
const MAX_MESSAGE = 2 ** 52 - 1;
const INFO = label('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');

export const sealedLength = (plain: number): number => HEADER_SIZE + plain + TAG_SIZE * (Math.floor(plain / CHUNK) + 1);

export function plainLength(sealed: number): number | Refusal {
  if (sealed < MIN_SEALED) return new Refusal('too-short');
  const rest = (sealed - HEADER_SIZE) % SEALED_CHUNK;
  const plain = Math.floor((sealed - HEADER_SIZE) / SEALED_CHUNK) * CHUNK + rest - TAG_SIZE;
  return rest < TAG_SIZE || plain > MAX_MESSAGE ? new Refusal('bad-length') : plain;
}

export interface MessageKeys {
  readonly key: Bytes;
  readonly baseNonce: Bytes;
  readonly commitment: Bytes;
}

export async function messageKeys(key: Uint8Array, salt: Uint8Array, context: Uint8Array): Promise<MessageKeys> {
  const all = await expandMany(key, concat(INFO, salt, context), 32 + NONCE_SIZE + COMMITMENT_SIZE);
  return { key: all.subarray(0, 32), baseNonce: all.subarray(32, 44), commitment: all.subarray(44) };
}

function nonceOf(base: Bytes, chunk: number): Bytes {
  const nonce = base.slice();
  for (let i = NONCE_SIZE - 1, n = chunk; n > 0; i--, n = Math.floor(n / 256)) nonce[i]! ^= n % 256;
  return nonce;
}

const importKey = (key: Bytes, use: KeyUsage) => crypto.subtle.importKey('raw', key, 'AES-GCM', false, [use]);

async function openChunk(key: CryptoKey, base: Bytes, chunk: number, sealed: Bytes): Promise<Bytes | Refusal> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonceOf(base, chunk) }, key, sealed));
  } catch {
    return new Refusal('damaged');
  }
}

/** Seals all of it under a fresh salt. */
export async function seal(key: Uint8Array, context: Uint8Array, plain: Bytes, from: Random = random): Promise<Bytes> {
  const salt = from(SALT_SIZE);
  const keys = await messageKeys(key, salt, context);
  const aes = await importKey(keys.key, 'encrypt');
  const sealed = new Uint8Array(sealedLength(plain.length));
  sealed.set(salt);
  sealed.set(keys.commitment, SALT_SIZE);
  for (let i = 0, at = HEADER_SIZE; i * CHUNK <= plain.length; i++, at += SEALED_CHUNK) {
    const chunk = plain.subarray(i * CHUNK, (i + 1) * CHUNK);
    sealed.set(new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonceOf(keys.baseNonce, i) }, aes, chunk)), at);
  }
  return sealed;
}

/** The whole message, or nothing of it: `too-short`, `bad-length`, `wrong-key`, `damaged`, the first that holds. */
export async function open(key: Uint8Array, context: Uint8Array, sealed: Bytes): Promise<Bytes | Refusal> {
  const length = plainLength(sealed.length);
  if (isRefused(length)) return length;
  if (length < CHUNK) return openSmall(key, context, sealed);
  const reader = await SealedReader.open(key, context, sealed.length, async (at, n) => sealed.subarray(at, at + n));
  if (isRefused(reader)) return reader;
  return reader.all();
}

/** A message of one chunk, as most records are: the same without a reader that can begin anywhere. */
async function openSmall(key: Uint8Array, context: Uint8Array, sealed: Bytes): Promise<Bytes | Refusal> {
  const keys = await messageKeys(key, sealed.subarray(0, SALT_SIZE), context);
  if (!equal(keys.commitment, sealed.subarray(SALT_SIZE, HEADER_SIZE))) return new Refusal('wrong-key');
  return openChunk(await importKey(keys.key, 'decrypt'), keys.baseNonce, 0, sealed.subarray(HEADER_SIZE));
}

/** Bytes of a sealed message at a position. Where they come from (a file, a range request) is the caller's; it may answer with fewer only if it is cut. */
export type ReadSealed = (at: number, length: number) => Promise<Bytes>;

/** Reads a sealed message at any position. The length counts only once the last chunk was opened: {@link SealedReader.read} sees to that at the end. */
export class SealedReader {
  private lengthChecked = false;
  private constructor(
    private readonly aes: CryptoKey,
    private readonly base: Bytes,
    private readonly source: ReadSealed,
    private readonly sealed: number,
    /** Of the plaintext; authentic after {@link checkLength}. */
    readonly length: number,
  ) {}

  static async open(key: Uint8Array, context: Uint8Array, sealed: number, source: ReadSealed): Promise<SealedReader | Refusal> {
    const length = plainLength(sealed);
    if (isRefused(length)) return length;
    const header = await source(0, HEADER_SIZE);
    if (header.length < HEADER_SIZE) return new Refusal('damaged');
    const keys = await messageKeys(key, header.subarray(0, SALT_SIZE), context);
    if (!equal(keys.commitment, header.subarray(SALT_SIZE))) return new Refusal('wrong-key');
    return new SealedReader(await importKey(keys.key, 'decrypt'), keys.baseNonce, source, sealed, length);
  }

  async checkLength(): Promise<Refusal | undefined> {
    if (this.lengthChecked) return undefined;
    const last = await this.chunks(Math.floor(this.length / CHUNK), 1);
    if (isRefused(last)) return last;
    this.lengthChecked = true;
    return undefined;
  }

  /** Up to `length` bytes from `at`: fewer only at the end, which has been checked then. */
  async read(at: number, length: number): Promise<Bytes | Refusal> {
    const end = Math.min(at + length, this.length);
    if (at + length > this.length) {
      const bad = await this.checkLength();
      if (bad) return bad;
    }
    if (end <= at) return new Uint8Array(0);
    const first = Math.floor(at / CHUNK);
    const opened = await this.chunks(first, Math.floor((end - 1) / CHUNK) - first + 1);
    return isRefused(opened) ? opened : opened.subarray(at - first * CHUNK, end - first * CHUNK);
  }

  all(): Promise<Bytes | Refusal> {
    return this.chunks(0, Math.floor(this.length / CHUNK) + 1);
  }

  private async chunks(first: number, count: number): Promise<Bytes | Refusal> {
    const start = HEADER_SIZE + first * SEALED_CHUNK;
    const want = Math.min(count * SEALED_CHUNK, this.sealed - start);
    const sealed = await this.source(start, want);
    if (sealed.length < want) return new Refusal('damaged');
    const plain = new Uint8Array(Math.min(count * CHUNK, this.length - first * CHUNK));
    for (let i = 0; i < count; i++) {
      const chunk = await openChunk(this.aes, this.base, first + i, sealed.subarray(i * SEALED_CHUNK, (i + 1) * SEALED_CHUNK));
      if (isRefused(chunk)) return chunk;
      plain.set(chunk, i * CHUNK);
    }
    return plain;
  }
}

export interface Slot {
  readonly account: Id;
  readonly kind?: number;
  readonly record?: Id;
  readonly revision?: Id;
  readonly epoch?: number;
  readonly role: string;
}

const LABEL = label('candor/v1\0');

/** What a sealed thing is bound to. Ids that are not said are zeros. */
export function context(slot: Slot): Bytes {
  const { kind = 0, epoch = 0, role } = slot;
  const all = new Uint8Array(LABEL.length + 3 * ID_SIZE + 5 + role.length);
  all.set(LABEL);
  let at = LABEL.length;
  putHex(all, at, slot.account);
  at += ID_SIZE;
  all[at++] = kind;
  if (slot.record) putHex(all, at, slot.record);
  at += ID_SIZE;
  if (slot.revision) putHex(all, at, slot.revision);
  at += ID_SIZE;
  for (let shift = 24; shift >= 0; shift -= 8) all[at++] = epoch >>> shift;
  for (let i = 0; i < role.length; i++) all[at++] = role.charCodeAt(i);
  return all;
}

export const sealPadded = (key: Uint8Array, slot: Slot, plain: Uint8Array, from?: Random): Promise<Bytes> =>
  seal(key, context(slot), padRecord(plain), from);

export async function openPadded(key: Uint8Array, slot: Slot, sealed: Bytes): Promise<Bytes | Refusal> {
  const padded = await open(key, context(slot), sealed);
  return isRefused(padded) ? padded : unpad(padded);
}
