/** Leaves, commit bodies and operations; spec/account-log.md §1–3. */
import { type Bytes, compare, concat, hex, label, unhex } from './bytes';
import { type Cbor, decode, encode, Shape } from './cbor';
import { HOLDER_DEVICE, HOLDER_PEOPLE, type HolderKeys, holderId, type Id, isKind, type Kind } from './ids';
import { must, type Refusal, refuse, total } from './refusal';

export const MAX_COMMIT = 1_048_576;
export const MAX_OPERATIONS = 4096;
export const MAX_PARENTS = 16;
export const MAX_BLOBS = 4096;
export const MAX_SEALED_RECORD = 1_073_741_824;
/** A sealed record that travels in the push's bundle; a longer one is a blob. */
export const MAX_INLINE = 65_536;
export const MAX_BUNDLE = 16_777_216;
export const MAX_HOLDER_NAME = 1024;
export const MAX_LIVE_HOLDERS = 64;
const MIN_SEALED = 72;
const MAX_TEXT = 256;
const MAX_COUNTER = 65_535;
const MAX_EPOCHS = 4096;
const MAX_WRAP = 2048;
const U32 = 0xffff_ffff;
const VERSION = 1;
const MALFORMED = 'commit-malformed';

/** [index of the leaf, number of the operation in it]: names a revision for good. */
export type Place = readonly [index: number, op: number];
/** [Unix milliseconds, counter]. */
export type Time = readonly [ms: number, counter: number];

export interface Wrap {
  readonly holder: Id;
  readonly suite: number;
  readonly bytes: Bytes;
}

export interface Put {
  readonly op: 'put';
  readonly record: Id;
  readonly revision: Id;
  readonly epoch: number;
  readonly parents: Place[];
  readonly hash: Bytes;
  readonly length: number;
  readonly blobs: Bytes[];
}
export interface Remove {
  readonly op: 'remove';
  readonly record: Id;
  readonly parents: Place[];
}
export interface Consent {
  readonly op: 'consent';
  readonly kind: Kind;
  readonly on: boolean;
  readonly law: string;
  readonly hash: Bytes;
}
export interface HolderAdd {
  readonly op: 'holder-add';
  readonly keys: HolderKeys;
  readonly name: Bytes;
}
export interface HolderRemove {
  readonly op: 'holder-remove';
  readonly holder: Id;
}
export interface Keyring {
  readonly op: 'keyring';
  readonly epoch: number;
  readonly wraps: Wrap[];
  readonly previous: Bytes;
}
export interface Vault {
  readonly op: 'vault';
  readonly kind: Kind;
  readonly epoch: number;
  readonly hash: Bytes;
  readonly length: number;
}
export interface Grant {
  readonly op: 'grant';
  readonly wrap: Wrap;
}
export interface Erase {
  readonly op: 'erase';
  readonly kind: Kind;
  readonly epochs: number[];
  readonly blobCount: number;
  readonly hash: Bytes;
}
export interface Region {
  readonly op: 'region';
  readonly region: string;
  readonly law: string;
}
export interface Found {
  readonly op: 'found';
  readonly nonce: Bytes;
}

/** People with shares will let this device in; spec/recovery-people.md §3. */
export interface Announce {
  readonly op: 'announce';
  /** Of a device. */
  readonly keys: HolderKeys;
}
/** The announcement at this place is over. */
export interface Objection {
  readonly op: 'object';
  readonly place: Place;
}

export type Operation = Put | Remove | Consent | HolderAdd | HolderRemove | Keyring | Vault | Grant | Erase | Region | Found | Announce | Objection;

export interface Commit {
  readonly account: Id;
  readonly prevSize: number;
  readonly prevRoot: Bytes;
  readonly author: Id;
  readonly seq: number;
  readonly time: Time;
  readonly kind: Kind | 0;
  readonly operations: Operation[];
}

export interface Leaf {
  readonly body: Bytes;
  readonly signature: Bytes;
}

export const comparePlaces = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1];
export const compareTimes = (a: Time, b: Time): number => a[0] - b[0] || a[1] - b[1];
export const signedBytes = (body: Uint8Array): Bytes => concat(label('candor/v1 commit\0'), body);
export const encodeLeaf = (leaf: Leaf): Bytes => encode([leaf.body, leaf.signature]);

