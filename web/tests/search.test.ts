import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { Piece, rowOf } from '../src/engine/haystack';
import { IndexLoader, sealSegments } from '../src/engine/index-rows';
import { type Kept, openKept, readKept, writeKept } from '../src/engine/kept-pieces';
import { type Entry, isRemoved, Library } from '../src/engine/library';
import { Outbox } from '../src/engine/outbox';
import { LIMITS, Searching } from '../src/engine/searching';
import { newStoreKey, Store } from '../src/engine/store';
import type { Cbor } from '../src/protocol/cbor';
import type { Operation, Place } from '../src/protocol/commit';
import { type Id, KINDS, type Kind } from '../src/protocol/ids';
import type { Content } from '../src/protocol/record';
import { searchBefore } from './search-before';

const idOf = (n: number): Id => n.toString(16).padStart(32, '0');
const SMALL = { ...LIMITS, lookedAt: 25, rows: 16, beside: 12, segments: 4, touched: 60 };

/** The same numbers every time. */
function numbers(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

let databases = 0;

/** A browser's store with the index of a log that this test writes, and what is opened over it. */
class Browser {
  library = new Library({ operationAt: async () => undefined });
  outbox!: Outbox;
  searching!: Searching;
  private loader!: IndexLoader;
  private size = 0;
  private letGo = () => {};
  private readonly off = new Set<Kind>();

  private constructor(
    readonly store: Store,
    readonly key: CryptoKey,
    private readonly limits: typeof LIMITS,
  ) {}

  static async make(limits: typeof LIMITS = SMALL): Promise<Browser> {
    const browser = new Browser(await Store.open(`search-${++databases}`), await newStoreKey(), limits);
    await browser.start();
    return browser;
  }

  /** @param isIndexRead false: as if it took until the next start. */
  async start(isIndexRead = true): Promise<void> {
    this.letGo();
    await this.searching?.stop();
    this.library = new Library({ operationAt: async () => undefined });
    const kept: Promise<Kept> = openKept(this.store, this.key);
    this.loader = new IndexLoader(this.store, this.key, this.library, this.size, async () => undefined, kept);
    if (!isIndexRead)
      this.loader.hold(
        new Promise<void>((resolve) => {
          this.letGo = resolve;
        }),
      );
    this.outbox = await Outbox.open(this.store, this.key, idOf(1));
    const account = {
      library: this.library,
      ready: async (kind: Kind) => void (await this.loader.ready(kind)),
      isReady: (kind: Kind) => this.loader.isReady(kind),
      loaded: this.loader.all,
      isOn: (kind: Kind) => !this.off.has(kind),
      holdIndex: (until: Promise<unknown>) => this.loader.hold(until),
    };
    this.searching = new Searching(account, this.outbox, this.store, this.key, await kept, this.limits);
    if (isIndexRead) await this.loader.all;
  }

  /** A commit: what it says of records, null for a removal. */
  async commit(kind: Kind, changes: [Id, Content | null][]): Promise<void> {
    const index = this.size++;
    const operations = changes.map(([record, content], i): Operation => {
      const parents = this.library.entry(kind, record)?.heads.map((h) => h.place) ?? [];
      const revision = idOf(1e12 + index * 1e4 + i);
      if (content) return { op: 'put', record, revision, epoch: 1, parents, hash: new Uint8Array(32), length: 328, blobs: [] };
      return { op: 'remove', record, revision, epoch: 1, parents } as unknown as Operation;
    });
    const time: [number, number] = [1000 + index, 0];
    const commit = { account: idOf(1), prevSize: index, prevRoot: new Uint8Array(32), author: idOf(2), seq: index + 1, time, kind, operations };
    await this.library.apply(commit);
    for (const [i, [record, content]] of changes.entries()) {
      const place: Place = [index, i];
      if (content) this.library.read(kind, this.library.entry(kind, record)!, place, content);
    }
    // Turned on again: what it says is read.
    if (this.off.delete(kind)) for (const e of this.library.unreadOf(kind)) this.library.read(kind, e, e.heads[0]!.place, message('again', 5));
    await this.searching.grow(kind);
    await this.keepIndex();
  }

  /** Brings records whose contents come later. */
  async commitUnread(kind: Kind, records: Id[]): Promise<void> {
    const index = this.size++;
    const operations = records.map((record, i): Operation => {
      return { op: 'put', record, revision: idOf(1e12 + index * 1e4 + i), epoch: 1, parents: [], hash: new Uint8Array(32), length: 328, blobs: [] };
    });
    const time: [number, number] = [1000 + index, 0];
    await this.library.apply({
      account: idOf(1),
      prevSize: index,
      prevRoot: new Uint8Array(32),
      author: idOf(2),
      seq: index + 1,
      time,
      kind,
      operations,
    });
    await this.keepIndex();
  }

  /** Reads what was not read, as a first sync does: the index is written after it. */
  async fill(kind: Kind, contentOf: (record: Id) => Content): Promise<void> {
    for (const entry of this.library.unreadOf(kind)) {
      this.library.read(kind, entry, entry.heads[0]!.place, contentOf(entry.record));
      await this.searching.grow(kind);
    }
  }

  async keepIndex(): Promise<void> {
    const { segments, whole } = this.library.takeDirty();
    const sealed = await sealSegments(this.key, segments);
    await this.store.keep({
      leaves: [],
      state: { account: idOf(1), tree: new Uint8Array(8), facts: {} as never },
      segments: sealed,
      voids: [],
      whole,
    });
  }

  /** Erases what a kind said, as turning it off does. */
  async forget(kind: Kind): Promise<void> {
    this.off.add(kind);
    this.library.forgetContents(kind);
    const all = KINDS.flatMap((k) => this.library.allSegments(k));
    await this.store.dropKind(await sealSegments(this.key, all), [], []);
  }

  shown(kind: Kind): Entry[] {
    return this.outbox.overlaid(kind, this.library.entries(kind)).filter((e) => !isRemoved(e));
  }
  before(query: string) {
    return searchBefore(new Map(KINDS.map((k) => [k, this.shown(k)])), query, this.limits.lookedAt);
  }
}

const WORDS = 'Zoë zoe Ångström OSLO oslo a ab abc Straße STRASSE ΟΔΟΣ οδος İstanbul 東京 ёжик Ёжик ﬁle +49 12 12:30 Oslo,x e\u0301 ç'.split(' ');

function contentOf(next: (n: number) => number, kind: Kind): Content {
  const text = () => Array.from({ length: next(5) }, () => WORDS[next(WORDS.length)]).join([' ', '\n', '/'][next(3)]);
  const view = new Map<string, Cbor>();
  const some = (key: string, value: () => Cbor, times = 1) => {
    if (next(3) < 2) view.set(key, times === 1 ? value() : Array.from({ length: next(times) }, value));
    else if (next(12) === 0) view.set(key, 7);
  };
  const keys: Record<Kind, [string, number][]> = {
    1: [
      ['fn', 1],
      ['org', 1],
      ['title', 1],
      ['nick', 1],
      ['tel', 3],
      ['email', 3],
      ['cats', 3],
      ['note', 1],
    ],
    2: [
      ['title', 1],
      ['tags', 4],
      ['snippet', 1],
      ['notebook', 1],
    ],
    3: [
      ['body', 1],
      ['subject', 1],
      ['name', 1],
      ['thread', 1],
    ],
    4: [
      ['caption', 1],
      ['albums', 3],
      ['people', 3],
      ['make', 1],
      ['model', 1],
      ['taken', 1],
    ],
  };
  for (const [key, times] of keys[kind]) some(key, text, times);
  // Few dates, so that many are the same.
  some(kind === 3 ? 'date' : kind === 4 ? 'utc' : 'updated', () => next(9));
  if (kind === 4 && next(4) === 0) view.set('of', new Uint8Array(16));
  return { name: text(), original: new Uint8Array(0), view, files: [] };
}

test('What is found is what was found before, in random accounts that change, are read anew, and have changes that wait', {
  timeout: 60_000,
}, async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const next = numbers(seed * 7919);
    const browser = await Browser.make();
    const known = new Map<Kind, Id[]>(KINDS.map((k) => [k, []]));
    const pick = (kind: Kind): Id => {
      const all = known.get(kind)!;
      if (all.length > 0 && next(3) === 0) return all[next(all.length)]!;
      all.push(idOf(next(1e9) + kind * 1e10));
      return all.at(-1)!;
    };
    for (let step = 0; step < 40; step++) {
      const kind = KINDS[next(4)]!;
      const what = next(10);
      if (what < 5) {
        const records = [...new Set(Array.from({ length: 1 + next(next(4) === 0 ? 90 : 9) }, () => pick(kind)))];
        await browser.commit(
          kind,
          records.map((r) => [r, browser.library.entry(kind, r) && next(5) === 0 ? null : contentOf(next, kind)]),
        );
      } else if (what === 5) {
        const draft = { record: pick(kind), content: next(3) === 0 ? null : contentOf(next, kind) };
        await browser.outbox.add(kind, 0, 5, [draft], (r) => browser.library.entry(kind, r));
      } else if (what === 6) await browser.outbox.settle(browser.outbox.all.slice(0, 1));
      else if (what === 7) {
        const kept = browser.searching.keep();
        // The browser is closed while it is written.
        if (next(2) === 0) {
          for (let i = next(40); i > 0; i--) await new Promise((r) => setImmediate(r));
          await browser.start();
        }
        await kept;
      } else if (what === 8) await browser.start();
      else if (step % 3 === 0) await browser.forget(kind);
      if (next(3) === 0) continue;
      const query = Array.from({ length: 1 + next(2) }, () => WORDS[next(WORDS.length)]!.slice(0, 1 + next(6))).join(' ');
      const answer = await browser.searching.ask(query);
      expect(answer.whole).toBe(true);
      expect(answer.found, `seed ${seed}, step ${step}: ${query}`).toEqual(browser.before(query));
    }
    await browser.searching.keep();
    await browser.start();
    const whole = WORDS.map((query) => browser.before(query));
    // The same of what is kept alone: the index is never read.
    await browser.start(false);
    const { library } = browser;
    for (const [i, query] of WORDS.entries()) expect((await browser.searching.ask(query)).found, `seed ${seed}: ${query}`).toEqual(whole[i]);
    expect(KINDS.some((k) => library.count(k) > 0)).toBe(false);
    await browser.start();
  }
});

