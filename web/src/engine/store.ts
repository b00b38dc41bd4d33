/**
 * The device's own store in IndexedDB. Who owns what: `meta` has one row per name; `leaves`, `bundles` and `payloads` hold what the server sent, sealed as it came; `segments`
 * hold the index, sealed under the device's own key; `ledger` is only appended to. A batch of leaves, the state after it and its index are one transaction: a crash leaves the
 * account where the last batch left it. `outbox` holds changes that wait to be sent, sealed under the device's own key, and `staged` the sealed pieces of their files: both go when
 * the server has them. `haystack` is what is searched, made of the segments and sealed like them; the meta row of the same name says of which.
 */
import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb';
import type { SavedState } from '../protocol/account-state';
import { type Bytes, concat, utf8 } from '../protocol/bytes';
import type { Place } from '../protocol/commit';
import type { Id, Kind } from '../protocol/ids';
import { HolderSecret } from '../protocol/keys';
import { random } from '../protocol/random';
import type { AlarmKind } from './problems';

const DB = 'candor';
const VERSION = 4;

/** What makes this browser a device. The private keys are WebCrypto's and cannot be read out, not even by this code. */
export interface DeviceRow {
  readonly signing: { privateKey: CryptoKey; publicKey: Bytes };
  readonly agreement: { privateKey: CryptoKey; publicKey: Bytes };
  readonly storeKey: CryptoKey;
  readonly account: Id;
  /** Checks the server's checkpoints, as this device first learned it. */
  readonly vkey: string;
  readonly name: string;
  /** Where the log stood for the device that let this one in; both holders must be live there. */
  readonly expected: { size: number; root: Bytes; approver: Id } | null;
  /** When this browser forgets everything by itself (Unix ms); null: never. */
  readonly until: number | null;
  /** The kinds that this browser may open; absent or null: all. The log does not know of it. */
  readonly kinds?: Kind[] | null;
}

export interface AlarmRow {
  readonly kind: AlarmKind;
  readonly detail: string;
  readonly at: number;
  readonly evidence: Record<string, string>;
}

export interface BundleRow {
  readonly bundle: Bytes;
  readonly gone: number[];
}

export interface MetaRows {
  device: DeviceRow;
  state: SavedState;
  checkpoint: string;
  alarm: AlarmRow;
  void: Place[];
  /** Sealed: what the first screens say before the whole index is read (`brief.ts`). */
  brief: Bytes;
  /** Sealed: the timeline, for the same. */
  timeline: Bytes;
  /** Sealed: the pieces in `haystack`, and which segments they are of (`searching.ts`). */
  haystack: Bytes;
  /** Kinds turned off here that the log may not know of yet. */
  off: Kind[];
  /** A person stopped the sending of photos. */
  paused: boolean;
  /** Files that were chosen and not read yet: where this is found at the start, they have to be chosen again. */
  unread: number;
  vaults: Partial<Record<Kind, { epoch: number; sealed: Bytes }[]>>;
  /** Greeting packs by language, as they came: the same for everyone. */
  greetings: Record<string, Bytes>;
  /** When the log was last followed to its head, by this browser's clock (Unix ms). */
  pulled: number;
  /** The announcement in leaf `index` was not there yet at `ms`: nobody's word is needed for it. */
  notYet: { index: number; ms: number };
}

interface Schema extends DBSchema {
  meta: { key: string; value: MetaRows[keyof MetaRows] };
  leaves: { key: number; value: Bytes };
  bundles: { key: number; value: BundleRow };
  payloads: { key: string; value: Bytes };
  segments: { key: number; value: { kind: Kind; sealed: Bytes }; indexes: { kind: Kind } };
  ledger: { key: number; value: string };
  outbox: { key: number; value: { kind: Kind; sealed: Bytes } };
  staged: { key: string; value: Bytes };
  haystack: { key: number; value: Bytes };
}

export interface Batch {
  readonly leaves: { index: number; leaf: Bytes; bundle: BundleRow | null }[];
  readonly state: SavedState;
  readonly segments: { kind: Kind; sealed: Bytes }[];
  readonly voids: Place[];
  /** Kinds of which `segments` has every row: those before go. */
  readonly whole?: Kind[];
}

/** Bytes in a buffer of their own: of a view the database would write down the whole buffer behind it, and what came from a stream is a view of much. */
const alone = (bytes: Bytes): Bytes => (bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice());

export class Store {
  private constructor(
    private readonly db: IDBPDatabase<Schema>,
    private readonly name: string,
  ) {}

