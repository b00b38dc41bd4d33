/**
 * The search over all kinds. What it goes through lies in the store as pieces, beside the index (`kept-pieces.ts`), and is read when the first search is asked for, the newest rows first: the
 * index need not be read for it. What changed since, and what waits to be sent, stands beside the pieces as single rows and takes the place of theirs.
 *
 * They are written as they are made: while very many records are read for the first time, and else from the newest rows to the oldest. A browser that is closed meanwhile goes on from there.
 *
 * An answer says whether it is whole. One that is not has what was found in what is there already; whoever asked asks again, and is answered when there is more.
 */
import type { Id, Kind } from '../protocol/ids';
import { KINDS } from '../protocol/ids';
import type { Account } from './account';
import { cut, dateOfSearched, type Found, foundRow, inOrder, MAX_ROWS, type Piece, type Row, rowOf, titleOf, wordsOf } from './haystack';
import { openSegments } from './index-rows';
import { type Kept, keepPieces, laterThan, type Mark, openPieces } from './kept-pieces';
import { type Entry, isUnread, readSegment } from './library';
import type { Outbox } from './outbox';
import { DeviceProblem } from './problems';
import type { Store } from './store';

const MAX_FOUND_PER_KIND = 50;
/** Pieces that are read before the first answer, and together then. */
const FIRST_PIECES = 4;
const PIECES_AT_ONCE = 8;
/** Rows that are made of records without a pause: between them what the page asks is answered. */
const ROWS_AT_ONCE = 2048;
export const LIMITS = {
  /** Of more hits than this the newest are looked at. */
  lookedAt: 2000,
  /** Rows in a piece. */
  rows: MAX_ROWS,
  /** Changed rows, and segments with them, that stand beside the pieces before these are written anew. */
  beside: 2000,
  segments: 12,
  /** Where more changed than this a kind is made anew. */
  touched: 16_000,
};

export interface Answer {
  readonly found: Found[];
  /** Everything was searched. */
  readonly whole: boolean;
  /** For the next question: only when there is more than this it is answered. */
  readonly parts: number;
}

/** A piece in memory, in the store under a key, or both. */
interface Held {
  key: number | null;
  piece: Piece | null;
}

/** One whose rows are not named in the store yet. */
interface Grown extends Held {
  /** Date of its newest row. */
  readonly last: number;
}

interface Stack {
  /** About in the order of their rows: the oldest first. */
  held: Held[];
  /** Rows that stand before this one are still to be made; null: none is. */
  from: Mark | null;
  /** Pieces of records that are read for the first time, while they are: not named in the store before the index is, and in the order in which the records came. Null: none are made here. */
  grown: Grown[] | null;
  upTo: number;
  unread: boolean;
  /** Rows that changed since the pieces were made; null: such a record is not found any more. */
  readonly beside: Map<Id, Row | null>;
}

const END: Mark = { date: Number.POSITIVE_INFINITY, record: '' };

class Stale extends Error {}
const pause = () => new Promise((resolve) => setTimeout(resolve));

const grownOf = (piece: Piece): Grown => ({ key: null, piece, last: piece.last });

/** What is in the store need not be in memory. */
function letGo(held: readonly Held[]): void {
  for (const h of held) if (h.key !== null) h.piece = null;
}

/** Without room for it, or where what it was made of is gone, the next search is only slower. */
async function unlessStale(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (e) {
    const isFull = e instanceof DOMException && e.name === 'QuotaExceededError';
    if (!(e instanceof Stale) && !isFull) throw e;
  }
}

export class Searching {
  private stacks = new Map<Kind, Stack>();
  private parts = 0;
  private whole = false;
  private isAwake = false;
  private reading: Promise<void> | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private turns = 0;
  private forgotten: number;
  /** Another one since what was made before is good no more. */
  private round = 0;
  private stopped = false;
  private ring: () => void = () => {};
  private bell = this.newBell();
  private over: { revision: number; rows: Map<Kind, Map<Id, Row | null>> } = { revision: -1, rows: new Map() };

  constructor(
    private readonly account: Pick<Account, 'library' | 'ready' | 'isReady' | 'loaded' | 'isOn' | 'holdIndex'>,
    private readonly outbox: Outbox,
    private readonly store: Store,
    private readonly key: CryptoKey,
    private kept: Kept,
    private readonly limits = LIMITS,
  ) {
    this.forgotten = account.library.forgotten;
  }

