import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { beforeEach, expect, test } from 'vitest';
import { readBrief, writeBrief } from '../src/engine/brief';
import { IndexLoader, sealSegments } from '../src/engine/index-rows';
import { type Entry, Library } from '../src/engine/library';
import { PayloadStore } from '../src/engine/payload-store';
import { newStoreKey, Store } from '../src/engine/store';
import { unhex } from '../src/protocol/bytes';
import { type Cbor, encode } from '../src/protocol/cbor';
import type { Commit, Operation, Put } from '../src/protocol/commit';
import { type Id, KINDS, type Kind } from '../src/protocol/ids';

let databases = 0;
let name: string;
/** Stores that each transaction named, since the last look. */
let transactions: string[] = [];
const plain = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, ...rest) {
  transactions.push([stores].flat().join(' '));
  return plain.call(this, stores, ...rest);
};

beforeEach(() => {
  name = `index-${++databases}`;
});

const idOf = (n: number): Id => n.toString(16).padStart(32, '0');
const put = (record: Id): Put => ({ op: 'put', record, revision: record, epoch: 1, parents: [], hash: new Uint8Array(32), length: 328, blobs: [] });

/** Commit number `index` of a log in which each makes `count` records of a kind. */
const commitOf = (index: number, kind: Kind, count: number): Commit => ({
  account: idOf(1),
  prevSize: index,
  prevRoot: new Uint8Array(32),
  author: idOf(2),
  seq: index + 1,
  time: [index + 1, 0],
  kind,
  operations: Array.from({ length: count }, (_, i): Operation => put(idOf(kind * 1e9 + index * 1e5 + i))),
});

const state = { account: idOf(1), tree: new Uint8Array(8), facts: {} as never };

async function grow(library: Library, commit: Commit): Promise<void> {
  await library.apply(commit);
  for (const entry of library.unreadOf(commit.kind as Kind)) {
    library.read(commit.kind as Kind, entry, entry.heads[0]!.place, {
      name: entry.record,
      original: new Uint8Array(0),
      view: new Map([['n', 1]]),
      files: [],
    });
  }
}

async function keep(store: Store, key: CryptoKey, library: Library): Promise<void> {
  const { segments, whole } = library.takeDirty();
  await store.keep({ leaves: [], state, segments: await sealSegments(key, segments), voids: [], whole });
}

const empty = () => new Library({ operationAt: async () => undefined });
const noLeaves = async () => undefined;
const recordsOf = (library: Library, kind: Kind): Entry[] =>
  [...library.entries(kind)]
    .map(({ record, heads, summary, place }) => ({ record, heads, summary, place }))
    .sort((a, b) => (a.record < b.record ? -1 : 1));

test('The first screen needs the segments of its own kind and no leaf, however much else there is', async () => {
  const store = await Store.open(name);
  const key = await newStoreKey();
  const library = empty();
  for (let i = 0; i < 6; i++) await grow(library, commitOf(i, 3, 2000));
  await grow(library, commitOf(6, 4, 3000));
  await keep(store, key, library);
  transactions = [];
  const read = empty();
  const loader = new IndexLoader(store, key, read, 7, noLeaves);
  await loader.ready(4);
  expect(read.count(4)).toBe(3000);
  expect(read.count(3)).toBe(0);
  // The voids, the keys of the kind, two segments at once; and what the next kinds began with.
  expect(transactions.length).toBeLessThanOrEqual(5);
  await loader.all;
  // The keys of four kinds; 3,000 photos are 2 segments and 12,000 messages 6, read two at a time.
  expect(transactions.filter((t) => t === 'segments').length).toBeLessThanOrEqual(4 + 1 + 3);
  expect(transactions.filter((t) => t === 'leaves' || t === 'bundles')).toEqual([]);
  for (const kind of KINDS) expect(recordsOf(read, kind)).toEqual(recordsOf(library, kind));
});

test('A kind that is asked for is read before those that were due', async () => {
  const store = await Store.open(name);
  const key = await newStoreKey();
  const library = empty();
  for (const kind of KINDS) await grow(library, commitOf(kind, kind, 10));
  await keep(store, key, library);
  const read = empty();
  const loader = new IndexLoader(store, key, read, 5, noLeaves);
  await loader.ready(3);
  expect([read.count(3), read.count(2)]).toEqual([10, 0]);
});

test('Many small segments become few at a start, once', async () => {
  const store = await Store.open(name);
  const key = await newStoreKey();
  const library = empty();
  for (let i = 0; i < 40; i++) {
    await grow(library, commitOf(i, 1, 2));
    await keep(store, key, library);
  }
  const segments = async () => (await store.segmentKeys(1)).length;
  expect(await segments()).toBe(40);
  await new IndexLoader(store, key, empty(), 40, noLeaves).all;
  expect(await segments()).toBe(1);
  const [before] = await store.segmentKeys(1);
  const read = empty();
  await new IndexLoader(store, key, read, 40, noLeaves).all;
  expect(await store.segmentKeys(1)).toEqual([before]);
  expect(recordsOf(read, 1)).toEqual(recordsOf(library, 1));
});

