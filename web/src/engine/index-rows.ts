/** The library's index as it lies in the store: segments sealed under the device's own key, read kind by kind, first the one that is asked for. What is damaged is made anew from the leaves. */
import type { Bytes } from '../protocol/bytes';
import type { Commit } from '../protocol/commit';
import { KINDS, type Kind } from '../protocol/ids';
import { type Kept, laterThan } from './kept-pieces';
import type { Library } from './library';
import { DeviceProblem } from './problems';
import { openRow, type Store, sealRow } from './store';

export type Segment = { kind: Kind; sealed: Bytes };

/** The first screen's kind, then the small ones. */
const ORDER: readonly Kind[] = [4, 1, 2, 3];
/** Between them what the page asks is answered. */
const READ_AT_ONCE = 2;
/** Segments beyond those that the rows need: each batch of a pull adds one or more. */
const SPARE_SEGMENTS = 24;

const nameOf = (kind: Kind): string => `segment/${kind}`;

export const sealSegments = (key: CryptoKey, segments: { kind: Kind; plain: Bytes }[]): Promise<Segment[]> =>
  Promise.all(segments.map(async ({ kind, plain }) => ({ kind, sealed: await sealRow(key, nameOf(kind), plain) })));

/** Segments as they lie sealed; undefined for one that is gone or damaged. */
export async function openSegments(store: Store, key: CryptoKey, kind: Kind, keys: number[]): Promise<(Bytes | undefined)[]> {
  const sealed = await store.segments(keys);
  return Promise.all(sealed.map((s) => openRow(key, nameOf(kind), s)));
}

export class IndexLoader {
  /** All kinds are there. Rejects with `store-damaged` where not even the leaves are. */
  readonly all: Promise<void>;
  private readonly there = new Map<Kind, { done: Promise<void>; resolve: () => void }>();
  private readonly left: Kind[] = [...ORDER];

  /** @param size Leaves that are kept. */
  constructor(
    private readonly store: Store,
    private readonly key: CryptoKey,
    private readonly library: Library,
    private readonly size: number,
    private readonly commitAt: (index: number) => Promise<Commit | undefined>,
    /** Of what is searched, what lies in the store: changes of those segments are followed. */
    private readonly kept: Promise<Kept> = Promise.resolve(new Map()),
  ) {
    for (const kind of KINDS) {
      let resolve = () => {};
      const done = new Promise<void>((r) => {
        resolve = r;
      });
      this.there.set(kind, { done, resolve });
    }
    this.all = this.load();
    // Who needs it waits for it; who does not is told by the next task of the account.
    this.all.catch(() => {});
  }

  private readonly done = new Set<Kind>();
  isReady(kind: Kind): boolean {
    return this.done.has(kind);
  }

  /** Waits for one kind, which is read next. */
  ready(kind: Kind): Promise<unknown> {
    const at = this.left.indexOf(kind);
    if (at > 0) this.left.unshift(...this.left.splice(at, 1));
    return Promise.race([this.there.get(kind)!.done, this.all]);
  }

  private gate: Promise<unknown> = Promise.resolve();
  /** Reads nothing until this is done: what a person waits for comes first. */
  hold(until: Promise<unknown>): void {
    this.gate = Promise.allSettled([this.gate, until]);
  }

  private async load(): Promise<void> {
    this.library.setVoids((await this.store.get('void')) ?? []);
    let whole = true;
    for (let kind = this.left.shift(); kind; kind = this.left.shift()) {
      if (await this.loadKind(kind)) {
        this.done.add(kind);
        this.there.get(kind)!.resolve();
      } else whole = false;
    }
    if (!whole) await this.remake();
    for (const kind of KINDS) this.done.add(kind);
  }

  /** False where a segment is damaged. */
  private async loadKind(kind: Kind): Promise<boolean> {
    const keys = await this.store.segmentKeys(kind);
    const later = laterThan((await this.kept).get(kind), keys);
    if (later) this.library.follow(kind);
    for (let i = 0; i < keys.length; i += READ_AT_ONCE) {
      await this.gate;
      const part = keys.slice(i, i + READ_AT_ONCE);
      for (const [k, opened] of (await openSegments(this.store, this.key, kind, part)).entries()) {
        if (!opened || !this.library.load(kind, opened, later?.includes(part[k]!))) return false;
      }
    }
    if (keys.length > this.library.segmentsOf(kind) + SPARE_SEGMENTS || this.library.old.has(kind)) await this.rewrite(kind);
    return true;
  }

  private async rewrite(kind: Kind): Promise<void> {
    await this.store.replaceSegments(kind, await sealSegments(this.key, this.library.allSegments(kind)));
  }

  /** From the leaves that are kept, as if they came now. */
  private async remake(): Promise<void> {
    for (const kind of KINDS) this.library.drop(kind);
    for (let index = 0; index < this.size; index++) {
      const commit = await this.commitAt(index);
      if (!commit) throw new DeviceProblem('store-damaged');
      await this.library.apply(commit);
    }
    for (const kind of KINDS) await this.rewrite(kind);
  }
}