  /** Records in which every word stands somewhere; of each kind the newest fifty. Without a word it only makes ready. @param seen Parts that the asker has the answer of; without it the answer is whole. */
  async ask(query: string, seen = Number.POSITIVE_INFINITY): Promise<Answer> {
    this.isAwake = true;
    this.renew();
    for (const kind of KINDS)
      if ((this.account.library.touched.get(kind)?.size ?? 0) > this.limits.touched && this.stacks.has(kind)) {
        this.discard(kind);
        this.whole = false;
      }
    const words = wordsOf(query).sort((a, b) => b.length - a.length);
    if (words.length === 0) {
      if (!this.whole && !this.stopped) this.reading ??= this.readOnce();
      this.reading?.catch(() => {});
      return { found: [], whole: this.whole, parts: this.parts };
    }
    while (!this.whole && this.parts <= seen) {
      if (this.stopped) throw new DeviceProblem('no-device');
      this.reading ??= this.readOnce();
      await Promise.race([this.bell, this.reading]);
    }
    const found = KINDS.flatMap((kind) => this.search(kind, words));
    // What has it in its title first; the sort is stable, so within both the kinds stay together.
    return { found: found.sort((a, b) => Number(b.best) - Number(a.best)), whole: this.whole, parts: this.parts };
  }

  private search(kind: Kind, words: readonly string[]): Found[] {
    const { held = [], grown = [], beside = new Map() } = this.stacks.get(kind) ?? {};
    if (this.account.isReady(kind)) this.follow(kind);
    const over = this.waiting(kind);
    const hits: { date: number; record: Id; title: string; row: () => Row }[] = [];
    const add = (row: Row) => hits.push({ date: row.date, record: row.record, title: titleOf(row), row: () => row });
    for (const row of over.values()) if (row && words.every((w) => row.folded.includes(w))) add(row);
    for (const [record, row] of beside) if (row && !over.has(record) && words.every((w) => row.folded.includes(w))) add(row);
    const pieces = [...held, ...(grown ?? [])].flatMap((h) => h.piece ?? []).sort((a, b) => b.last - a.last);
    let [inPieces, oldest] = [0, Number.POSITIVE_INFINITY];
    for (const piece of pieces) {
      // As many as are looked at, and none of what is left is newer.
      if (inPieces >= this.limits.lookedAt && piece.last < oldest) break;
      oldest = Math.min(oldest, piece.first);
      const rows = piece.find(words);
      const enough = inPieces + this.limits.lookedAt;
      for (let k = rows.length - 1; k >= 0 && inPieces < enough; k--) {
        const at = rows[k]!;
        const record = piece.record(at);
        if (over.has(record) || beside.has(record)) continue;
        inPieces++;
        hits.push({ date: piece.dates[at]!, record, title: piece.title(at), row: () => piece.row(at) });
      }
    }
    return hits
      .sort((a, b) => inOrder(b, a))
      .slice(0, this.limits.lookedAt)
      .map((h) => ({ ...h, best: words.every((w) => h.title.includes(w)) }))
      .sort((a, b) => Number(b.best) - Number(a.best))
      .slice(0, MAX_FOUND_PER_KIND)
      .map((h) => foundRow(kind, h.row(), words, h.best));
  }

  /** Rows of what waits to be sent. */
  private waiting(kind: Kind): Map<Id, Row | null> {
    if (this.over.revision !== this.outbox.revision) {
      const rows = new Map(KINDS.map((k) => [k, new Map([...this.outbox.waitingOf(k)].map(([record, entry]) => [record, rowOf(k, entry)]))]));
      this.over = { revision: this.outbox.revision, rows };
    }
    return this.over.rows.get(kind)!;
  }

  // --- what there is -----------------------------------------------------------------------------------------------------------------------------------------

  /** Something was dropped or forgotten, in memory and in the store: nothing that was made of it stays. */
  private renew(): void {
    const { forgotten } = this.account.library;
    if (forgotten === this.forgotten) return;
    this.forgotten = forgotten;
    this.round++;
    this.whole = false;
    this.stacks.clear();
    this.kept = new Map();
  }

  /** Pieces that do not count any more: they are made anew from the index. */
  private discard(kind: Kind): void {
    this.stacks.delete(kind);
    this.kept = new Map([...this.kept].filter(([k]) => k !== kind));
  }

  private fits(round: number): boolean {
    return round === this.round && this.forgotten === this.account.library.forgotten;
  }
  private check(round: number): void {
    if (!this.fits(round)) throw new Stale();
  }

  private alone<T>(task: () => Promise<T>): Promise<T> {
    this.turns++;
    const run = this.turn.then(task).finally(() => this.turns--);
    this.turn = run.catch(() => {});
    return run;
  }