export function decodeLeaf(bytes: Bytes): Leaf | Refusal {
  return total(() => {
    const shape = new Shape(MALFORMED);
    if (bytes.length > MAX_COMMIT + 128) refuse(MALFORMED);
    const [body, signature] = shape.array(must(decode(bytes, MALFORMED)), 2);
    return { body: shape.bytes(body, MAX_COMMIT, 0), signature: shape.bytes(signature, 64) };
  });
}

/** A body, or `version-unknown`, `commit-malformed`. */
export function decodeCommit(body: Bytes): Commit | Refusal {
  return total(() => {
    const s = new Shape(MALFORMED);
    if (body.length > MAX_COMMIT) refuse(MALFORMED);
    const f = s.list(must(decode(body, MALFORMED)), 4096, 1);
    if (typeof f[0] !== 'number' || f[0] < 0) refuse(MALFORMED);
    if (f[0] !== VERSION) refuse('version-unknown');
    s.array(f, 9);
    const kind = s.uint(f[7], 4);
    return {
      account: hex(s.bytes(f[1], 16)),
      prevSize: s.uint(f[2]),
      prevRoot: s.bytes(f[3], 32),
      author: hex(s.bytes(f[4], 16)),
      seq: s.uint(f[5], Number.MAX_SAFE_INTEGER, 1),
      time: readTime(s, f[6]),
      kind: kind === 0 || isKind(kind) ? kind : refuse(MALFORMED),
      operations: s.list(f[8], MAX_OPERATIONS).map((o) => readOperation(s, o)),
    };
  });
}

const readTime = (s: Shape, value: Cbor | undefined): Time => {
  const [ms, counter] = s.array(value, 2);
  return [s.uint(ms), s.uint(counter, MAX_COUNTER)];
};

const readKind = (s: Shape, value: Cbor | undefined): Kind => {
  const n = s.uint(value, 4, 1);
  return isKind(n) ? n : refuse(MALFORMED);
};

function readPlace(s: Shape, value: Cbor | undefined): Place {
  const [index, op] = s.array(value, 2);
  return [s.uint(index), s.uint(op, MAX_OPERATIONS - 1)];
}

function readPlaces(s: Shape, value: Cbor | undefined): Place[] {
  const places = s.list(value, MAX_PARENTS).map((p) => readPlace(s, p));
  ascending(places, comparePlaces);
  return places;
}

function ascending<T>(items: T[], order: (a: T, b: T) => number): void {
  for (let i = 1; i < items.length; i++) if (order(items[i - 1]!, items[i]!) >= 0) refuse(MALFORMED);
}

function readWrap(s: Shape, holder: Cbor | undefined, suite: Cbor | undefined, bytes: Cbor | undefined): Wrap {
  const n = s.uint(suite, 255, 1);
  const wrap = s.bytes(bytes, MAX_WRAP, 80);
  if (n === 1 && wrap.length !== 80) refuse(MALFORMED);
  return { holder: hex(s.bytes(holder, 16)), suite: n, bytes: wrap };
}

const FIELDS = [0, 8, 3, 5, 6, 2, 4, 5, 4, 5, 3, 2, 4, 2];