test('When most of a kind changed its rows are written once, not beside those of before', async () => {
  const store = await Store.open(name);
  const key = await newStoreKey();
  const library = empty();
  await library.apply(commitOf(0, 3, 4096));
  await keep(store, key, library);
  await grow(library, commitOf(1, 3, 10));
  await keep(store, key, library);
  expect((await store.segmentKeys(3)).length).toBe(library.segmentsOf(3));
});

test('A damaged segment has the index made anew from the leaves', async () => {
  const store = await Store.open(name);
  const key = await newStoreKey();
  const library = empty();
  await grow(library, commitOf(0, 1, 5));
  await keep(store, key, library);
  await store.replaceSegments(1, [{ kind: 1, sealed: new Uint8Array(64) }]);
  const read = empty();
  await new IndexLoader(store, key, read, 1, async () => commitOf(0, 1, 5)).all;
  expect(read.count(1)).toBe(5);
  expect(read.unreadOf(1).length).toBe(5);
  await expect(new IndexLoader(store, await newStoreKey(), empty(), 1, noLeaves).all).rejects.toThrow('store-damaged');
});

test('A store of the version before is opened with all that is in it', async () => {
  const key = await newStoreKey();
  const library = empty();
  for (const kind of KINDS) await grow(library, commitOf(kind, kind, 300));
  const old = await openDB(name, 2, {
    upgrade(made) {
      for (const s of ['meta', 'leaves', 'bundles', 'payloads', 'ledger', 'outbox', 'staged']) made.createObjectStore(s);
      made.createObjectStore('segments', { autoIncrement: true });
    },
  });
  for (const kind of KINDS) {
    // A row had its summary in it as it is; now it has the bytes of one.
    const rows = recordsOf(library, kind).map((e): Cbor => {
      const heads = e.heads.map((h): Cbor => [h.place[0], h.place[1], h.removed, h.time[0], h.time[1], unhex(h.author)]);
      return [unhex(e.record), heads, [e.place![0], e.place![1]], [e.summary!.name, e.summary!.view, []]];
    });
    for (const segment of await sealSegments(key, [{ kind, plain: encode(rows) }])) await old.add('segments', segment);
  }
  await old.put('outbox', { kind: 1, sealed: new Uint8Array(3) }, 7);
  old.close();
  const store = await Store.open(name);
  const read = empty();
  await new IndexLoader(store, key, read, 5, noLeaves).all;
  for (const kind of KINDS) expect(recordsOf(read, kind)).toEqual(recordsOf(library, kind));
  // They are written anew once, and read as quickly as others from then on.
  const again = empty();
  await new IndexLoader(store, key, again, 5, noLeaves).all;
  expect([read.old.size, again.old.size]).toEqual([4, 0]);
  for (const kind of KINDS) expect(recordsOf(again, kind)).toEqual(recordsOf(library, kind));
  expect(await store.outbox()).toEqual([{ n: 7, kind: 1, sealed: new Uint8Array(3) }]);
});

test('Many who ask at once for payloads of one bundle have it read once', async () => {
  const store = await Store.open(name);
  const commit = commitOf(0, 3, 200);
  const bundle = new Uint8Array(200 * 328).fill(7);
  await store.keep({ leaves: [{ index: 0, leaf: new Uint8Array(1), bundle: { bundle, gone: [] } }], state, segments: [], voids: [] });
  const payloads = new PayloadStore(store, async () => commit);
  await payloads.open();
  transactions = [];
  const found = await Promise.all(Array.from({ length: 200 }, (_, i) => payloads.find([0, i], () => false)));
  expect(found.every((f) => f?.sealed.length === 328)).toBe(true);
  expect(transactions).toEqual(['bundles']);
});

test('What is kept of a stream is the leaf and the bundle, not the buffer in which they came', async () => {
  const store = await Store.open(name);
  const stream = new Uint8Array(100_000);
  const [leaf, bundle] = [stream.subarray(10, 20), stream.subarray(50, 90)];
  await store.keep({ leaves: [{ index: 0, leaf, bundle: { bundle, gone: [] } }], state, segments: [], voids: [] });
  expect((await store.leaf(0))!.buffer.byteLength).toBe(10);
  expect((await store.bundle(0))!.bundle.buffer.byteLength).toBe(40);
});

const BRIEF = {
  size: 12,
  counts: new Map(KINDS.map((kind) => [kind, { count: kind, unread: 0, removed: 2 }])),
  conversations: [{ thread: '+49 1', name: 'Zoë', last: 'as it was', date: 5, count: 2, unread: 1 }],
};

test('A brief comes back as it was written, and nothing else is one', () => {
  const written = writeBrief(BRIEF);
  expect(readBrief(written)).toEqual(BRIEF);
  for (let i = 0; i < written.length; i++) expect(readBrief(written.slice(0, i))).toBeNull();
  for (let i = 0; i < written.length; i++) {
    const bent = written.slice();
    bent[i]! ^= 0x55;
    const read = readBrief(bent);
    expect(read === null || read.counts.size === KINDS.length).toBe(true);
  }
});