const message = (body: string, date: number): Content => ({
  name: '',
  original: new Uint8Array(0),
  view: new Map<string, Cbor>([
    ['body', body],
    ['thread', '+49'],
    ['date', date],
  ]),
  files: [],
});

test('The newest fifty of each kind are found among many thousand, and a small change writes a small part anew', async () => {
  const browser = await Browser.make({ ...LIMITS, rows: 500, beside: 3, segments: 40 });
  await browser.commit(
    3,
    Array.from({ length: 4000 }, (_, i) => [idOf(i), message(`word number ${i}`, i)]),
  );
  const first = await browser.searching.ask('word');
  expect(first.found.map((f) => f.date)).toEqual(Array.from({ length: 50 }, (_, i) => 3999 - i));
  await browser.searching.keep();
  const before = await browser.store.pieceKeys();
  expect(before).toHaveLength(8);
  // Two at the end, two in the middle.
  await browser.commit(
    3,
    [4000, 4001, 2100, 2101].map((n) => [idOf(n), message(`other number ${n}`, n)]),
  );
  expect((await browser.searching.ask('other')).found.map((f) => f.date)).toEqual([4001, 4000, 2101, 2100]);
  await browser.searching.keep();
  const after = await browser.store.pieceKeys();
  expect(before.filter((k) => after.includes(k))).toHaveLength(6);
  await browser.start(false);
  expect((await browser.searching.ask('other number 2')).found.map((f) => f.date)).toEqual([2101, 2100]);
  expect((await browser.searching.ask('word number 2100')).found).toEqual([]);
});

