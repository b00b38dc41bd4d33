/** What is inside a sealed record, and the files that belong to it; spec/records.md §1, spec/blobs.md. */
import { type Bytes, compare, hex, unhex } from './bytes';
import { type Cbor, type CborMap, decode, encode, Shape } from './cbor';
import { PIECE } from './content-id';
import type { Id } from './ids';
import { must, type Refusal, refuse, total } from './refusal';

const VERSION = 1;
export const MAX_NAME = 1024;
const MAX_ROLE = 48;
const MAX_MEDIA_TYPE = 256;
const MAX_PIECES = 4096;
/** More files than pieces can be named in a put do not fit. */
const MAX_FILES = 4096;
const U32 = 0xffff_ffff;

export interface Piece {
  readonly blob: Bytes;
  /** Of the plaintext, before padding. */
  readonly length: number;
}

export interface RecordFile {
  /** `blob`, `preview`, `part/<n>`, `attachment/<n>`. */
  readonly role: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly contentId: Id;
  /** The revision of this record that first sealed the file. */
  readonly revision: Id;
  readonly epoch: number;
  readonly pieces: Piece[];
}

/** One contact, note, message or photo: its original bytes and the view that lists and searches need. */
export interface Content {
  readonly name: string;
  readonly original: Bytes;
  readonly view: CborMap;
  readonly files: RecordFile[];
}

export function decodeContent(bytes: Bytes): Content | Refusal {
  return total(() => {
    const s = new Shape('malformed');
    const [version, name, original, view, files] = s.array(must(decode(bytes)), 5);
    if (version !== VERSION) refuse('malformed');
    return {
      name: s.text(name, MAX_NAME),
      original: s.bytes(original, Number.MAX_SAFE_INTEGER, 0),
      view: s.map(view),
      files: s.list(files, MAX_FILES).map((f) => decodeFile(s, f)),
    };
  });
}

export function decodeFile(s: Shape, value: Cbor): RecordFile {
  const f = s.array(value, 8);
  const size = s.uint(f[3]);
  const list = s.list(f[7], MAX_PIECES, 1);
  const pieces = list.map((p, i): Piece => {
    const [blob, length] = s.array(p, 2);
    const n = s.uint(length, PIECE);
    if ((i < list.length - 1 && n !== PIECE) || (n === 0 && size !== 0)) refuse('malformed');
    return { blob: s.bytes(blob, 32), length: n };
  });
  if (pieces.reduce((sum, p) => sum + p.length, 0) !== size) refuse('malformed');
  return {
    role: s.text(f[0], MAX_ROLE),
    name: s.text(f[1], MAX_NAME),
    mediaType: s.text(f[2], MAX_MEDIA_TYPE),
    size,
    contentId: hex(s.bytes(f[4], 16)),
    revision: hex(s.bytes(f[5], 16)),
    epoch: s.uint(f[6], U32, 1),
    pieces,
  };
}

export const encodeFile = (f: RecordFile): Cbor => [
  f.role,
  f.name,
  f.mediaType,
  f.size,
  unhex(f.contentId),
  unhex(f.revision),
  f.epoch,
  f.pieces.map((p) => [p.blob, p.length]),
];

export const encodeContent = (c: Content): Bytes => encode([VERSION, c.name, c.original, c.view, c.files.map(encodeFile)]);

/** All blobs that the files need, ascending, each once: what the put says. */
export function blobNames(files: readonly RecordFile[]): Bytes[] {
  const all = new Map<string, Bytes>();
  for (const f of files) for (const p of f.pieces) all.set(hex(p.blob), p.blob);
  return [...all.values()].sort(compare);
}

/** A view's fields by type: a view is somebody else's, so a field of another type is as good as absent. */
export const viewText = (view: CborMap, key: string): string | undefined => {
  const value = view.get(key);
  return typeof value === 'string' ? value : undefined;
};
export const viewNumber = (view: CborMap, key: string): number | undefined => {
  const value = view.get(key);
  return typeof value === 'number' ? value : undefined;
};
export const viewFlag = (view: CborMap, key: string): boolean => view.get(key) === true;
export const viewTexts = (view: CborMap, key: string): string[] => {
  const value = view.get(key);
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];
};
export const viewBytes = (view: CborMap, key: string): Bytes | undefined => {
  const value = view.get(key);
  return value instanceof Uint8Array ? (value as Bytes) : undefined;
};
