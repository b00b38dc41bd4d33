/** Sealed records that are kept here, found by their place in the log. A few bundles stay in memory: neighbours are in one. */
import type { Bytes } from '../protocol/bytes';
import { type Commit, MAX_INLINE, type Place, type Put } from '../protocol/commit';
import { placeKey } from '../protocol/heads';
import { offsetsOf } from './payloads';
import type { BundleRow, Store } from './store';

const BUNDLES_IN_MEMORY = 8;

export class PayloadStore {
  /** Promises, so that those who ask at once for payloads of one bundle have it read once. */
  private readonly bundles = new Map<number, Promise<BundleRow | undefined>>();
  /** Payloads that are kept by themselves: few, and the store is not asked for the others. */
  private own = new Set<string>();

  constructor(
    private readonly store: Store,
    private readonly commitAt: (index: number) => Promise<Commit | undefined>,
  ) {}

  async open(): Promise<void> {
    this.own = await this.store.payloadKeys();
  }

  /** A bundle that came and is not kept yet; {@link trim} lets go of it. */
  hold(index: number, row: BundleRow): void {
    this.bundles.set(index, Promise.resolve(row));
  }

  /** @param isHeld Bundles that are not in the store yet. */
  trim(isHeld: (index: number) => boolean): void {
    for (const index of this.bundles.keys()) {
      if (this.bundles.size <= BUNDLES_IN_MEMORY) break;
      if (!isHeld(index)) this.bundles.delete(index);
    }
  }

  /** What lies in memory is looked up anew. */
  clear(): void {
    this.bundles.clear();
  }

  async keep(good: { key: string; sealed: Bytes }[]): Promise<void> {
    await this.store.keepPayloads([], good);
    for (const { key } of good) this.own.add(key);
  }

  /** The sealed record of a put, if it is here. */
  async find(place: Place, isHeld: (index: number) => boolean): Promise<{ put: Put; sealed: Bytes } | undefined> {
    const commit = await this.commitAt(place[0]);
    const put = commit?.operations[place[1]];
    if (!commit || put?.op !== 'put') return undefined;
    const own = this.own.has(placeKey(place)) ? await this.store.payload(placeKey(place)) : undefined;
    if (own) return { put, sealed: own };
    if (!this.bundles.has(place[0])) {
      this.bundles.set(place[0], this.store.bundle(place[0]));
      this.trim(isHeld);
    }
    const row = await this.bundles.get(place[0]);
    if (!row) return undefined;
    const at = put.length <= MAX_INLINE ? offsetsOf(commit, row).get(place[1]) : undefined;
    return at === undefined ? undefined : { put, sealed: row.bundle.slice(at, at + put.length) };
  }
}
