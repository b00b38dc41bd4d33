/** Files of records: whole, or at a position, for a video that is played while it is fetched; spec/blobs.md. */
import { type Bytes, concat, equal, hex } from '../protocol/bytes';
import { contentId, PIECE } from '../protocol/content-id';
import { sha256Large } from '../protocol/hash';
import type { Id, Kind } from '../protocol/ids';
import { blobLength, padBlob, unpad } from '../protocol/padding';
import type { RecordFile } from '../protocol/record';
import { isRefused } from '../protocol/refusal';
import { context, open, SealedReader, seal, sealedLength } from '../protocol/sealing';
import type { VaultKeys } from './key-ring';
import { DeviceProblem } from './problems';
import type { Store } from './store';

export interface FileOwner {
  readonly account: Id;
  readonly kind: Kind;
  readonly record: Id;
}

/** Sealed pieces by name: all of one, or a range. */
export type PieceSource = (kind: Kind, name: Bytes, range?: { at: number; length: number }) => Promise<Bytes>;

/** Open pieces by name, the least used first. */
export type Readers = Map<string, SealedReader>;
const KEPT_READERS = 64;

function keepReader(readers: Readers, name: string, reader: SealedReader): void {
  readers.delete(name);
  readers.set(name, reader);
  for (const old of readers.keys()) {
    if (readers.size <= KEPT_READERS) break;
    readers.delete(old);
  }
}

const slotOf = (owner: FileOwner, file: { revision: Id; epoch: number; role: string }, piece: number): Bytes =>
  context({ ...owner, revision: file.revision, epoch: file.epoch, role: `${file.role}/${piece}` });

/** All of a file, checked by its content id. At most as many bytes as the caller says: a video of gigabytes is read by position. */
export async function readFile(source: PieceSource, owner: FileOwner, keys: VaultKeys, file: RecordFile, max: number): Promise<Bytes> {
  if (file.size > max) throw new DeviceProblem('file-too-large');
  const key = keyOf(keys, file);
  const parts: Bytes[] = [];
  for (const [i, piece] of file.pieces.entries()) {
    const sealed = await source(owner.kind, piece.blob);
    if (!equal(await sha256Large(sealed), piece.blob)) throw new DeviceProblem('file-damaged');
    const padded = await open(key, slotOf(owner, file, i), sealed);
    const plain = isRefused(padded) ? padded : unpad(padded);
    if (isRefused(plain) || plain.length !== piece.length) throw new DeviceProblem('file-damaged');
    parts.push(plain);
  }
  const all = concat(...parts);
  const id = await contentId(keys.contentKey, keys.idKey, all.length, async (at, n) => all.subarray(at, at + n));
  if (id !== file.contentId) throw new DeviceProblem('file-damaged');
  return all;
}

/** Bytes of a file at a position: fetches and opens only the chunks that they are in. Each chunk is authentic under its number; the file as a whole is not checked. */
export async function readFileAt(
  source: PieceSource,
  owner: FileOwner,
  keys: VaultKeys,
  file: RecordFile,
  at: number,
  length: number,
  readers: Readers = new Map(),
): Promise<Bytes> {
  const key = keyOf(keys, file);
  const parts: Bytes[] = [];
  const end = Math.min(at + length, file.size);
  for (let from = at; from < end; ) {
    const i = Math.floor(from / PIECE);
    const piece = file.pieces[i];
    if (!piece) throw new DeviceProblem('file-damaged');
    const inside = from - i * PIECE;
    const count = Math.min(piece.length - inside, end - from);
    const size = sealedLength(blobLength(piece.length));
    const name = hex(piece.blob);
    const reader = await (readers.get(name) ??
      SealedReader.open(key, slotOf(owner, file, i), size, (where, n) => source(owner.kind, piece.blob, { at: where, length: n })));
    if (!isRefused(reader)) keepReader(readers, name, reader);
    const plain = isRefused(reader) ? reader : await reader.read(inside, count);
    if (isRefused(plain) || plain.length !== count) throw new DeviceProblem('file-damaged');
    parts.push(plain);
    from += count;
  }
  return concat(...parts);
}

/** Seals a file that a revision of a record will name, piece by piece, into the store: from there it is sent (`send.ts`). */
export async function stageFile(
  store: Store,
  owner: FileOwner,
  keys: VaultKeys,
  what: { role: string; name: string; mediaType: string; revision: Id },
  data: Blob,
  known?: Id,
): Promise<RecordFile> {
  const read = async (at: number, n: number): Promise<Bytes> => new Uint8Array(await data.slice(at, at + n).arrayBuffer());
  const id = known ?? (await contentId(keys.contentKey, keys.idKey, data.size, read));
  const key = keys.byEpoch.get(keys.newest)!;
  const pieces: { blob: Bytes; length: number }[] = [];
  const count = Math.max(1, Math.ceil(data.size / PIECE));
  for (let i = 0; i < count; i++) {
    const plain = await read(i * PIECE, PIECE);
    const sealed = await seal(key, slotOf(owner, { ...what, epoch: keys.newest }, i), padBlob(plain));
    const blob = await sha256Large(sealed);
    await store.stage(hex(blob), sealed);
    pieces.push({ blob, length: plain.length });
  }
  return { ...what, size: data.size, contentId: id, epoch: keys.newest, pieces };
}

function keyOf(keys: VaultKeys, file: RecordFile): Bytes {
  const key = keys.byEpoch.get(file.epoch);
  if (!key) throw new DeviceProblem('file-damaged');
  return key;
}
