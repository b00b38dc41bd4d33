/** Makes one of records that several devices changed without knowing of each other; spec/records.md §5. */
import { mergeHeads, type Version } from '../formats/merge';
import { comparePlaces, type Place } from '../protocol/commit';
import { placeKey } from '../protocol/heads';
import { KINDS, type Kind } from '../protocol/ids';
import type { Account } from './account';
import type { Change } from './account-options';
import type { Entry } from './library';

/** How far back a common ancestor is looked for. */
const DEEPEST = 10_000;
const AT_ONCE = 100;
const MAX_PARENTS = 16;

/** Heads that this device left to another, so that it does not try again with every sync. */
const left = new WeakMap<Account, Set<string>>();

/** Merges what it can of the kinds that are on. A record whose bytes are not all here, or not plain, is left for another time or another device. */
export async function mergeParted(account: Account): Promise<void> {
  const tried = left.get(account) ?? new Set<string>();
  left.set(account, tried);
  for (const kind of KINDS) {
    if (!account.isOn(kind)) continue;
    const isOpen = (e: Entry) => e.heads.length > 1 && e.heads.length <= MAX_PARENTS && !tried.has(keyOf(e));
    for (let open = entries(account, kind, isOpen); open.length > 0; open = entries(account, kind, isOpen)) {
      await account.write(kind, async () => {
        const changes: Change[] = [];
        // Looked up anew: where another device was faster, its merge is the only head.
        for (const entry of entries(account, kind, isOpen).slice(0, AT_ONCE)) {
          const change = await mergeOf(account, kind, entry);
          if (change) changes.push(change);
          else tried.add(keyOf(entry));
        }
        return changes;
      });
    }
  }
}

const entries = (account: Account, kind: Kind, open: (e: Entry) => boolean): Entry[] => [...account.library.entries(kind)].filter(open);

const keyOf = (e: Entry): string => `${e.record} ${e.heads.map((h) => placeKey(h.place)).join(' ')}`;

async function mergeOf(account: Account, kind: Kind, { record, heads }: Entry): Promise<Change | null> {
  const parents = heads.map((h) => h.place).sort(comparePlaces);
  // An edit wins over a removal; where all are removals, one of them ends it.
  const live = heads.filter((h) => !h.removed);
  if (live.length === 0) return { record, parents, content: null };
  const versions: Version[] = [];
  for (const { place, time, author } of live) {
    const content = await account.content(kind, place);
    if (!content) return null;
    versions.push({ content, time, author });
  }
  const at = await commonAncestor(account, parents);
  let basis: Version | null = null;
  if (at) {
    const commit = await account.commitAt(at[0]);
    const content = commit?.operations[at[1]]?.op === 'put' ? await account.content(kind, at) : null;
    if (content === undefined || !commit) return null;
    basis = content && { content, time: commit.time, author: commit.author };
  }
  const content = mergeHeads(kind, basis, versions);
  return content && { record, parents, content };
}

/** The latest revision from which all of these came. Places are ordered by time, so a walk from the latest on meets it first. */
async function commonAncestor(account: Account, heads: Place[]): Promise<Place | null> {
  const reached = new Map<string, { place: Place; by: Set<number> }>();
  const reach = (place: Place, by: Iterable<number>) => {
    const known = reached.get(placeKey(place)) ?? { place, by: new Set<number>() };
    for (const i of by) known.by.add(i);
    reached.set(placeKey(place), known);
  };
  for (const [i, place] of heads.entries()) reach(place, [i]);
  for (let steps = 0; reached.size > 0 && steps < DEEPEST; steps++) {
    const latest = [...reached.values()].reduce((a, b) => (comparePlaces(a.place, b.place) > 0 ? a : b));
    if (latest.by.size === heads.length) return latest.place;
    reached.delete(placeKey(latest.place));
    const o = (await account.commitAt(latest.place[0]))?.operations[latest.place[1]];
    if (o?.op === 'put' || o?.op === 'remove') for (const parent of o.parents) reach(parent, latest.by);
  }
  return null;
}
