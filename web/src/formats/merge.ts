/**
 * Merging the heads of a record; spec/records.md §5. A pure function: the same heads give the same bytes on every device. Where this page cannot be sure of that (a card or a note that
 * is not plain), it leaves the record to a device that can: half a merge would be worse than none.
 */
import { compare, equal, fromUtf8 } from '../protocol/bytes';
import { type Cbor, type CborMap, encode } from '../protocol/cbor';
import { compareTimes, type Time } from '../protocol/commit';
import type { Id, Kind } from '../protocol/ids';
import { type Content, encodeContent, type RecordFile, viewFlag, viewTexts } from '../protocol/record';
import { Card } from './card';
import { mergeContacts } from './contact-merge';
import { Note } from './note';
import { mergeNotes } from './note-merge';

export interface Version {
  readonly content: Content;
  readonly time: Time;
  readonly author: Id;
}

const SETS = ['albums', 'people'];
const MESSAGE_KEYS = ['type', 'box', 'addr', 'date', 'sent', 'body', 'subject', 'read', 'name', 'thread', 'source', 'occ'];
/** Keys of a view that are made anew from a merged original; all others are merged as those of photos. */
export const CONTACT_KEYS = ['fn', 'uid', 'org', 'title', 'nick', 'tel', 'email', 'cats', 'note', 'group', 'members', 'bday', 'photo'];
export const NOTE_KEYS = 'title tags created updated pinned archived names color notebook source snippet items done'.split(' ');

/** One side of a merge: a content, and how a note names it where both stay. */
interface Side {
  readonly content: Content;
  readonly label: string;
}

/**
 * @param basis The latest common ancestor; null: none is known, and nothing counts as removed.
 * @returns Null where another device has to do it.
 */
export function mergeHeads(kind: Kind, basis: Version | null, heads: readonly Version[]): Content | null {
  const sorted = heads
    .map((v) => ({ content: v.content, label: labelOf(v), v, bytes: encodeContent(v.content) }))
    .sort((a, b) => compareTimes(a.v.time, b.v.time) || (a.v.author < b.v.author ? -1 : a.v.author > b.v.author ? 1 : compare(a.bytes, b.bytes)));
  // 1. Of equal contents the latest stays; 2. what all started from has nothing to say.
  let sides = sorted.filter((s, i) => !sorted.slice(i + 1).some((later) => equal(later.bytes, s.bytes)));
  const anyRead = kind === 3 && sides.some((s) => viewFlag(s.content.view, 'read'));
  if (basis) {
    const start = encodeContent(basis.content);
    const changed = sides.filter((s) => !equal(s.bytes, start));
    if (changed.length > 0) sides = changed;
  }
  // 3. Two by two from the earliest on; a result counts as the later of its two.
  const two = { 1: mergeCards, 2: mergeTexts, 3: mergeMessages, 4: mergePhotos }[kind];
  let merged: Side = sides[0]!;
  for (const later of sides.slice(1)) {
    const content = two(basis?.content ?? null, merged, later);
    if (!content) return null;
    merged = { content, label: later.label };
  }
  const { content } = merged;
  return anyRead && !viewFlag(content.view, 'read') ? { ...content, view: new Map(content.view).set('read', true) } : content;
}

/** How a note's conflict names a version: "2024-05-01 12:00 UTC, device 01000000". */
function labelOf(v: Version): string {
  const [ms] = v.time;
  const when = ms <= 253_402_300_799_999 ? `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'unknown time';
  return `${when}, device ${v.author.slice(0, 8)}`;
}

function mergeCards(basis: Content | null, { content: older }: Side, { content: newer }: Side): Content | null {
  const original = mergeContacts(basis?.original ?? null, older.original, newer.original);
  if (!original) return null;
  const card = new Card(fromUtf8(original) ?? '');
  const fresh = card.isCard ? card.view() : new Map(newer.view);
  return {
    name: mergedName(basis, older, newer),
    original,
    view: withOthers(fresh, CONTACT_KEYS, basis, older, newer),
    files: mergeFiles(basis, older, newer, () => false),
  };
}

function mergeTexts(basis: Content | null, older: Side, newer: Side): Content | null {
  const [ours, theirs] = [older.content, newer.content];
  const original = mergeNotes(basis?.original ?? null, ours.original, theirs.original, [older.label, newer.label]);
  const text = original && fromUtf8(original);
  if (!original || text === null || text === undefined) return null;
  const name = mergedName(basis, ours, theirs);
  const note = new Note(text, name.slice(name.lastIndexOf('/') + 1));
  const linked = new Set(note.attachments(name));
  const files = mergeFiles(basis, ours, theirs, (f) => linked.has(f.name));
  const [a, b] = [ours, theirs].map((c) => c.view.get('updated')).map((n) => (typeof n === 'number' ? n : null)) as [number | null, number | null];
  const fresh = note.view(a === null || b === null ? (a ?? b) : Math.max(a, b));
  if (files.length > 0)
    fresh.set(
      'names',
      files.map((f) => f.name),
    );
  return { name, original, view: withOthers(fresh, NOTE_KEYS, basis, ours, theirs), files };
}

/** The side that moved it; where both did, the later. */
const mergedName = (basis: Content | null, older: Content, newer: Content): string =>
  newer.name === basis?.name || newer.name === '' ? older.name : newer.name;

/** What both have, what one added, and what one removed while the merged record still names it. The later side's come first. */
function mergeFiles(basis: Content | null, older: Content, newer: Content, isNeeded: (file: RecordFile) => boolean): RecordFile[] {
  const key = (f: RecordFile) => `${f.contentId} ${f.name}`;
  const keys = (c: Content | null) => new Set((c?.files ?? []).map(key));
  const [had, ours, theirs] = [keys(basis), keys(older), keys(newer)];
  const taken = new Set<string>();
  return [...newer.files, ...older.files].filter((f) => {
    const k = key(f);
    if (taken.has(k) || !((ours.has(k) && theirs.has(k)) || !had.has(k) || isNeeded(f))) return false;
    taken.add(k);
    return true;
  });
}

function withOthers(fresh: CborMap, known: string[], basis: Content | null, older: Content, newer: Content): CborMap {
  for (const key of keysOf(older.view, newer.view)) {
    if (known.includes(key)) continue;
    fresh.delete(key);
    take(fresh, key, basis?.view ?? null, older.view, newer.view);
  }
  return fresh;
}

/** An export may leave the pictures out: the version that has more of them, else the later. */
function mergeMessages(basis: Content | null, { content: older }: Side, { content: newer }: Side): Content {
  const kept = older.files.length > newer.files.length ? older : newer;
  return { ...kept, view: withOthers(new Map(kept.view), MESSAGE_KEYS, basis, older, newer) };
}

function mergePhotos(basis: Content | null, { content: older }: Side, { content: newer }: Side): Content {
  // Thumbnail, type and file of a preview belong together; one with a larger picture is worth more.
  if (newer.view.get('of') instanceof Uint8Array) return older.files.length > newer.files.length ? older : newer;
  return {
    name: mergedName(basis, older, newer),
    original: newer.original.length > 0 ? newer.original : older.original,
    view: withOthers(new Map(), [], basis, older, newer),
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
