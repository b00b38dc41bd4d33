/** What lists show, from the library's entries: plain rows, sorted. No I/O. */
import { hex } from '../protocol/bytes';
import type { Cbor, CborMap } from '../protocol/cbor';
import { type Id, KINDS, type Kind } from '../protocol/ids';
import { viewFlag, viewNumber, viewText, viewTexts } from '../protocol/record';
import { type Entry, type Summary, shownHead, someOf } from './library';
import type { Waiting } from './outbox';

export interface PhotoRow {
  readonly record: Id;
  /** Local time as the file says it, else from the instant: `2024-05-01T10:11:12`; empty: unknown. */
  readonly taken: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly duration: number;
  readonly favourite: boolean;
  /** Where a film lies inside of the file. */
  readonly motion: { start: number; length: number } | null;
  readonly caption: string;
  readonly albums: string[];
  readonly name: string;
  readonly size: number;
  readonly lat: number | null;
  readonly lon: number | null;
  /** Metres. */
  readonly alt: number | null;
  readonly camera: string;
  /** The record that holds its preview; null: none was made yet. */
  readonly preview: Id | null;
  /** The preview has a larger picture than the thumbnail. */
  readonly large: boolean;
}

const ORDER = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

export function photos(entries: Entry[]): PhotoRow[] {
  const previews = new Map<Id, Entry>();
  for (const e of entries) {
    const of = e.summary?.view.get('of');
    if (of instanceof Uint8Array) previews.set(hex(of), e);
  }
  const rows: PhotoRow[] = [];
  for (const e of entries) {
    const s = e.summary;
    if (!s || s.view.has('of')) continue;
    const { view } = s;
    const utc = viewNumber(view, 'utc') ?? viewNumber(view, 'modified');
    const preview = previews.get(e.record);
    const turned = (viewNumber(view, 'orient') ?? 1) >= 5;
    const [w, h] = [viewNumber(view, 'w') ?? 0, viewNumber(view, 'h') ?? 0];
    rows.push({
      record: e.record,
      taken: viewText(view, 'taken') ?? (utc === undefined ? '' : new Date(utc).toISOString().slice(0, 19)),
      type: viewText(view, 'type') ?? s.files[0]?.mediaType ?? '',
      width: turned ? h : w,
      height: turned ? w : h,
      duration: viewNumber(view, 'dur') ?? 0,
      favourite: viewFlag(view, 'fav'),
      motion: motionOf(view.get('motion')),
      caption: viewText(view, 'caption') ?? '',
      albums: viewTexts(view, 'albums'),
      name: s.name,
      size: viewNumber(view, 'size') ?? s.files[0]?.size ?? 0,
      lat: scaled(viewNumber(view, 'lat')),
      lon: scaled(viewNumber(view, 'lon')),
      alt: scaled(viewNumber(view, 'alt'), 1000),
      camera: [viewText(view, 'make'), viewText(view, 'model')].filter(Boolean).join(' '),
      preview: preview?.record ?? null,
      large: (preview?.summary?.files.length ?? 0) > 0,
    });
  }
  return rows.sort((a, b) => (a.taken === b.taken ? (a.record < b.record ? -1 : 1) : a.taken > b.taken ? -1 : 1));
}

const scaled = (n: number | undefined, by = 1e7): number | null => (n === undefined ? null : n / by);

function motionOf(value: Cbor | undefined): PhotoRow['motion'] {
  const [start, length] = Array.isArray(value) ? value : [];
  return typeof start === 'number' && typeof length === 'number' && start > 0 && length > 0 ? { start, length } : null;
}

/** Photos that were removed, the latest removal first. */
export function photoBin(entries: Entry[]): (PhotoRow & { removedAt: number })[] {
  const at = new Map(entries.map((e) => [e.record, shownHead(e).time[0]]));
  return photos(entries)
    .map((p) => ({ ...p, removedAt: at.get(p.record) ?? 0 }))
    .sort((a, b) => b.removedAt - a.removedAt);
}

export interface ContactRow {
  readonly record: Id;
  readonly name: string;
  readonly org: string;
  readonly tel: string[];
  readonly email: string[];
  readonly cats: string[];
  readonly group: boolean;
  readonly photo: boolean;
  readonly versions: number;
}