test('Before everything is there an answer says so, and another one comes when there is more', async () => {
  const browser = await Browser.make({ ...LIMITS, rows: 10 });
  await browser.commit(
    3,
    Array.from({ length: 200 }, (_, i) => [idOf(i), message('word', i)]),
  );
  await browser.searching.keep();
  await browser.start(false);
  const dates: number[][] = [];
  for (let seen = 0, whole = false; !whole; ) {
    const answer = await browser.searching.ask('word', seen);
    expect(answer.parts).toBeGreaterThan(seen);
    [seen, whole] = [answer.parts, answer.whole];
    dates.push(answer.found.map((f) => f.date));
  }
  expect(dates.length).toBeGreaterThan(2);
  // The newest at once.
  expect(dates[0]!.slice(0, 10)).toEqual([199, 198, 197, 196, 195, 194, 193, 192, 191, 190]);
  expect(dates.at(-1)).toEqual(Array.from({ length: 50 }, (_, i) => 199 - i));
});

test('While records are read for the first time their pieces are written, and count when the index is there', async () => {
  const browser = await Browser.make();
  const ids = Array.from({ length: 300 }, (_, i) => idOf(i));
  // Two runs, as two folders of one phone: later ones are not newer.
  const content = (record: Id) => message('word', (Number.parseInt(record, 16) * 2) % 299);
  await browser.commitUnread(3, ids);
  await browser.searching.keep();
  await browser.fill(3, content);
  const grown = await browser.store.pieceKeys();
  expect(grown).toHaveLength(18);
  expect((await browser.searching.ask('word')).found).toEqual(browser.before('word'));
  // Closed before the index is written: none of them is taken, and the next that are written take their place.
  await browser.start();
  expect((await browser.searching.ask('word')).found).toEqual([]);
  await browser.fill(3, content);
  await browser.keepIndex();
  const again = await browser.store.pieceKeys();
  await browser.searching.keep();
  const kept = (await openKept(browser.store, browser.key)).get(3)!;
  expect([...kept.pieces].sort((a, b) => a - b)).toEqual(await browser.store.pieceKeys());
  expect(again.filter((key) => kept.pieces.includes(key))).toHaveLength(18);
  const whole = browser.before('word');
  await browser.start(false);
  expect(await browser.searching.ask('word')).toMatchObject({ found: whole, whole: true });
});

