/**
 * Changes that wait to be sent. A change is on stable storage here, sealed under the device's own key, before a person is told that it is kept; lists show it at once; it leaves this
 * place only when the log has it. Rows are sent in their order, but for files: a photo's pieces take long, and a note must not wait for them unless it is about the same record.
 *
 * A change names the revision that the log will have of it. So one whose answer was lost, or whose row outlived a crash, is recognised in the log and not made twice (`send.ts`).
 */
import { type Bytes, hex, unhex } from '../protocol/bytes';
import { type Cbor, decode, encode, Shape } from '../protocol/cbor';
import { comparePlaces, MAX_PARENTS, type Place } from '../protocol/commit';
import { placeKey } from '../protocol/heads';
import { type Id, type Kind, randomId } from '../protocol/ids';
import { type Content, decodeContent, encodeContent } from '../protocol/record';
import { isRefused, must, type Refusal, total } from '../protocol/refusal';
import { type Entry, type Head, isRemoved, shownHead } from './library';
import { openRow, type Store, sealRow } from './store';

const VERSION = 1;
const MAX_CHANGES = 4096;

export interface WaitingChange {
  readonly record: Id;
  readonly revision: Id;
  readonly parents: readonly Place[];
  /** The row with the earlier change of this record, where that waits too: its place becomes a parent. */
  readonly after: number | null;
  /** null: a removal. */
  readonly content: Content | null;
}

/** What is made to one kind in one commit. */
export interface Waiting {
  readonly n: number;
  readonly kind: Kind;
  /** The log's size when it was made: what the log has of it is not before that. */
  readonly since: number;
  /** Unix ms. */
  readonly at: number;
  readonly changes: readonly WaitingChange[];
  /** Names of sealed pieces, in hex, that this browser holds and the server needs first. */
  readonly pieces: readonly string[];
}

/** A change as an edit makes it. */
export interface Draft {
  readonly record: Id;
  readonly content: Content | null;
  readonly revision?: Id;
  /** Ends every version that stands, not only the one that was shown. */
  readonly all?: boolean;
}

export class Outbox {
  private rows: Waiting[] = [];
  private last = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private over = new Map<Kind, Map<Id, Entry>>();
  private readonly newest = new Map<Id, { n: number; change: WaitingChange }>();

  private constructor(
    private readonly store: Store,
    private readonly key: CryptoKey,
    private readonly me: Id,
  ) {}

  static async open(store: Store, key: CryptoKey, me: Id): Promise<Outbox> {
    const box = new Outbox(store, key, me);
    for (const { n, kind, sealed } of await store.outbox()) {
      box.last = n;
      const plain = await openRow(key, rowName(kind, n), sealed);
      const row = plain && readRow(n, kind, plain);
      if (row && !isRefused(row)) box.rows.push(row);
    }
    box.index();
    // Pieces of a file that was not read to its end when the page was closed.
    const needed = new Set(box.rows.flatMap((r) => r.pieces));
    const left = (await store.stagedNames()).filter((name) => !needed.has(name));
    if (left.length > 0) await store.settleOutbox([], [], left);
    return box;
  }

  get all(): readonly Waiting[] {
    return this.rows;
  }
  has(n: number): boolean {
    return this.rows.some((r) => r.n === n);
  }
  /** Changes, each counted once. */
  get count(): number {
    return this.rows.reduce((sum, r) => sum + r.changes.length, 0);
  }

  /** Keeps changes of one kind. @param entryOf What the library has of a record. */
  add(kind: Kind, since: number, at: number, drafts: readonly Draft[], entryOf: (record: Id) => Entry | undefined): Promise<Waiting> {
    return this.alone(async () => {
      const changes = drafts.map((d): WaitingChange => {
        const before = this.newest.get(d.record);
        return {
          record: d.record,
          revision: d.revision ?? randomId(),
          parents: parentsOf(entryOf(d.record), before?.change, d.all ?? false),
          after: before?.n ?? null,
          content: d.content,
        };
      });
      const staged = new Set(await this.store.stagedNames());
      const names = changes.flatMap((c) => (c.content?.files ?? []).flatMap((f) => f.pieces.map((p) => hex(p.blob))));
      const row: Waiting = { n: this.last + 1, kind, since, at, changes, pieces: [...new Set(names)].filter((name) => staged.has(name)) };
      await this.store.addToOutbox(row.n, await this.seal(row));
      this.last = row.n;
      this.rows.push(row);
      this.index();
      return row;
    });
  }

  /** Rows are in the log, or a person gave them up. @param places Of each row's changes; undefined: given up. */
  settle(rows: readonly Waiting[], places?: readonly (readonly Place[])[]): Promise<void> {
    return this.alone(async () => {
      const gone = new Set(rows.map((r) => r.n));
      const at = new Map<string, Place>();
      rows.forEach((row, i) => {
        row.changes.forEach((c, k) => {
          const place = places?.[i]?.[k];
          if (place) at.set(`${row.n}/${c.record}`, place);
        });
      });
      const rest: Waiting[] = [];
      const again: Waiting[] = [];
      for (const row of this.rows) {
        if (gone.has(row.n)) continue;
        if (row.changes.some((c) => c.after !== null && gone.has(c.after))) {
          const changes = row.changes.map((c): WaitingChange => {
            if (c.after === null || !gone.has(c.after)) return c;
            const place = at.get(`${c.after}/${c.record}`);
            const given = rows.find((r) => r.n === c.after)?.changes.find((o) => o.record === c.record);
            // Of one that was given up the later change takes its parents over.
            const parents = place ? joined(c.parents, [place]) : joined(c.parents, given?.parents ?? []);
            return { ...c, parents, after: place ? null : (given?.after ?? null) };
          });
          again.push({ ...row, changes });
          rest.push(again.at(-1)!);
        } else rest.push(row);
      }
      const needed = new Set(rest.flatMap((r) => r.pieces));
      const pieces = rows.flatMap((r) => r.pieces).filter((name) => !needed.has(name));
      const sealed = await Promise.all(again.map(async (row) => ({ n: row.n, ...(await this.seal(row)) })));
      await this.store.settleOutbox([...gone], sealed, pieces);
      this.rows = rest;
      this.index();
    });
  }