export const contacts = (entries: Entry[]): ContactRow[] =>
  entries
    .filter((e) => e.summary)
    .map((e) => {
      const { view } = e.summary!;
      return {
        record: e.record,
        name: viewText(view, 'fn') ?? '',
        org: viewText(view, 'org') ?? '',
        tel: viewTexts(view, 'tel'),
        email: viewTexts(view, 'email'),
        cats: viewTexts(view, 'cats'),
        group: viewFlag(view, 'group'),
        photo: viewFlag(view, 'photo'),
        versions: e.heads.length,
      };
    })
    .sort((a, b) => ORDER.compare(a.name, b.name) || (a.record < b.record ? -1 : 1));

export interface NoteRow {
  readonly record: Id;
  readonly title: string;
  readonly snippet: string;
  readonly tags: string[];
  readonly updated: number;
  readonly pinned: boolean;
  readonly archived: boolean;
  readonly items: number;
  readonly done: number;
  readonly versions: number;
}

export const notes = (entries: Entry[]): NoteRow[] =>
  entries
    .filter((e) => e.summary)
    .map((e) => {
      const { view, name } = e.summary!;
      return {
        record: e.record,
        title: viewText(view, 'title') ?? name,
        snippet: viewText(view, 'snippet') ?? '',
        tags: viewTexts(view, 'tags'),
        updated: viewNumber(view, 'updated') ?? viewNumber(view, 'created') ?? shownHead(e).time[0],
        pinned: viewFlag(view, 'pinned'),
        archived: viewFlag(view, 'archived'),
        items: viewNumber(view, 'items') ?? 0,
        done: viewNumber(view, 'done') ?? 0,
        versions: e.heads.length,
      };
    })
    .sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updated - a.updated || (a.record < b.record ? -1 : 1));

export interface ConversationRow {
  readonly thread: string;
  readonly name: string;
  readonly last: string;
  readonly date: number;
  readonly count: number;
  readonly unread: number;
}

export interface MessageRow {
  readonly record: Id;
  readonly outgoing: boolean;
  readonly failed: boolean;
  readonly body: string;
  readonly subject: string;
  readonly date: number;
  readonly from: string;
  readonly files: { index: number; name: string; mediaType: string; size: number }[];
}