test('A browser that is closed while the pieces are made goes on with the older ones', async () => {
  const browser = await Browser.make({ ...SMALL, beside: 1000 });
  const ids = Array.from({ length: 160 }, (_, i) => idOf(i));
  const rows = ids.map((id, i): [Id, Content] => [id, message(`word ${i}`, i)]);
  for (let i = 0; i < 160; i += 40) await browser.commit(3, rows.slice(i, i + 40));
  await browser.start();
  const writing = browser.searching.keep();
  await until(async () => (await browser.store.pieceKeys()).length >= 3);
  await browser.start();
  await writing;
  const before = (await openKept(browser.store, browser.key)).get(3)!;
  expect(before.pieces.length).toBeGreaterThan(2);
  expect(before.from!.date).toBe(160 - 16 * before.pieces.length);
  // What changes meanwhile, old and new, is found once.
  await browser.commit(3, [
    [idOf(1), message('word changed', 158)],
    [idOf(159), message('word changed', 2)],
    [idOf(500), message('word new', 3)],
  ]);
  await browser.start(false);
  expect(await browser.searching.ask('changed', 0)).toMatchObject({ found: [{ date: 158 }, { date: 2 }], whole: false });
  await browser.start();
  await browser.searching.keep();
  const after = (await openKept(browser.store, browser.key)).get(3)!;
  expect(after.from).toBeNull();
  expect(after.pieces).toHaveLength(10);
  expect(after.pieces.slice(-before.pieces.length)).toEqual(before.pieces);
  for (const query of ['word', 'changed', 'word 1', 'new']) expect((await browser.searching.ask(query)).found).toEqual(browser.before(query));
});

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((r) => setTimeout(r, 1));
}

test('A damaged piece is made anew from the index, and is not missed meanwhile', async () => {
  const browser = await Browser.make();
  await browser.commit(
    3,
    Array.from({ length: 100 }, (_, i) => [idOf(i), message('word', i)]),
  );
  await browser.searching.keep();
  const [key] = await browser.store.pieceKeys();
  const kept = await openKept(browser.store, browser.key);
  await browser.store.keepPieces([{ key: key!, sealed: new Uint8Array(64) }], [], (await browser.store.get('haystack'))!);
  await browser.start(false);
  expect((await browser.searching.ask('word', 0)).whole).toBe(false);
  await browser.start();
  expect((await browser.searching.ask('word')).found).toEqual(browser.before('word'));
  await browser.searching.keep();
  expect((await openKept(browser.store, browser.key)).get(3)!.pieces).not.toEqual(kept.get(3)!.pieces);
});

