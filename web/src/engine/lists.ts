/** What lists show, from the library's entries: plain rows, sorted. No I/O. */
import { hex } from '../protocol/bytes';
import type { Cbor } from '../protocol/cbor';
import type { Id, Kind } from '../protocol/ids';
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