  /** Nothing is read or written any more when it returns. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.round++;
    await this.turn;
  }

  private newBell(): Promise<void> {
    return new Promise((resolve) => {
      this.ring = resolve;
    });
  }
  /** There is more to search than before. */
  private more(): void {
    this.parts++;
    this.ring();
    this.bell = this.newBell();
  }

  private async readOnce(): Promise<void> {
    try {
      await this.alone(() => this.read());
    } finally {
      this.reading = undefined;
    }
  }

  private async read(): Promise<void> {
    while (!this.stopped) {
      try {
        this.renew();
        const { round } = this;
        const stored = this.readStored(round);
        this.account.holdIndex(stored);
        let isAllRead = await stored;
        for (const kind of KINDS) {
          if (this.stacks.get(kind)?.from === null) continue;
          isAllRead = false;
          await this.account.ready(kind);
          this.check(round);
          await this.make(kind, round, this.stacks.get(kind));
        }
        if (!isAllRead) await this.account.loaded;
        this.check(round);
        this.whole = true;
        this.more();
        return;
      } catch (e) {
        if (!(e instanceof Stale)) throw e;
      }
    }
  }

  /** Reads the pieces that lie in the store, the newest first. False where records wait to be read that the pieces do not know. */
  private async readStored(round: number): Promise<boolean> {
    let isAllRead = true;
    for (const kind of KINDS) {
      if (!this.stacks.has(kind)) await this.attach(kind);
      this.check(round);
      if (this.stacks.get(kind)?.unread && this.account.isOn(kind)) isAllRead = false;
    }
    const wanted: { kind: Kind; held: Held; age: number }[] = [];
    for (const [kind, { held, grown }] of this.stacks)
      [...(grown ?? []), ...held].forEach((h, i, all) => void (h.piece ?? wanted.push({ kind, held: h, age: all.length - i })));
    wanted.sort((a, b) => a.age - b.age);
    const batches: { of: typeof wanted; sealed: Promise<(Uint8Array<ArrayBuffer> | undefined)[]> }[] = [];
    for (let i = 0; i < wanted.length; i += batches.length === 1 ? FIRST_PIECES : PIECES_AT_ONCE) {
      const of = wanted.slice(i, i + (batches.length === 0 ? FIRST_PIECES : PIECES_AT_ONCE));
      batches.push({ of, sealed: this.store.pieces(of.map((w) => w.held.key!)) });
    }
    for (const { of, sealed } of batches) {
      const wants = of.map((w) => ({ kind: w.kind, key: w.held.key! }));
      const pieces = await openPieces(this.key, wants, await sealed);
      this.check(round);
      of.forEach(({ kind, held }, i) => {
        held.piece = pieces[i]!;
        // Damaged.
        if (!held.piece) this.discard(kind);
      });
      this.more();
    }
    return isAllRead;
  }

  /** Takes over what the store has of a kind, without the pieces themselves. Nothing where they do not count. */
  private async attach(kind: Kind): Promise<void> {
    const { library } = this.account;
    const kept = this.kept.get(kind);
    if (!kept) return;
    const { upTo, unread, from } = kept;
    const held: Held[] = kept.pieces.map((key) => ({ key, piece: null }));
    // Pieces that are there may have records that the index has not: what is read of those is not new.
    const stack: Stack = { held, from, grown: held.length > 0 ? null : [], upTo, unread, beside: new Map() };
    if (this.account.isReady(kind)) {
      stack.unread = library.unreadOf(kind).length > 0;
      if (library.touched.get(kind) !== null) this.stacks.set(kind, stack);
      return;
    }
    const later = laterThan(kept, await this.store.segmentKeys(kind));
    if (!later) return;
    for (const plain of await openSegments(this.store, this.key, kind, later)) {
      const read = plain && readSegment(plain);
      if (!read) return;
      for (const entry of read.rows) {
        stack.beside.set(entry.record, rowOf(kind, entry));
        stack.unread ||= isUnread(entry);
      }
    }
    this.stacks.set(kind, stack);
  }

  /** Takes in what changed since the last time. */
  private follow(kind: Kind): void {
    const { library } = this.account;
    const stack = this.stacks.get(kind);
    if (!stack || !library.touched.get(kind)?.size) return;
    for (const record of library.follow(kind)!.keys()) {
      const entry = library.entry(kind, record);
      stack.beside.set(record, entry ? rowOf(kind, entry) : null);
    }
  }