test('Where more segments came than are read beside the pieces, the index is waited for', async () => {
  const browser = await Browser.make();
  await browser.commit(3, [[idOf(1), message('word', 1)]]);
  await browser.searching.keep();
  for (let i = 2; i < 40; i++) await browser.commit(3, [[idOf(i), message('word', i)]]);
  await browser.start(false);
  const asked = browser.searching.ask('word');
  asked.catch(() => {});
  const answer = await Promise.race([asked, new Promise((r) => setTimeout(() => r('waits'), 50))]);
  expect(answer).toBe('waits');
  await browser.start();
  expect((await browser.searching.ask('word')).found).toEqual(browser.before('word'));
});

test('Of a kind that is turned off nothing stays, in the store or in answers, also when it happens while the haystack is written', async () => {
  for (let wait = 0; wait < 12; wait++) {
    const browser = await Browser.make();
    await browser.commit(
      3,
      Array.from({ length: 50 }, (_, i) => [idOf(i), message('secret', i)]),
    );
    await browser.commit(1, [[idOf(1e10), { name: 'n', original: new Uint8Array(0), view: new Map([['fn', 'Secret Ada']]), files: [] }]]);
    const writing = browser.searching.keep();
    await new Promise((resolve) => setTimeout(resolve, wait));
    await browser.forget(3);
    await writing;
    const kept = await openKept(browser.store, browser.key);
    expect(kept.get(3)?.pieces ?? []).toEqual([]);
    expect(await browser.store.pieceKeys()).toEqual(kept.get(1)?.pieces ?? []);
    expect((await browser.searching.ask('secret')).found.map((f) => f.kind)).toEqual([1]);
    await browser.searching.keep();
    await browser.forget(1);
    expect(await browser.store.pieceKeys()).toEqual([]);
    expect(await browser.store.get('haystack')).toBeUndefined();
    expect((await browser.searching.ask('secret')).found).toEqual([]);
  }
});

const KEPT: Kept = new Map([[3, { upTo: 12, unread: true, pieces: [4, 9], from: { date: -1.5, record: idOf(7) } }]]);

test('A piece and what says which there are come back as they were written, and nothing else is one', () => {
  const next = numbers(99);
  const entry = (kind: Kind, i: number): Entry => {
    const { name, view } = contentOf(next, kind);
    const head = { place: [i, 0] as Place, removed: false, time: [i, 0] as [number, number], author: idOf(1) };
    return { record: idOf(i), heads: [head], place: [i, 0], summary: { name, view, files: [] } };
  };
  for (const kind of KINDS) {
    const rows = Array.from({ length: 30 }, (_, i) => rowOf(kind, entry(kind, i))).filter((r) => r !== null);
    const written = Piece.of(rows).write();
    const piece = Piece.read(written)!;
    expect(rows.map((_, i) => piece.row(i))).toEqual(rows);
    for (let i = 0; i < written.length; i += 7) expect(Piece.read(written.slice(0, i))).toBeNull();
    for (let i = 0; i < written.length; i += 5) {
      const bent = written.slice();
      bent[i]! ^= 0x55;
      // Another piece, or none; and one that is read can be looked through.
      const read = Piece.read(bent);
      for (const row of read?.find(['a']) ?? []) expect([typeof read!.title(row), typeof read!.row(row).date]).toEqual(['string', 'number']);
    }
  }
  const written = writeKept(KEPT);
  expect(readKept(written)).toEqual(KEPT);
  for (let i = 0; i < written.length; i++) expect(readKept(written.slice(0, i))).toBeNull();
});

test('What separates texts in a piece separates words, in a text and in a query', async () => {
  const browser = await Browser.make();
  await browser.commit(3, [[idOf(1), message('one\u001ftwo\u001ethree', 1)]]);
  expect((await browser.searching.ask('three\u001fone')).found).toMatchObject([{ text: 'one two three' }]);
  expect((await browser.searching.ask('two\u001e+49')).found).toHaveLength(1);
  expect((await browser.searching.ask('onetwo')).found).toEqual([]);
});
