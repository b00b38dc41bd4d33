/**
 * Which pieces of the haystack lie in the store, and of which segments of the index they were made. Every change of a record is in a segment written later than those: so the pieces and the
 * later segments together are all that there is, without the index being read. Where the later ones are many the pieces do not count, and are made anew.
 */
import { type Bytes, hex, unhex } from '../protocol/bytes';
import { type Cbor, decode, encode, Shape } from '../protocol/cbor';
import { type Id, isKind, KINDS, type Kind } from '../protocol/ids';
import { isRefused, must, refuse, total } from '../protocol/refusal';
import { Piece } from './haystack';
import { openRow, type Store, sealRow } from './store';

const VERSION = 2;
const NAME = 'haystack';
const MAX_PIECES = 1 << 16;
/** Later segments that are read beside the pieces. */
const MAX_LATER = 24;

/** Where a row stands among those of its kind. */
export interface Mark {
  readonly date: number;
  readonly record: Id;
}

export interface KeptKind {
  /** The newest segment that the pieces are of; 0: there was none. */
  readonly upTo: number;
  /** There were records that nobody had read: what they say is in no segment. */
  readonly unread: boolean;
  /** Keys of the pieces, about in the order of their rows: the oldest first. */
  readonly pieces: readonly number[];
  /** Rows that stand before this one are not in the pieces yet; null: all are. */
  readonly from: Mark | null;
}
export type Kept = ReadonlyMap<Kind, KeptKind>;

const writeMark = ({ date, record }: Mark): Cbor => [new Uint8Array(Float64Array.of(date).buffer), unhex(record)];

function readMark(s: Shape, value: Cbor | undefined): Mark {
  const [date, record] = s.array(value, 2);
  return { date: new Float64Array(s.bytes(date, 8).slice().buffer)[0]!, record: hex(s.bytes(record, 16)) };
}

export const writeKept = (kept: Kept): Bytes =>
  encode([VERSION, [...kept].map(([kind, k]): Cbor => [kind, k.upTo, k.unread, [...k.pieces], k.from && writeMark(k.from)])]);

/** Null where it is none, or of another form. */
export function readKept(plain: Bytes): Kept | null {
  const read = total(() => {
    const s = new Shape('malformed');
    const [version, kinds] = s.array(must(decode(plain)), 2);
    s.uint(version, VERSION, VERSION);
    return new Map(
      s.list(kinds, KINDS.length).map((k): [Kind, KeptKind] => {
        const [kind, upTo, unread, pieces, from] = s.array(k, 5);
        const keys = s.list(pieces, MAX_PIECES).map((p) => s.uint(p));
        const mark = from === null ? null : readMark(s, from);
        return [isKind(kind) ? kind : refuse('malformed'), { upTo: s.uint(upTo), unread: s.bool(unread), pieces: keys, from: mark }];
      }),
    );
  });
  return isRefused(read) ? null : read;
}

/** What the store has; empty where there is nothing that this browser wrote. */
export async function openKept(store: Store, key: CryptoKey): Promise<Kept> {
  const sealed = await store.get('haystack');
  const plain = sealed && (await openRow(key, NAME, sealed));
  return (plain && readKept(plain)) || new Map();
}

/** Of the keys of a kind's segments those that are later than the pieces; null where the pieces do not count. */
export function laterThan(kept: KeptKind | undefined, keys: readonly number[]): number[] | null {
  const later = kept && keys.filter((k) => k > kept.upTo);
  return later && later.length <= MAX_LATER ? later : null;
}

const nameOf = (kind: Kind, key: number): string => `${NAME}/${kind}/${key}`;

/** Pieces as they lie sealed; null for one that is gone or damaged. */
export function openPieces(cipher: CryptoKey, wanted: readonly { kind: Kind; key: number }[], sealed: readonly (Bytes | undefined)[]) {
  return Promise.all(
    wanted.map(async ({ kind, key }, i) => {
      const plain = sealed[i] && (await openRow(cipher, nameOf(kind, key), sealed[i]));
      return plain ? Piece.read(plain) : null;
    }),
  );
}

/** False where what was made is good no more. @param kept null: the pieces are written and not named yet; a start before they are does not take them. */
export async function keepPieces(
  store: Store,
  cipher: CryptoKey,
  kept: Kept | null,
  made: readonly { kind: Kind; key: number; piece: Piece }[],
  gone: readonly number[],
  isStill: () => boolean,
): Promise<boolean> {
  const sealed: { key: number; sealed: Bytes }[] = [];
  for (const { kind, key, piece } of made) sealed.push({ key, sealed: await sealRow(cipher, nameOf(kind, key), piece.write()) });
  const row = kept && (await sealRow(cipher, NAME, writeKept(kept)));
  // Asked last: what was turned off meanwhile is wiped after this, and must not be written again.
  if (!isStill()) return false;
  await store.keepPieces(sealed, gone, row);
  return true;
}
