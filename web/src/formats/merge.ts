/**
 * Merging the heads of a message or a photo; spec/records.md §5. Contacts and notes are merged by devices that have the whole of their formats: the same heads must give the same bytes
 * on every device, so half a merge would be worse than none.
 */
import { compare, equal } from '../protocol/bytes';
import { type Cbor, type CborMap, encode } from '../protocol/cbor';
import { compareTimes, type Time } from '../protocol/commit';
import type { Id } from '../protocol/ids';
import { type Content, encodeContent, viewFlag, viewTexts } from '../protocol/record';

export interface Version {
  readonly content: Content;
  readonly time: Time;
  readonly author: Id;
}

const SETS = ['albums', 'people'];
const MESSAGE_KEYS = ['type', 'box', 'addr', 'date', 'sent', 'body', 'subject', 'read', 'name', 'thread', 'source', 'occ'];

/** A pure function of the versions, whatever their order. @param basis The latest common ancestor; null: none is known, and nothing counts as removed. */
export function mergeHeads(kind: 3 | 4, basis: Version | null, heads: readonly Version[]): Content {
  const bytesOf = (v: Version) => encodeContent(v.content);
  const sorted = heads
    .map((v) => ({ v, bytes: bytesOf(v) }))
    .sort((a, b) => compareTimes(a.v.time, b.v.time) || (a.v.author < b.v.author ? -1 : a.v.author > b.v.author ? 1 : compare(a.bytes, b.bytes)));
  // 1. Of equal contents the latest stays; 2. what all started from has nothing to say.
  let sides = sorted.filter((s, i) => !sorted.slice(i + 1).some((later) => equal(later.bytes, s.bytes)));
  const anyRead = kind === 3 && sides.some((s) => viewFlag(s.v.content.view, 'read'));
  if (basis) {
    const start = bytesOf(basis);
    const changed = sides.filter((s) => !equal(s.bytes, start));
    if (changed.length > 0) sides = changed;
  }
  // 3. Two by two from the earliest on.
  const two = kind === 3 ? mergeMessages : mergePhotos;
  const [first, ...rest] = sides.map((s) => s.v.content);
  let merged = rest.reduce((older, newer) => two(basis?.content ?? null, older, newer), first!);
  if (anyRead && !viewFlag(merged.view, 'read')) merged = { ...merged, view: new Map(merged.view).set('read', true) };
  return merged;
}

/** An export may leave the pictures out: the version that has more of them, else the later. */
function mergeMessages(basis: Content | null, older: Content, newer: Content): Content {
  const kept = older.files.length > newer.files.length ? older : newer;
  const view: CborMap = new Map(kept.view);
  for (const key of keysOf(older.view, newer.view)) {
    if (MESSAGE_KEYS.includes(key)) continue;
    view.delete(key);
    take(view, key, basis?.view ?? null, older.view, newer.view);
  }
  return { ...kept, view };
}

function mergePhotos(basis: Content | null, older: Content, newer: Content): Content {
  // Thumbnail, type and file of a preview belong together; one with a larger picture is worth more.
  if (newer.view.get('of') instanceof Uint8Array) return older.files.length > newer.files.length ? older : newer;
  const view: CborMap = new Map();
  for (const key of keysOf(older.view, newer.view)) take(view, key, basis?.view ?? null, older.view, newer.view);
  return {
    name: newer.name === basis?.name || newer.name === '' ? older.name : newer.name,
    original: newer.original.length > 0 ? newer.original : older.original,
    view,
    files: newer.files.length > 0 ? newer.files : older.files,
  };
}

const keysOf = (older: CborMap, newer: CborMap): string[] => [...new Set([...newer.keys(), ...older.keys()])];
const isSet = (view: CborMap | null, key: string): boolean => {
  const value = view?.get(key);
  return value === undefined || (Array.isArray(value) && value.every((v) => typeof v === 'string'));
};
const same = (key: string, a: CborMap, b: CborMap): boolean => {
  const [x, y] = [a.get(key), b.get(key)];
  return x === undefined || y === undefined ? x === y : equal(encode(x), encode(y));
};

/** The side that changed a value; where both did, the later; an edit beats a removal. Sets are merged by item. */
function take(merged: CborMap, key: string, basis: CborMap | null, older: CborMap, newer: CborMap): void {
  if (SETS.includes(key) && isSet(basis, key) && isSet(older, key) && isSet(newer, key)) {
    const had = new Set(basis ? viewTexts(basis, key) : []);
    const [ours, theirs] = [new Set(viewTexts(older, key)), new Set(viewTexts(newer, key))];
    const items: Cbor[] = [...new Set([...ours, ...theirs])].filter((i) => (ours.has(i) && theirs.has(i)) || !had.has(i)).sort();
    if (items.length > 0) merged.set(key, items);
    return;
  }
  const from = basis && same(key, basis, older) ? newer : basis && same(key, basis, newer) ? older : newer.has(key) ? newer : older;
  const value = from.get(key);
  if (value !== undefined) merged.set(key, value);
}
