/**
 * Sends what waits in the outbox, one run at a time. What a kill leaves at each step:
 *
 * 1. Pieces of files are uploaded. Killed here: the row stands, and `missing` says what need not be sent again.
 * 2. The commit is made and pushed. Killed here, or the answer lost: the row stands; the next pull brings the device's own commit, and step 2 finds it there by its revisions.
 * 3. The row is taken out, with its pieces, and rows that followed it learn its place.
 */
import { hex, unhex } from '../protocol/bytes';
import type { Place } from '../protocol/commit';
import type { Kind } from '../protocol/ids';
import type { Account } from './account';
import type { Outbox, Waiting } from './outbox';
import { DeviceProblem, ServerRefused } from './problems';
import type { ServerApi } from './server-api';
import type { Store } from './store';

const ROWS_AT_ONCE = 64;
const CHANGES_AT_ONCE = 1000;
const PIECES_AT_ONCE = 3;
const NAMES_AT_ONCE = 4096;
const RETRY_MS = [2000, 5000, 15_000, 60_000];
/** The server may take it later: nothing is wrong with the change. */
const LATER = new Set(['unreachable', 'rate-limited', 'busy', 'restoring', 'server-error', 'head-moved', 'clock-skew', 'replayed']);

export const isForLater = (e: unknown): boolean => e instanceof ServerRefused && LATER.has(e.code);

export class Sender {
  private run: Promise<void> | undefined;
  /** Pieces that the server is known to have. */
  private readonly there = new Set<string>();
  private readonly asked = new Set<number>();
  /** Leaves before it were looked through for a row's revisions. */
  private readonly looked = new Map<number, number>();
  private stopped = false;
  /** Photos wait until a person says to go on; other changes do not. */
  paused = false;
  /** Called with each piece that the server has now. */
  onPiece: (piece: string) => void = () => {};

  constructor(
    private readonly account: Account,
    private readonly api: ServerApi,
    private readonly store: Store,
    private readonly outbox: Outbox,
    private readonly changed: () => void,
    /** The server will not take a row that nobody stands by for: it blocks what is behind it. */
    private readonly stuck: (e: unknown) => void,
  ) {}

  /** Sends until nothing waits. Throws what stopped it; `failedAt` is the row that it was about. Where that was the network, it goes on by itself. */
  flush(): Promise<void> {
    this.run ??= this.all()
      .then(() => {
        this.failures = 0;
      })
      .catch((e) => {
        if (isForLater(e)) this.again();
        else if (!this.stopped && !this.watched.has(this.failedAt)) this.stuck(e);
        throw e;
      })
      .finally(() => {
        this.run = undefined;
      });
    return this.run;
  }

