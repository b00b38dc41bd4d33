/**
 * The search over all kinds. What it goes through lies in the store as pieces, beside the index (`kept-pieces.ts`), and is read when the first search is asked for, the newest rows first: the
 * index need not be read for it. What changed since, and what waits to be sent, stands beside the pieces as single rows and takes the place of theirs.
 *
 * An answer says whether it is whole. One that is not has what was found in what is there already; whoever asked asks again, and is answered when there is more.
 */
import type { Id, Kind } from '../protocol/ids';
import { KINDS } from '../protocol/ids';
import type { Account } from './account';
import { cut, dateOfSearched, type Found, foundRow, inOrder, MAX_ROWS, type Piece, type Row, rowOf, titleOf, wordsOf } from './haystack';
import { openSegments } from './index-rows';
import { type Kept, keepPieces, laterThan, openPieces } from './kept-pieces';
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
  touched: 8000,
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

interface Stack {
  /** The oldest rows first. */
  held: Held[];
  upTo: number;
  unread: boolean;
  /** Rows that changed since the pieces were made; null: such a record is not found any more. */
  readonly beside: Map<Id, Row | null>;
}

class Stale extends Error {}
const pause = () => new Promise((resolve) => setTimeout(resolve));

export class Searching {
  private stacks = new Map<Kind, Stack>();
  private parts = 0;
  private whole = false;
  private isAwake = false;
  private reading: Promise<void> | undefined;
  private turn: Promise<unknown> = Promise.resolve();
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
      if ((this.account.library.touched.get(kind)?.size ?? 0) > this.limits.touched && this.stacks.delete(kind)) this.whole = false;
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
    const { held = [], beside = new Map() } = this.stacks.get(kind) ?? {};
    if (this.account.isReady(kind)) this.follow(kind);
    const over = this.waiting(kind);
    const hits: { date: number; record: Id; title: string; row: () => Row }[] = [];
    const add = (row: Row) => hits.push({ date: row.date, record: row.record, title: titleOf(row), row: () => row });
    for (const row of over.values()) if (row && words.every((w) => row.folded.includes(w))) add(row);
    for (const [record, row] of beside) if (row && !over.has(record) && words.every((w) => row.folded.includes(w))) add(row);
    let inPieces = 0;
    for (let i = held.length - 1; i >= 0 && inPieces < this.limits.lookedAt; i--) {
      const { piece } = held[i]!;
      if (!piece) continue;
      const rows = piece.find(words);
      for (let k = rows.length - 1; k >= 0 && inPieces < this.limits.lookedAt; k--) {
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

  private fits(round: number): boolean {
    return round === this.round && this.forgotten === this.account.library.forgotten;
  }
  private check(round: number): void {
    if (!this.fits(round)) throw new Stale();
  }

  private alone<T>(task: () => Promise<T>): Promise<T> {
    const run = this.turn.then(task);
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
          if (this.stacks.has(kind)) continue;
          isAllRead = false;
          await this.account.ready(kind);
          this.check(round);
          await this.make(kind, round);
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
    for (const [kind, { held }] of this.stacks) held.forEach((h, i) => void (h.piece ?? wanted.push({ kind, held: h, age: held.length - i })));
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
        // Damaged: it is made anew from the index.
        if (!held.piece) this.stacks.delete(kind);
      });
      this.more();
    }
    return isAllRead;
  }

  /** Takes over what the store has of a kind, without the pieces themselves. Nothing where they do not count. */
  private async attach(kind: Kind): Promise<void> {
    const { library } = this.account;
    const kept = this.kept.get(kind);
    const later = laterThan(kept, await this.store.segmentKeys(kind));
    if (!kept || !later) return;
    const stack: Stack = { held: kept.pieces.map((key) => ({ key, piece: null })), upTo: kept.upTo, unread: kept.unread, beside: new Map() };
    if (this.account.isReady(kind)) {
      stack.unread = library.unreadOf(kind).length > 0;
      if (library.touched.get(kind) !== null) this.stacks.set(kind, stack);
      return;
    }
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
    for (const record of library.follow(kind)!) {
      const entry = library.entry(kind, record);
      stack.beside.set(record, entry ? rowOf(kind, entry) : null);
    }
  }

  /** Makes the pieces of a kind from its records, which are here: the newest first. */
  private async make(kind: Kind, round: number): Promise<void> {
    const { library } = this.account;
    const upTo = (await this.store.segmentKeys(kind)).at(-1) ?? 0;
    this.check(round);
    library.follow(kind);
    const stack: Stack = { held: [], upTo, unread: false, beside: new Map() };
    this.stacks.set(kind, stack);
    const order: { date: number; record: Id; entry: Entry }[] = [];
    let seen = 0;
    for (const entry of [...library.entries(kind)]) {
      const date = dateOfSearched(entry);
      if (date !== null) order.push({ date, record: entry.record, entry });
      if (++seen % ROWS_AT_ONCE === 0) await this.rest(round);
    }
    order.sort(inOrder);
    for (let end = order.length; end > 0; end -= this.limits.rows) {
      const rows: Row[] = [];
      for (const { entry } of order.slice(Math.max(0, end - this.limits.rows), end)) {
        const row = rowOf(kind, entry);
        if (row) rows.push(row);
        if (rows.length % ROWS_AT_ONCE === 0) await this.rest(round);
      }
      stack.held.unshift(...cut(rows.sort(inOrder), this.limits.rows).map((piece) => ({ key: null, piece })));
      this.more();
    }
  }

  private async rest(round: number): Promise<void> {
    await pause();
    this.check(round);
  }

  // --- keeping it --------------------------------------------------------------------------------------------------------------------------------------------

  /** Writes down what the next start needs. Without room for it the next search is only slower. */
  keep(): Promise<void> {
    return this.alone(async () => {
      try {
        await this.keepNow();
      } catch (e) {
        const isFull = e instanceof DOMException && e.name === 'QuotaExceededError';
        if (!(e instanceof Stale) && !isFull) throw e;
      }
    });
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
      const stack = this.stacks.get(kind);
      const touched = account.library.touched.get(kind)?.size ?? 0;
      if (!stack || touched > this.limits.touched) await this.make(kind, round);
      else {
        const later = (await store.segmentKeys(kind)).filter((k) => k > stack.upTo).length;
        this.check(round);
        if (touched + stack.beside.size <= this.limits.beside && later <= this.limits.segments) continue;
        if (!(await this.merge(kind, stack, round))) await this.make(kind, round);
      }
    }
    const isSaved = ([kind, s]: [Kind, Stack]) => s.upTo === this.kept.get(kind)?.upTo && s.held.every((h) => h.key !== null);
    if (![...this.stacks].every(isSaved)) await this.save(round);
    if (!this.isAwake) for (const { held } of this.stacks.values()) for (const h of held) h.piece = null;
  }

  private async save(round: number): Promise<void> {
    const { account } = this;
    const there = await this.store.pieceKeys();
    this.check(round);
    let next = Math.max(0, ...there) + 1;
    const made: { kind: Kind; key: number; piece: Piece; held: Held }[] = [];
    for (const [kind, { held }] of this.stacks)
      for (const h of held) if (h.key === null && h.piece) made.push({ kind, key: next++, piece: h.piece, held: h });
    const keys = new Map(made.map((m) => [m.held, m.key]));
    const kept = new Map(
      [...this.stacks].map(([kind, s]) => [
        kind,
        { upTo: s.upTo, unread: account.isOn(kind) && account.library.unreadOf(kind).length > 0, pieces: s.held.map((h) => h.key ?? keys.get(h)!) },
      ]),
    );
    const all = new Set([...kept.values()].flatMap((k) => k.pieces));
    const gone = there.filter((key) => !all.has(key));
    if (!(await keepPieces(this.store, this.key, kept, made, gone, () => this.fits(round)))) return;
    for (const [held, key] of keys) held.key = key;
    this.kept = kept;
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
