/** Brings the records of a kind that a pull left out, and opens what is here and was not read: after a pull, and when a kind was turned on. */
import { type Bytes, equal, hex } from '../protocol/bytes';
import { type Commit, MAX_INLINE, type Place, type Put } from '../protocol/commit';
import { sha256, sha256Large } from '../protocol/hash';
import { placeKey } from '../protocol/heads';
import type { Id, Kind } from '../protocol/ids';
import type { Content } from '../protocol/record';
import type { AccountOptions } from './account-options';
import { type Entry, type Library, shownHead } from './library';
import type { PayloadStore } from './payload-store';
import { checkBundle } from './payloads';
import { Alarm, ServerRefused } from './problems';
import type { BundleRow } from './store';

/** Bytes of bundles that are kept in one transaction, and opened then. */
const KEEP_EVERY = 4 << 20;
const PAYLOADS_AT_ONCE = 256;
const OPENED_AT_ONCE = 128;
const TELL_EVERY = 1024;

/** What an account lends: its own log, and how a revision is opened. */
interface Log {
  readonly id: Id;
  leafAt(index: number): Promise<Bytes | undefined>;
  commitAt(index: number): Promise<Commit | undefined>;
  content(kind: Kind, place: Place): Promise<Content | null | undefined>;
  /** Many were read of this kind, and more are. */
  onRead(kind: Kind): Promise<void>;
}

const never = () => false;

export class Filler {
  constructor(
    private readonly log: Log,
    private readonly library: Library,
    private readonly payloads: PayloadStore,
    private readonly o: AccountOptions,
  ) {}

  /** Reads what has not been read. */
  async readUnread(kind: Kind): Promise<void> {
    const waiting = this.library.unreadOf(kind);
    // By place: neighbours are in one bundle.
    waiting.sort((a, b) => shownHead(a).place[0] - shownHead(b).place[0] || shownHead(a).place[1] - shownHead(b).place[1]);
    await this.read(kind, waiting, 0, waiting.length);
  }

  /** @param done Of `total`, before these. */
  private async read(kind: Kind, waiting: readonly Entry[], done: number, total: number): Promise<void> {
    for (let i = 0; i < waiting.length; i += OPENED_AT_ONCE) {
      await Promise.all(
        waiting.slice(i, i + OPENED_AT_ONCE).map(async (entry) => {
          const { place } = shownHead(entry);
          const content = await this.log.content(kind, place);
          if (content !== undefined) this.library.read(kind, entry, place, content);
        }),
      );
      if (i % TELL_EVERY !== 0) continue;
      this.o.changed?.({ done: done + i, total });
      await this.log.onRead(kind);
    }
  }

  /** Brings payloads of a kind that pulls left out: one stream over the log, then what is too large for it. */
  async fill(kind: Kind): Promise<void> {
    const absent = this.library.unreadOf(kind);
    if (absent.length > PAYLOADS_AT_ONCE) await this.byStream(kind, absent);
    await this.readUnread(kind);
    const small: Place[] = [];
    for (const { place } of this.library.unreadOf(kind).map(shownHead)) {
      const put = (await this.log.commitAt(place[0]))?.operations[place[1]];
      if (put?.op !== 'put' || (await this.payloads.find(place, never))) continue;
      if (put.length <= MAX_INLINE) small.push(place);
      else await this.fetchLarge(kind, place, put);
    }
    for (let i = 0; i < small.length; i += PAYLOADS_AT_ONCE) await this.fetchSmall(small.slice(i, i + PAYLOADS_AT_ONCE));
    await this.readUnread(kind);
  }

  /** What came is verified and kept, and opened while it is still in memory. */
  private async byStream(kind: Kind, absent: readonly Entry[]): Promise<void> {
    const due = new Map<number, Entry[]>();
    for (const entry of absent) {
      const [index] = shownHead(entry).place;
      const there = due.get(index);
      if (there) there.push(entry);
      else due.set(index, [entry]);
    }
    let rows: { index: number; row: BundleRow }[] = [];
    let bytes = 0;
    let done = 0;
    const take = async () => {
      await this.o.store.keepPayloads(rows, []);
      this.payloads.clear();
      for (const { index, row } of rows) {
        this.payloads.hold(index, row);
        const waiting = due.get(index) ?? [];
        await this.read(kind, waiting, done, absent.length);
        done += waiting.length;
      }
      rows = [];
      bytes = 0;
    };
    for await (const item of this.o.api.pull(this.log.id, 0, { payloads: true, kinds: [kind] })) {
      if ('checkpoint' in item || !item.bundle) continue;
      const leaf = await this.log.leafAt(item.index);
      // A log that has grown meanwhile: those leaves come with the next pull.
      if (!leaf) break;
      if (!equal(leaf, item.leaf)) throw new Alarm('fork', `change ${item.index} is another one than before`, { leaf: hex(item.leaf) });
      const row = { bundle: item.bundle, gone: item.gone };
      await checkBundle((await this.log.commitAt(item.index))!, row);
      rows.push({ index: item.index, row });
      bytes += item.bundle.length;
      if (bytes >= KEEP_EVERY) await take();
    }
    await take();
    this.payloads.clear();
  }

  private async fetchSmall(places: Place[]): Promise<void> {
    places.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const found = await this.o.api.payloads(this.log.id, places);
    const good: { key: string; sealed: Bytes }[] = [];
    for (const [i, sealed] of found.entries()) {
      const put = (await this.log.commitAt(places[i]![0]))?.operations[places[i]![1]];
      // Withheld or damaged is the same: not here. It is asked for again, and never taken for removed.
      if (sealed && put?.op === 'put' && sealed.length === put.length && equal(sha256(sealed), put.hash))
        good.push({ key: placeKey(places[i]!), sealed });
    }
    await this.payloads.keep(good);
  }

  private async fetchLarge(kind: Kind, place: Place, put: Put): Promise<void> {
    try {
      const sealed = await this.o.api.blob(this.log.id, kind, put.hash);
      if (sealed.length === put.length && equal(await sha256Large(sealed), put.hash)) await this.payloads.keep([{ key: placeKey(place), sealed }]);
    } catch (e) {
      if (!(e instanceof ServerRefused) || (e.code !== 'not-found' && e.code !== 'erased')) throw e;
    }
  }
}
