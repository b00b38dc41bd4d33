/** The library's index as it lies in the store: segments sealed under the device's own key. What is damaged is made anew from the leaves. */
import type { Bytes } from '../protocol/bytes';
import type { Commit } from '../protocol/commit';
import { KINDS, type Kind } from '../protocol/ids';
import { Library } from './library';
import { DeviceProblem } from './problems';
import { openRow, type Store, sealRow } from './store';

export type Segment = { kind: Kind; sealed: Bytes };

export const sealSegments = (key: CryptoKey, segments: { kind: Kind; plain: Bytes }[]): Promise<Segment[]> =>
  Promise.all(segments.map(async ({ kind, plain }) => ({ kind, sealed: await sealRow(key, `segment/${kind}`, plain) })));

/** @param size Leaves that are kept. */
export async function loadIndex(
  store: Store,
  key: CryptoKey,
  library: Library,
  size: number,
  commitAt: (index: number) => Promise<Commit | undefined>,
): Promise<void> {
  const stored = await store.segments();
  const plain: { kind: Kind; plain: Bytes }[] = [];
  for (const { kind, sealed } of stored) {
    const opened = await openRow(key, `segment/${kind}`, sealed);
    if (opened) plain.push({ kind, plain: opened });
  }
  const voids = (await store.get('void')) ?? [];
  const whole = plain.length === stored.length && library.load(plain, voids);
  if (!whole) {
    // From the leaves that are kept, as if they came now.
    for (const kind of KINDS) library.drop(kind);
    for (let index = 0; index < size; index++) {
      const commit = await commitAt(index);
      if (!commit) throw new DeviceProblem('store-damaged');
      await library.apply(commit);
    }
  }
  if (!whole || stored.length > Library.maxSegments) await store.replaceSegments(await sealSegments(key, library.allSegments()));
}