const INBOX = 1;
const FAILED = 5;
const plain = (number: string): string => number.replace(/[^\d+*#]/g, '');

interface MessageFacts {
  readonly place: Entry['place'];
  readonly thread: string;
  readonly name: string;
  readonly date: number;
  readonly unread: boolean;
}

const MESSAGE_FACTS = new Set(['thread', 'name', 'date', 'read', 'box']);
/** What every list of messages asks of each: made once for each version. */
const messageFacts = new WeakMap<Entry, MessageFacts>();
/** One string for each thread and name. */
const threadNames = new Map<string, string>();
const MAX_THREAD_NAMES = 100_000;

function sameText(text: string): string {
  const known = threadNames.get(text);
  if (known !== undefined) return known;
  if (threadNames.size < MAX_THREAD_NAMES) threadNames.set(text, text);
  return text;
}

function factsOf(e: Entry): MessageFacts | null {
  const known = messageFacts.get(e);
  if (known && known.place === e.place) return known;
  const some = someOf(e, MESSAGE_FACTS);
  if (!some) return null;
  const { view } = some;
  const facts = {
    place: e.place,
    thread: sameText(viewText(view, 'thread') ?? ''),
    name: sameText(viewText(view, 'name') ?? ''),
    date: viewNumber(view, 'date') ?? 0,
    unread: view.get('read') === false && viewNumber(view, 'box') === INBOX,
  };
  messageFacts.set(e, facts);
  return facts;
}

/** The other side's name: from the messages, else from a contact with that number, else the number. */
export function conversations(entries: Entry[], cards: Entry[]): ConversationRow[] {
  const threads = new Map<string, { -readonly [K in keyof ConversationRow]: ConversationRow[K] } & { newest: Entry }>();
  for (const e of entries) {
    const facts = factsOf(e);
    if (!facts) continue;
    const { thread, date } = facts;
    const row = threads.get(thread) ?? { thread, name: '', last: '', date: -1, count: 0, unread: 0, newest: e };
    row.count++;
    if (facts.unread) row.unread++;
    if (row.name === '') row.name = facts.name;
    if (date >= row.date) {
      row.date = date;
      row.newest = e;
    }
    threads.set(thread, row);
  }
  const names = new Map<string, string>();
  for (const c of cards)
    for (const tel of c.summary ? viewTexts(c.summary.view, 'tel') : []) names.set(plain(tel), viewText(c.summary!.view, 'fn') ?? '');
  for (const row of threads.values()) {
    if (row.name === '' || row.name === '(Unknown)') {
      row.name = row.thread
        .split('~')
        .map((n) => names.get(plain(n)) || n)
        .join(', ');
    }
  }
  return [...threads.values()]
    .map(({ newest, ...row }) => {
      const view = newest.summary!.view;
      return { ...row, last: viewText(view, 'body') ?? viewText(view, 'subject') ?? '' };
    })
    .sort((a, b) => b.date - a.date);
}

export const messages = (entries: Entry[], thread: string): MessageRow[] =>
  entries
    .filter((e) => factsOf(e)?.thread === thread && e.summary)
    .map((e) => {
      const { view, files } = e.summary!;
      const box = viewNumber(view, 'box') ?? INBOX;
      const addresses = view.get('addr');
      const sender = Array.isArray(addresses) ? addresses.find((a) => Array.isArray(a) && a[1] === 1) : undefined;
      return {
        record: e.record,
        outgoing: box !== INBOX,
        failed: box === FAILED,
        body: viewText(view, 'body') ?? '',
        subject: viewText(view, 'subject') ?? '',
        date: viewNumber(view, 'date') ?? 0,
        from: Array.isArray(sender) && typeof sender[0] === 'string' ? sender[0] : '',
        files: files.map((f, index) => ({ index, name: f.name, mediaType: f.mediaType, size: f.size })),
      };
    })
    .sort((a, b) => a.date - b.date || (a.record < b.record ? -1 : 1));

export interface BinRow {
  readonly record: Id;
  readonly title: string;
  readonly removedAt: number;
}

export const bin = (entries: Entry[]): BinRow[] =>
  entries
    .filter((e) => !e.summary?.view.has('of'))
    .map((e) => ({ record: e.record, title: e.summary ? titleOf(e.summary) : '', removedAt: shownHead(e).time[0] }))
    .sort((a, b) => b.removedAt - a.removedAt);

function titleOf({ view, name }: Pick<Summary, 'view' | 'name'>): string {
  return viewText(view, 'fn') ?? viewText(view, 'title') ?? viewText(view, 'caption') ?? viewText(view, 'body') ?? name;
}

export interface WaitingRow {
  readonly n: number;
  readonly kind: Kind;
  readonly title: string;
  readonly removed: boolean;
  readonly count: number;
  readonly at: number;
}

export const waiting = (rows: readonly Waiting[]): WaitingRow[] =>
  rows.map(({ n, kind, at, changes }) => {
    const shown = changes.find((c) => c.content && !c.content.view.has('of'))?.content;
    return { n, kind, at, title: shown ? titleOf(shown) : '', removed: !changes.some((c) => c.content), count: changes.length };
  });

export interface Found {
  readonly kind: Kind;
  readonly record: Id;
  readonly title: string;
  readonly text: string;
  readonly thread: string;
  readonly date: number;
  /** Every word stands in the title. */
  readonly best: boolean;
}

const MAX_FOUND_PER_KIND = 50;
/** Of more hits than this the newest are looked at. */
const MAX_LOOKED_AT = 2000;
const SEARCHED: Record<Kind, string[]> = {
  1: ['fn', 'org', 'title', 'nick', 'tel', 'email', 'cats', 'note'],
  2: ['title', 'tags', 'snippet', 'notebook'],
  3: ['body', 'subject', 'name', 'thread'],
  4: ['caption', 'albums', 'people', 'make', 'model', 'taken'],
};

/** Without case and marks. Most of what people write is plain already. */
const folded = (text: string): string => (/[^\u0000-\u007f]/.test(text) ? text.normalize('NFKD').replace(/\p{M}/gu, '') : text).toLowerCase();

function textsOf(kind: Kind, s: { name: string; view: CborMap }): string[] {
  const texts: string[] = kind === 4 || kind === 2 ? [s.name] : [];
  for (const key of SEARCHED[kind]) {
    const one = viewText(s.view, key);
    if (one !== undefined) texts.push(one);
    else texts.push(...viewTexts(s.view, key));
  }
  return texts;
}

interface Needle {
  readonly place: Entry['place'];
  readonly text: string;
  readonly date: number;
  readonly entry: Entry;
}

/** What is searched of a record, made once for each of its versions; null: it is not searched. */
const needles = new WeakMap<Entry, Needle>();
/** The oldest first, by list of entries: a list is the same until something changes. */
const haystacks = new WeakMap<Entry[], Needle[]>();

const DATED = ['of', 'date', 'updated', 'utc'];
const NEEDED = new Map(KINDS.map((kind) => [kind, new Set([...SEARCHED[kind], ...DATED])]));

function needleOf(kind: Kind, entry: Entry): Needle | null {
  const known = needles.get(entry);
  if (known && known.place === entry.place) return known;
  const some = someOf(entry, NEEDED.get(kind)!);
  if (!some || some.view.has('of')) return null;
  const needle = { place: entry.place, text: folded(textsOf(kind, some).join('\n')), date: dateOf(entry, some.view), entry };
  needles.set(entry, needle);
  return needle;
}

function haystackOf(kind: Kind, entries: Entry[]): Needle[] {
  let made = haystacks.get(entries);
  if (!made) {
    made = entries.map((entry) => needleOf(kind, entry)).filter((n) => n !== null);
    // Most of a log is in its order already, which costs a sort little.
    made.sort((a, b) => a.date - b.date);
    haystacks.set(entries, made);
  }
  return made;
}

/** Records in which every word stands somewhere. Of each kind the newest fifty. Without a word it makes ready what the next search needs. */
export function search(kinds: ReadonlyMap<Kind, Entry[]>, query: string): Found[] {
  const words = folded(query)
    .split(/\s+/)
    .filter((w) => w !== '');
  const found: Found[] = [];
  for (const [kind, entries] of kinds) {
    const haystack = haystackOf(kind, entries);
    if (words.length === 0) continue;
    const rows: Found[] = [];
    for (let i = haystack.length - 1; i >= 0 && rows.length < MAX_LOOKED_AT; i--) {
      const { text, entry, date } = haystack[i]!;
      if (words.every((w) => text.includes(w))) rows.push(foundRow(kind, entry, entry.summary!, date, words));
    }
    found.push(...rows.sort((a, b) => Number(b.best) - Number(a.best) || b.date - a.date).slice(0, MAX_FOUND_PER_KIND));
  }
  // What has it in its title first; the sort is stable, so within both the kinds stay together.
  return found.sort((a, b) => Number(b.best) - Number(a.best));
}

const dateOf = (e: Entry, view: CborMap): number =>
  viewNumber(view, 'date') ?? viewNumber(view, 'updated') ?? viewNumber(view, 'utc') ?? shownHead(e).time[0];

function foundRow(kind: Kind, e: Entry, s: Summary, date: number, words: string[]): Found {
  const title = kind === 3 ? (viewText(s.view, 'name') ?? viewText(s.view, 'thread') ?? '') : titleOf(s);
  const texts = kind === 3 ? [viewText(s.view, 'body') ?? ''] : textsOf(kind, s);
  // What was found, where the title does not show it.
  const text = texts.find((one) => one !== title && words.some((w) => folded(one).includes(w))) ?? viewText(s.view, 'snippet') ?? texts[0] ?? '';
  const inTitle = folded(title);
  const best = words.every((w) => inTitle.includes(w));
  return { kind, record: e.record, title, text, thread: viewText(s.view, 'thread') ?? '', date, best };
}