  static async open(name = DB): Promise<Store> {
    const db = await openDB<Schema>(name, VERSION, {
      upgrade(made, before, _, tx) {
        if (before < 1) {
          for (const store of ['meta', 'leaves', 'bundles', 'payloads', 'ledger'] as const) made.createObjectStore(store);
          made.createObjectStore('segments', { autoIncrement: true });
        }
        if (before < 2) for (const store of ['outbox', 'staged'] as const) made.createObjectStore(store);
        // The segments of a kind are read without the others: what is there is indexed now, and stays as it is.
        if (before < 3) tx.objectStore('segments').createIndex('kind', 'kind');
        if (before < 4) made.createObjectStore('haystack');
      },
    });
    return new Store(db, name);
  }

  async get<K extends keyof MetaRows>(key: K): Promise<MetaRows[K] | undefined> {
    return (await this.db.get('meta', key)) as MetaRows[K] | undefined;
  }

  async set<K extends keyof MetaRows>(key: K, value: MetaRows[K]): Promise<void> {
    await this.db.put('meta', value, key);
  }

  /** All of them or none. */
  async setAll(rows: Partial<MetaRows>): Promise<void> {
    const tx = this.db.transaction('meta', 'readwrite');
    for (const [key, value] of Object.entries(rows)) void tx.store.put(value, key);
    await tx.done;
  }

  async remove(key: keyof MetaRows): Promise<void> {
    await this.db.delete('meta', key);
  }

  async keep(batch: Batch): Promise<void> {
    const tx = this.db.transaction(['meta', 'leaves', 'bundles', 'segments'], 'readwrite', { durability: 'strict' });
    for (const { index, leaf, bundle } of batch.leaves) {
      void tx.objectStore('leaves').put(alone(leaf), index);
      if (bundle) void tx.objectStore('bundles').put({ ...bundle, bundle: alone(bundle.bundle) }, index);
    }
    for (const kind of batch.whole ?? []) {
      for (const key of await tx.objectStore('segments').index('kind').getAllKeys(kind)) void tx.objectStore('segments').delete(key);
    }
    for (const segment of batch.segments) void tx.objectStore('segments').add(segment);
    void tx.objectStore('meta').put(batch.voids, 'void');
    void tx.objectStore('meta').put(batch.state, 'state');
    await tx.done;
  }

  async keepPayloads(bundles: { index: number; row: BundleRow }[], payloads: { key: string; sealed: Bytes }[]): Promise<void> {
    const tx = this.db.transaction(['bundles', 'payloads'], 'readwrite');
    for (const { index, row } of bundles) void tx.objectStore('bundles').put({ ...row, bundle: alone(row.bundle) }, index);
    for (const { key, sealed } of payloads) void tx.objectStore('payloads').put(alone(sealed), key);
    await tx.done;
  }

  leaf(index: number): Promise<Bytes | undefined> {
    return this.db.get('leaves', index);
  }
  bundle(index: number): Promise<BundleRow | undefined> {
    return this.db.get('bundles', index);
  }
  payload(key: string): Promise<Bytes | undefined> {
    return this.db.get('payloads', key);
  }
  async payloadKeys(): Promise<Set<string>> {
    return new Set(await this.db.getAllKeys('payloads'));
  }
  async bundleIndexes(): Promise<Set<number>> {
    return new Set(await this.db.getAllKeys('bundles'));
  }

  /** Keys of a kind's segments, in the order in which they were written. */
  segmentKeys(kind: Kind): Promise<number[]> {
    return this.db.getAllKeysFromIndex('segments', 'kind', kind);
  }
  async segments(keys: number[]): Promise<Bytes[]> {
    const tx = this.db.transaction('segments');
    const rows = await Promise.all(keys.map((key) => tx.store.get(key)));
    return rows.map((row) => row?.sealed ?? new Uint8Array(0));
  }
  /** All of a kind, in one transaction. */
  async replaceSegments(kind: Kind, segments: { kind: Kind; sealed: Bytes }[]): Promise<void> {
    const tx = this.db.transaction('segments', 'readwrite');
    for (const key of await tx.store.index('kind').getAllKeys(kind)) void tx.store.delete(key);
    for (const segment of segments) void tx.store.add(segment);
    await tx.done;
  }

  /** A kind that was turned off or erased leaves nothing here. */
  async dropKind(segments: { kind: Kind; sealed: Bytes }[], bundles: number[], payloads: string[]): Promise<void> {
    const tx = this.db.transaction(['meta', 'segments', 'bundles', 'payloads', 'haystack'], 'readwrite');
    for (const name of ['brief', 'timeline', 'haystack']) void tx.objectStore('meta').delete(name);
    for (const name of ['segments', 'haystack'] as const) void tx.objectStore(name).clear();
    for (const segment of segments) void tx.objectStore('segments').add(segment);
    for (const index of bundles) void tx.objectStore('bundles').delete(index);
    for (const key of payloads) void tx.objectStore('payloads').delete(key);
    await tx.done;
  }

