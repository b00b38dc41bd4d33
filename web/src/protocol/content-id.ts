/** By its content id a device of the same account recognises a file; spec/sealing.md, Content id. */
import { type Bytes, concat, hex, label, u64be } from './bytes';
import { hmac256 } from './hash';
import type { Id } from './ids';

/** A part of the content and a piece of a file: 8 MiB − 1, so that padding brings it to 8 MiB. */
export const PIECE = 8_388_607;

export type ReadPart = (at: number, length: number) => Promise<Bytes>;

/** The tags must not leave this module except to the vectors' test. */
export async function contentTags(contentKey: Bytes, size: number, read: ReadPart): Promise<Bytes[]> {
  const key = await crypto.subtle.importKey('raw', contentKey, 'AES-GCM', false, ['encrypt']);
  const tags: Bytes[] = [];
  const parts = Math.max(1, Math.ceil(size / PIECE));
  for (let i = 0; i < parts; i++) {
    const part = await read(i * PIECE, Math.min(PIECE, size - i * PIECE));
    const iv = concat(new Uint8Array(4), u64be(i));
    tags.push(new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: part }, key, new Uint8Array(0))));
  }
  return tags;
}

export const contentIdOf = (idKey: Bytes, size: number, tags: Bytes[]): Id =>
  hex(hmac256(idKey, concat(label('candor/v1 content\0'), u64be(size), ...tags)).subarray(0, 16));

export async function contentId(contentKey: Bytes, idKey: Bytes, size: number, read: ReadPart): Promise<Id> {
  return contentIdOf(idKey, size, await contentTags(contentKey, size, read));
}
