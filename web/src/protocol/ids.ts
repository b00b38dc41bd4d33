/** Ids and kinds; spec/ids.md. An id in memory is its lowercase hex. */
import { type Bytes, concat, fromHex, hex, label, u8, unhex } from './bytes';
import { hmac256, sha256 } from './hash';
import { type Random, random } from './random';

export type Id = string;
export const ID_SIZE = 16;
export const HASH_SIZE = 32;
export const KEY_SIZE = 32;
export const ZERO_ID: Id = '0'.repeat(2 * ID_SIZE);

export type KindName = 'contacts' | 'notes' | 'messages' | 'photos';
export type Kind = 1 | 2 | 3 | 4;
export const KINDS: readonly Kind[] = [1, 2, 3, 4];
export const KIND_NAMES: Record<Kind, KindName> = { 1: 'contacts', 2: 'notes', 3: 'messages', 4: 'photos' };
export const KIND_OF: Record<KindName, Kind> = { contacts: 1, notes: 2, messages: 3, photos: 4 };
export const isKind = (n: unknown): n is Kind => n === 1 || n === 2 || n === 3 || n === 4;

export const HOLDER_DEVICE = 1;
export const HOLDER_PHRASE = 2;
export const HOLDER_PASSWORD = 3;
export const HOLDER_PASSKEY = 4;
/** People with shares; spec/recovery-people.md. */
export const HOLDER_PEOPLE = 5;

export interface HolderKeys {
  readonly type: number;
  readonly signing: Bytes;
  readonly agreement: Bytes;
}

export const holderId = (keys: HolderKeys): Id =>
  hex(sha256(label('candor/v1 holder\0'), u8(keys.type), keys.signing, keys.agreement).subarray(0, ID_SIZE));

export const accountId = (founder: Id, nonce: Uint8Array): Id =>
  hex(sha256(label('candor/v1 account\0'), unhex(founder), nonce).subarray(0, ID_SIZE));

export const recordId = (idKey: Uint8Array, naturalKey: Uint8Array): Id => hex(hmac256(idKey, naturalKey).subarray(0, ID_SIZE));

export const randomId = (from: Random = random): Id => hex(from(ID_SIZE));

export const parseId = (text: string): Id | undefined => (fromHex(text, ID_SIZE) ? text : undefined);

/** The natural key of a thing made in Candor: used once; spec/records.md §2. */
export const newNaturalKey = (from: Random = random): Bytes => concat(label('n:'), from(16));