  /** Sealed pieces of what is searched; undefined where there is none under a key. */
  async pieces(keys: readonly number[]): Promise<(Bytes | undefined)[]> {
    const tx = this.db.transaction('haystack');
    return Promise.all(keys.map((key) => tx.store.get(key)));
  }
  pieceKeys(): Promise<number[]> {
    return this.db.getAllKeys('haystack');
  }
  /** One transaction: new pieces, those that no row is left in go, and what says which there are; null: it stays. */
  async keepPieces(made: readonly { key: number; sealed: Bytes }[], gone: readonly number[], haystack: Bytes | null): Promise<void> {
    const tx = this.db.transaction(['meta', 'haystack'], 'readwrite');
    for (const key of gone) void tx.objectStore('haystack').delete(key);
    for (const { key, sealed } of made) void tx.objectStore('haystack').put(sealed, key);
    if (haystack) void tx.objectStore('meta').put(haystack, 'haystack');
    await tx.done;
  }

  /** Rows that wait, the oldest first. */
  async outbox(): Promise<{ n: number; kind: Kind; sealed: Bytes }[]> {
    const tx = this.db.transaction('outbox');
    const [keys, rows] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()]);
    return rows.map((row, i) => ({ n: keys[i]!, ...row }));
  }
  /** On stable storage when it returns: from then on a person may be told that the change is kept. */
  async addToOutbox(n: number, row: { kind: Kind; sealed: Bytes }): Promise<void> {
    const tx = this.db.transaction('outbox', 'readwrite', { durability: 'strict' });
    void tx.store.add(row, n);
    await tx.done;
  }
  /** Rows that are sent go, with their pieces; rows that followed one of them are written anew. One transaction. */
  async settleOutbox(sent: number[], again: { n: number; kind: Kind; sealed: Bytes }[], pieces: string[]): Promise<void> {
    const tx = this.db.transaction(['outbox', 'staged'], 'readwrite', { durability: 'strict' });
    for (const n of sent) void tx.objectStore('outbox').delete(n);
    for (const { n, ...row } of again) void tx.objectStore('outbox').put(row, n);
    for (const name of pieces) void tx.objectStore('staged').delete(name);
    await tx.done;
  }
  async stage(name: string, sealed: Bytes): Promise<void> {
    await this.db.put('staged', sealed, name);
  }
  staged(name: string): Promise<Bytes | undefined> {
    return this.db.get('staged', name);
  }
  stagedNames(): Promise<string[]> {
    return this.db.getAllKeys('staged');
  }

  /** On stable storage when it returns: spec/ledger.md wants the line there before the first byte leaves. */
  async appendLedger(seq: number, line: string): Promise<void> {
    const tx = this.db.transaction('ledger', 'readwrite', { durability: 'strict' });
    void tx.store.add(line, seq);
    await tx.done;
  }
  async lastLedger(): Promise<{ seq: number; line: string } | undefined> {
    const cursor = await this.db.transaction('ledger').store.openCursor(null, 'prev');
    return cursor ? { seq: cursor.key, line: cursor.value } : undefined;
  }
  /** Lines, the newest first, that are older than `before`. */
  async ledgerLines(before: number, count: number): Promise<string[]> {
    const lines: string[] = [];
    let cursor = await this.db.transaction('ledger').store.openCursor(IDBKeyRange.upperBound(before, true), 'prev');
    while (cursor && lines.length < count) {
      lines.push(cursor.value);
      cursor = await cursor.continue();
    }
    return lines;
  }
  allLedger(): Promise<string[]> {
    return this.db.getAll('ledger');
  }

  close(): void {
    this.db.close();
  }

  /** Everything is gone when it returns: keys, records, ledger. */
  async destroy(): Promise<void> {
    this.db.close();
    await deleteDB(this.name);
  }
}

export const newStoreKey = (): Promise<CryptoKey> => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

const NONCE = 12;

/** A row for this device alone: AES-256-GCM under a key that cannot be read out, bound to the row's name. */
export async function sealRow(key: CryptoKey, name: string, plain: Bytes): Promise<Bytes> {
  const iv = random(NONCE);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(name) }, key, plain);
  return concat(iv, new Uint8Array(sealed));
}

/** Undefined where it is not what this device sealed under this name. */
export async function openRow(key: CryptoKey, name: string, sealed: Bytes): Promise<Bytes | undefined> {
  try {
    const parameters = { name: 'AES-GCM', iv: sealed.slice(0, NONCE), additionalData: utf8(name) };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed.slice(NONCE)));
  } catch {
    return undefined;
  }
}

export const secretOf = (row: DeviceRow): HolderSecret => new HolderSecret(1, row.signing, row.agreement);