  /** Makes the pieces of a kind from its records, which are here: the newest first, each written before the next. @param begun What has the newer ones already: then the others. */
  private async make(kind: Kind, round: number, begun?: Stack): Promise<void> {
    const { library } = this.account;
    const upTo = begun ? begun.upTo : ((await this.store.segmentKeys(kind)).at(-1) ?? 0);
    this.check(round);
    const stack: Stack = begun ?? { held: [], from: END, grown: [], upTo, unread: false, beside: new Map() };
    if (begun) this.follow(kind);
    else library.follow(kind);
    this.stacks.set(kind, stack);
    const from = stack.from ?? END;
    const order: { date: number; record: Id; entry: Entry }[] = [];
    let seen = 0;
    for (const entry of [...library.entries(kind)]) {
      const date = dateOfSearched(entry);
      const { record } = entry;
      if (date !== null && inOrder({ date, record }, from) < 0 && !stack.beside.has(record)) order.push({ date, record, entry });
      if (++seen % ROWS_AT_ONCE === 0) await this.rest(round);
    }
    order.sort(inOrder);
    for (let end = order.length; end > 0; end -= this.limits.rows) {
      const some = order.slice(Math.max(0, end - this.limits.rows), end);
      const rows: Row[] = [];
      for (const { entry } of some) {
        const row = rowOf(kind, entry);
        if (row) rows.push(row);
        if (rows.length % ROWS_AT_ONCE === 0) await this.rest(round);
      }
      stack.held.unshift(...cut(rows.sort(inOrder), this.limits.rows).map((piece) => ({ key: null, piece })));
      const { date, record } = some[0]!;
      stack.from = { date, record };
      this.more();
      if (end > this.limits.rows) await this.save(round);
    }
    stack.from = null;
    // What was read meanwhile may be in them already.
    const touched = library.touched.get(kind);
    for (const record of touched?.keys() ?? []) touched!.set(record, false);
    await this.save(round);
  }

  /** Takes records that were read for the first time and are in no piece, as many as one has; null where there are fewer than `least`. */
  private takeFirst(kind: Kind, least: number): Piece[] | null {
    const { library } = this.account;
    const touched = library.touched.get(kind);
    if (!touched || touched.size < least) return null;
    const first = [...touched].filter(([, isFirst]) => isFirst);
    if (first.length < least) return null;
    const rows: Row[] = [];
    for (const [record] of first.slice(0, this.limits.rows)) {
      touched.delete(record);
      this.stacks.get(kind)?.beside.delete(record);
      const entry = library.entry(kind, record);
      const row = entry && rowOf(kind, entry);
      if (row) rows.push(row);
    }
    return cut(rows.sort(inOrder), this.limits.rows);
  }

  /** Very many records are being read for the first time: a piece is made and written whenever there are enough for one. Does nothing while something else is made. */
  async grow(kind: Kind): Promise<void> {
    const { grown } = this.stacks.get(kind) ?? {};
    if (this.turns > 0 || this.stopped || !grown) return;
    await this.alone(() =>
      unlessStale(async () => {
        this.renew();
        const { round } = this;
        const isHere = () => this.fits(round) && this.stacks.get(kind)?.grown === grown;
        for (let made = isHere() && this.takeFirst(kind, this.limits.rows); made; made = isHere() && this.takeFirst(kind, this.limits.rows)) {
          grown.push(...made.map(grownOf));
          this.more();
          await this.save(round, kind);
          if (!this.isAwake) letGo(grown);
        }
      }),
    );
  }

  /** All that was read for the first time is in the index now. */
  private async settle(kind: Kind, stack: Stack, round: number): Promise<void> {
    if (!stack.grown?.length) return;
    const upTo = (await this.store.segmentKeys(kind)).at(-1) ?? 0;
    this.check(round);
    for (let made = this.takeFirst(kind, 1); made; made = this.takeFirst(kind, 1)) stack.grown.push(...made.map(grownOf));
    stack.held.push(...stack.grown.sort((a, b) => a.last - b.last));
    stack.grown = [];
    this.follow(kind);
    if (stack.beside.size === 0) stack.upTo = upTo;
  }

  private async rest(round: number): Promise<void> {
    await pause();
    this.check(round);
  }

  // --- keeping it --------------------------------------------------------------------------------------------------------------------------------------------

  /** Writes down what the next start needs. */
  keep(): Promise<void> {
    return this.alone(() => unlessStale(() => this.keepNow()));
  }