function readOperation(s: Shape, value: Cbor): Operation {
  const f = s.list(value, 8, 1);
  const number = s.uint(f[0], 13, 1);
  s.array(f, FIELDS[number]!);
  switch (number) {
    case 1: {
      const blobs = s.list(f[7], MAX_BLOBS).map((b) => s.bytes(b, 32));
      ascending(blobs, compare);
      return {
        op: 'put',
        record: hex(s.bytes(f[1], 16)),
        revision: hex(s.bytes(f[2], 16)),
        epoch: s.uint(f[3], U32, 1),
        parents: readPlaces(s, f[4]),
        hash: s.bytes(f[5], 32),
        length: s.uint(f[6], MAX_SEALED_RECORD, MIN_SEALED),
        blobs,
      };
    }
    case 2:
      return { op: 'remove', record: hex(s.bytes(f[1], 16)), parents: readPlaces(s, f[2]) };
    case 3:
      return { op: 'consent', kind: readKind(s, f[1]), on: s.bool(f[2]), law: s.text(f[3], MAX_TEXT), hash: s.bytes(f[4], 32) };
    case 4: {
      const keys = { type: s.uint(f[2], HOLDER_PEOPLE, 1), signing: s.bytes(f[3], 32), agreement: s.bytes(f[4], 32) };
      if (hex(s.bytes(f[1], 16)) !== holderId(keys)) refuse(MALFORMED);
      return { op: 'holder-add', keys, name: s.bytes(f[5], MAX_HOLDER_NAME, 0) };
    }
    case 5:
      return { op: 'holder-remove', holder: hex(s.bytes(f[1], 16)) };
    case 6: {
      const wraps = s.list(f[2], MAX_LIVE_HOLDERS, 1).map((w) => {
        const [holder, suite, bytes] = s.array(w, 3);
        return readWrap(s, holder, suite, bytes);
      });
      ascending(wraps, (a, b) => (a.holder < b.holder ? -1 : a.holder > b.holder ? 1 : 0));
      const previous = s.bytes(f[3], 104, 0);
      if (previous.length !== 0 && previous.length !== 104) refuse(MALFORMED);
      return { op: 'keyring', epoch: s.uint(f[1], U32, 1), wraps, previous };
    }
    case 7:
      return { op: 'vault', kind: readKind(s, f[1]), epoch: s.uint(f[2], U32, 1), hash: s.bytes(f[3], 32), length: s.uint(f[4], 104) };
    case 8:
      return { op: 'grant', wrap: readWrap(s, f[1], f[2], f[3]) };
    case 9: {
      const epochs = s.list(f[2], MAX_EPOCHS, 1).map((e) => s.uint(e, U32, 1));
      ascending(epochs, (a, b) => a - b);
      return { op: 'erase', kind: readKind(s, f[1]), epochs, blobCount: s.uint(f[3]), hash: s.bytes(f[4], 32) };
    }
    case 10:
      return { op: 'region', region: s.text(f[1], MAX_TEXT), law: s.text(f[2], MAX_TEXT) };
    case 11:
      return { op: 'found', nonce: s.bytes(f[1], 16) };
    case 12: {
      const keys = { type: HOLDER_DEVICE, signing: s.bytes(f[2], 32), agreement: s.bytes(f[3], 32) };
      if (hex(s.bytes(f[1], 16)) !== holderId(keys)) refuse(MALFORMED);
      return { op: 'announce', keys };
    }
    default:
      return { op: 'object', place: readPlace(s, f[1]) };
  }
}

const place = (p: Place): Cbor => [p[0], p[1]];
const wrap = (w: Wrap): Cbor[] => [unhex(w.holder), w.suite, w.bytes];

function operation(o: Operation): Cbor {
  switch (o.op) {
    case 'put':
      return [1, unhex(o.record), unhex(o.revision), o.epoch, o.parents.map(place), o.hash, o.length, o.blobs];
    case 'remove':
      return [2, unhex(o.record), o.parents.map(place)];
    case 'consent':
      return [3, o.kind, o.on, o.law, o.hash];
    case 'holder-add':
      return [4, unhex(holderId(o.keys)), o.keys.type, o.keys.signing, o.keys.agreement, o.name];
    case 'holder-remove':
      return [5, unhex(o.holder)];
    case 'keyring':
      return [6, o.epoch, o.wraps.map(wrap), o.previous];
    case 'vault':
      return [7, o.kind, o.epoch, o.hash, o.length];
    case 'grant':
      return [8, ...wrap(o.wrap)];
    case 'erase':
      return [9, o.kind, o.epochs, o.blobCount, o.hash];
    case 'region':
      return [10, o.region, o.law];
    case 'found':
      return [11, o.nonce];
    case 'announce':
      return [12, unhex(holderId(o.keys)), o.keys.signing, o.keys.agreement];
    case 'object':
      return [13, place(o.place)];
  }
}

export const encodeCommit = (c: Commit): Bytes =>
  encode([VERSION, unhex(c.account), c.prevSize, c.prevRoot, unhex(c.author), c.seq, [c.time[0], c.time[1]], c.kind, c.operations.map(operation)]);