  /** Entries as lists show them: what waits stands in the place of what the log has. */
  overlaid(kind: Kind, entries: Iterable<Entry>): Entry[] {
    const over = this.over.get(kind);
    if (!over || over.size === 0) return [...entries];
    const all: Entry[] = [];
    const seen = new Set<Id>();
    for (const entry of entries) {
      const waiting = over.get(entry.record);
      if (waiting) seen.add(entry.record);
      all.push(waiting ? { ...waiting, summary: waiting.summary ?? entry.summary, place: entry.place } : entry);
    }
    for (const [record, entry] of over) if (!seen.has(record)) all.push(entry);
    return all;
  }

  /** Entries of what waits, by record. */
  waitingOf(kind: Kind): ReadonlyMap<Id, Entry> {
    return this.over.get(kind) ?? new Map();
  }

  /** The newest change of a record that waits. */
  waiting(record: Id): WaitingChange | undefined {
    return this.newest.get(record)?.change;
  }

  private alone<T>(task: () => Promise<T>): Promise<T> {
    const run = this.turn.then(task);
    this.turn = run.catch(() => {});
    return run;
  }

  /** Counts up with every change of what waits. */
  revision = 0;

  private index(): void {
    this.revision++;
    this.newest.clear();
    this.over = new Map();
    for (const { n, kind, at, changes } of this.rows) {
      const over = this.over.get(kind) ?? new Map<Id, Entry>();
      this.over.set(kind, over);
      for (const change of changes) {
        const { record, content } = change;
        this.newest.set(record, { n, change });
        const head: Head = { place: [Number.MAX_SAFE_INTEGER, n], removed: content === null, time: [at, 0], author: this.me };
        over.set(record, {
          record,
          heads: [head],
          summary: content ? { name: content.name, view: content.view, files: content.files } : (over.get(record)?.summary ?? null),
          place: null,
        });
      }
    }
  }

  private async seal(row: Waiting): Promise<{ kind: Kind; sealed: Bytes }> {
    return { kind: row.kind, sealed: await sealRow(this.key, rowName(row.kind, row.n), writeRow(row)) };
  }
}

const rowName = (kind: Kind, n: number): string => `outbox/${kind}/${n}`;

function joined(a: readonly Place[], b: readonly Place[]): Place[] {
  const all = new Map([...a, ...b].map((p) => [placeKey(p), p]));
  return [...all.values()].sort(comparePlaces).slice(-MAX_PARENTS);
}

/** An edit is of what the person saw, the shown head: another head stays, and is merged by a device that can. A removal is of all of them. */
function parentsOf(entry: Entry | undefined, before: WaitingChange | undefined, all: boolean): Place[] {
  if (!entry) return [];
  if (!all && !isRemoved(entry)) return before ? [] : [shownHead(entry).place];
  const ended = new Set((before?.parents ?? []).map(placeKey));
  return joined(
    entry.heads.map((h) => h.place).filter((p) => !ended.has(placeKey(p))),
    [],
  );
}

function writeRow(row: Waiting): Bytes {
  const changes = row.changes.map(
    (c): Cbor => [unhex(c.record), unhex(c.revision), c.parents.map((p): Cbor => [p[0], p[1]]), c.after, c.content ? encodeContent(c.content) : null],
  );
  return encode([VERSION, row.since, row.at, changes, row.pieces.map((p): Cbor => unhex(p))]);
}

/** What this device sealed, read as strictly as what others send. */
export function readRow(n: number, kind: Kind, plain: Bytes): Waiting | Refusal {
  return total(() => {
    const s = new Shape('malformed');
    const [version, since, at, changes, pieces] = s.array(must(decode(plain)), 5);
    s.uint(version, VERSION, VERSION);
    return {
      n,
      kind,
      since: s.uint(since),
      at: s.uint(at),
      changes: s.list(changes, MAX_CHANGES, 1).map((c): WaitingChange => {
        const [record, revision, parents, after, content] = s.array(c, 5);
        return {
          record: hex(s.bytes(record, 16)),
          revision: hex(s.bytes(revision, 16)),
          parents: s.list(parents, MAX_PARENTS).map((p): Place => {
            const [index, op] = s.array(p, 2);
            return [s.uint(index), s.uint(op)];
          }),
          after: after === null ? null : s.uint(after),
          content: content === null ? null : must(decodeContent(s.bytes(content, Number.MAX_SAFE_INTEGER, 0))),
        };
      }),
      pieces: s.list(pieces, 1 << 16).map((p) => hex(s.bytes(p, 32))),
    };
  });
}