  private async keepNow(): Promise<void> {
    const { account, store } = this;
    if (this.stopped) return;
    this.renew();
    const { round } = this;
    for (const kind of KINDS) {
      await account.ready(kind);
      if (!this.stacks.has(kind)) await this.attach(kind);
      this.check(round);
    }
    for (const kind of KINDS) {
      const stack = this.stacks.get(kind);
      if (stack) await this.settle(kind, stack, round);
      const touched = account.library.touched.get(kind)?.size ?? 0;
      if (!stack || touched > this.limits.touched) await this.make(kind, round);
      else {
        if (stack.from !== null) await this.make(kind, round, stack);
        const later = (await store.segmentKeys(kind)).filter((k) => k > stack.upTo).length;
        this.check(round);
        if (touched + stack.beside.size <= this.limits.beside && later <= this.limits.segments) continue;
        if (!(await this.merge(kind, stack, round))) await this.make(kind, round);
      }
    }
    const isSaved = ([kind, s]: [Kind, Stack]) => s.upTo === this.kept.get(kind)?.upTo && s.held.every((h) => h.key !== null);
    if (![...this.stacks].every(isSaved)) await this.save(round);
    if (!this.isAwake) for (const { held } of this.stacks.values()) letGo(held);
  }

  /** Writes what is not in the store yet, and which pieces there are. @param growing Writes only what is grown of this kind: a start does not take it before it is named. */
  private async save(round: number, growing?: Kind): Promise<void> {
    const there = await this.store.pieceKeys();
    this.check(round);
    let next = Math.max(0, ...there) + 1;
    const made: { kind: Kind; key: number; piece: Piece; held: Held }[] = [];
    for (const [kind, { held, grown }] of this.stacks) {
      const due = growing === undefined ? held : kind === growing ? grown : null;
      for (const h of due ?? []) if (h.key === null && h.piece) made.push({ kind, key: next++, piece: h.piece, held: h });
    }
    const keys = new Map(made.map((m) => [m.held, m.key]));
    const kept = growing === undefined ? this.keptWith(keys) : null;
    const used = new Set([...(kept?.values() ?? [])].flatMap((k) => k.pieces));
    for (const { grown } of this.stacks.values()) for (const { key } of grown ?? []) used.add(key ?? 0);
    const gone = kept ? there.filter((key) => !used.has(key)) : [];
    if (!(await keepPieces(this.store, this.key, kept, made, gone, () => this.fits(round)))) return;
    for (const [held, key] of keys) held.key = key;
    if (kept) this.kept = kept;
  }

  /** @param keys Of pieces that are not in the store yet. */
  private keptWith(keys: ReadonlyMap<Held, number>): Kept {
    const { account } = this;
    const begun = [...this.stacks].filter(([, s]) => s.from !== END);
    const isUnread = (kind: Kind) => account.isOn(kind) && account.library.unreadOf(kind).length > 0;
    return new Map(
      begun.map(([kind, { upTo, held, from }]) => [kind, { upTo, unread: isUnread(kind), pieces: held.map((h) => h.key ?? keys.get(h)!), from }]),
    );
  }

  /** Puts the rows that stand beside the pieces into them: only those pieces are made anew that lose or get one. False where one is damaged. */
  private async merge(kind: Kind, stack: Stack, round: number): Promise<boolean> {
    const upTo = (await this.store.segmentKeys(kind)).at(-1) ?? 0;
    this.check(round);
    this.follow(kind);
    const merging = new Map(stack.beside);
    const heads = new Set([...merging.keys()].map((id) => Number.parseInt(id.slice(0, 8), 16)));
    const left = [...merging.values()].filter((r) => r !== null).sort(inOrder);
    const next: Held[] = [];
    for (let i = stack.held.length - 1; i >= 0; i--) {
      const held = stack.held[i]!;
      const piece = held.piece ?? (await this.pieceOf(kind, held.key!));
      await this.rest(round);
      if (!piece) return false;
      const first = { date: piece.dates[0]!, record: piece.record(0) };
      let from = left.length;
      while (from > 0 && (i === 0 || inOrder(left[from - 1]!, first) > 0)) from--;
      const added = left.splice(from);
      if (added.length === 0 && !piece.hasAny(heads, merging)) next.unshift(held);
      else {
        const rows = added;
        for (let row = 0; row < piece.count; row++) if (!merging.has(piece.record(row))) rows.push(piece.row(row));
        next.unshift(...cut(rows.sort(inOrder), this.limits.rows).map((p) => ({ key: null, piece: p })));
      }
    }
    next.unshift(...cut(left, this.limits.rows).map((piece) => ({ key: null, piece })));
    stack.held = next;
    stack.upTo = upTo;
    for (const [record, row] of merging) if (stack.beside.get(record) === row) stack.beside.delete(record);
    return true;
  }

  private async pieceOf(kind: Kind, key: number): Promise<Piece | null> {
    const [piece = null] = await openPieces(this.key, [{ kind, key }], await this.store.pieces([key]));
    return piece;
  }
}