  private again(): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush().catch(() => {}), RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]);
  }
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  /** Rows that somebody waits for: an error is theirs to hear. */
  private readonly watched = new Set<number>();

  /** Until rows are sent: others may go on behind them. It returns too where one has to wait for a person. */
  async until(rows: readonly Waiting[]): Promise<void> {
    for (const row of rows) this.watched.add(row.n);
    try {
      for (const row of rows) {
        while (this.outbox.has(row.n) && !this.stopped) {
          const gone = new Promise<void>((resolve) => this.leaving.set(row.n, resolve));
          await Promise.race([this.flush(), gone]);
          if (this.paused) return;
        }
      }
    } finally {
      this.leave(rows);
    }
  }

  /** Nobody waits for these any more: what goes wrong with them is `stuck`'s to hear. */
  leave(rows: readonly Waiting[]): void {
    for (const row of rows) this.watched.delete(row.n);
  }
  private readonly leaving = new Map<number, () => void>();

  /** The row that the last error was about. */
  failedAt = 0;

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  isThere(piece: string): boolean {
    return this.there.has(piece);
  }

  private async all(): Promise<void> {
    while (!this.stopped) {
      const light = this.nextLight();
      if (light.length > 0) {
        await this.commit(light);
        continue;
      }
      const heavy = this.outbox.all.find((r) => r.pieces.length > 0 && !(this.paused && r.kind === 4) && r.changes.every((c) => c.after === null));
      if (!heavy) return;
      this.failedAt = heavy.n;
      if (!(await this.upload(heavy))) await this.commit(this.readyWith(heavy));
    }
  }

  /** The first rows that need no pieces, of one kind and each record once: one commit. */
  private nextLight(): Waiting[] {
    return this.group(
      this.outbox.all.filter((r) => r.pieces.length === 0),
      true,
    );
  }

  /** Rows behind a heavy one whose pieces are all there go with it. */
  private readyWith(first: Waiting): Waiting[] {
    return this.group(
      this.outbox.all.filter(
        (r) => r === first || ((r.kind !== 4 || !this.paused) && r.pieces.length > 0 && r.pieces.every((p) => this.there.has(p))),
      ),
      false,
    );
  }

  private group(candidates: readonly Waiting[], light: boolean): Waiting[] {
    const taken: Waiting[] = [];
    const records = new Set<string>();
    let changes = 0;
    for (const row of candidates) {
      const waits = row.changes.some((c) => c.after !== null || records.has(c.record));
      if (taken.length > 0 && (row.kind !== taken[0]!.kind || changes + row.changes.length > CHANGES_AT_ONCE || waits)) break;
      if (waits) {
        // Follows a row with pieces: its turn comes behind it.
        if (light) continue;
        break;
      }
      taken.push(row);
      changes += row.changes.length;
      for (const c of row.changes) records.add(c.record);
      if (taken.length >= ROWS_AT_ONCE) break;
    }
    return taken;
  }

  /** Uploads the next pieces. False where none is missing any more. */
  private async upload(row: Waiting): Promise<boolean> {
    if (!this.asked.has(row.n)) await this.ask(row.kind);
    const missing: string[] = [];
    for (const r of this.outbox.all) {
      for (const p of r.kind === row.kind ? r.pieces : []) if (!this.there.has(p)) missing.push(p);
      if (missing.length >= PIECES_AT_ONCE) break;
    }
    if (row.pieces.every((p) => this.there.has(p))) return false;
    await Promise.all(
      missing.slice(0, PIECES_AT_ONCE).map(async (name) => {
        const sealed = await this.store.staged(name);
        if (!sealed) throw new DeviceProblem('file-damaged');
        await this.api.putBlob(this.account.id, row.kind, unhex(name), sealed, this.account.consentFor(row.kind));
        this.arrived(name);
      }),
    );
    return true;
  }

  private arrived(piece: string): void {
    this.there.add(piece);
    this.onPiece(piece);
  }

  /** Of rows that an earlier run may have begun: what the server has is not sent again. */
  private async ask(kind: Kind): Promise<void> {
    const rows: Waiting[] = [];
    let names: string[] = [];
    for (const row of this.outbox.all) {
      if (row.kind !== kind || this.asked.has(row.n) || (rows.length > 0 && names.length + row.pieces.length > NAMES_AT_ONCE)) continue;
      rows.push(row);
      names.push(...row.pieces);
    }
    names = [...new Set(names)];
    for (let i = 0; i < names.length; i += NAMES_AT_ONCE) {
      const some = names.slice(i, i + NAMES_AT_ONCE);
      const missing = new Set((await this.api.missing(this.account.id, kind, some.map(unhex))).map(hex));
      for (const name of some) if (!missing.has(name)) this.arrived(name);
    }
    for (const row of rows) this.asked.add(row.n);
  }

  /** What is new in this run needs no asking. */
  madeNow(row: Waiting): void {
    this.asked.add(row.n);
  }

  private async commit(rows: Waiting[]): Promise<void> {
    this.failedAt = rows[0]!.n;
    try {
      await this.push(rows);
    } catch (e) {
      // One of several may be at fault: then the first goes alone, and the error is about it.
      if (rows.length > 1 && !isForLater(e)) return this.commit(rows.slice(0, 1));
      if (e instanceof ServerRefused && e.code === 'blob-missing') for (const p of rows[0]!.pieces) this.there.delete(p);
      throw e;
    }
  }

  private async push(rows: Waiting[]): Promise<void> {
    const { account } = this;
    const [{ kind }] = rows as [Waiting];
    const found = new Map<number, Place[]>();
    const made = await account.write(kind, async () => {
      for (const row of rows) {
        const before = found.get(row.n) ?? (await this.sentBefore(row));
        if (before) found.set(row.n, before);
      }
      return rows.filter((r) => !found.has(r.n)).flatMap((r) => r.changes.map((c) => ({ ...c, parents: [...c.parents] })));
    });
    await this.outbox.settle(
      rows,
      rows.map((r) => found.get(r.n) ?? made.splice(0, r.changes.length)),
    );
    for (const row of rows) for (const p of row.pieces) this.there.delete(p);
    for (const row of rows) {
      this.leaving.get(row.n)?.();
      this.leaving.delete(row.n);
    }
    this.changed();
  }

  /** The places of a row that the log has already: its answer was lost, or this browser was closed before it could take the row out. */
  private async sentBefore(row: Waiting): Promise<Place[] | undefined> {
    const { account } = this;
    for (let index = this.looked.get(row.n) ?? row.since; index < account.size; index++) {
      const commit = await account.commitAt(index);
      if (commit?.author === account.me && commit.kind === row.kind) {
        const at = row.changes.map((c) =>
          commit.operations.findIndex((o) =>
            c.content
              ? o.op === 'put' && o.record === c.record && o.revision === c.revision
              : o.op === 'remove' && o.record === c.record && samePlaces(o.parents, c.parents),
          ),
        );
        if (at.every((op) => op >= 0)) return at.map((op): Place => [index, op]);
      }
      this.looked.set(row.n, index + 1);
    }
    return undefined;
  }
}

const samePlaces = (a: readonly Place[], b: readonly Place[]): boolean =>
  a.length === b.length && a.every((p, i) => p[0] === b[i]![0] && p[1] === b[i]![1]);
