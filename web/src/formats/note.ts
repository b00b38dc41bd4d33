/**
 * A note: Markdown with YAML front matter where there is any (spec/records.md §3). Reads the plain front matter that phones and this app write: `key: value`, lists in brackets or by
 * dashes. What else stands there is kept, line by line. An edit replaces the lines of the keys it changes and the body, and no other byte.
 */
import { cutUtf8 } from '../protocol/bytes';
import type { Cbor, CborMap } from '../protocol/cbor';
import { attachmentPaths, type NoteScan, scanNote } from './note-scan';

const MAX_LIST_TEXT = 1024;
const MAX_HINT = 256;

export interface NoteFields {
  readonly title: string;
  readonly tags: string[];
  readonly pinned: boolean;
  readonly archived: boolean;
  readonly created: number | null;
  readonly updated: number | null;
  readonly body: string;
}

interface Front {
  /** Lines between the fences, with their endings. */
  readonly lines: string[];
  readonly end: number;
}

function readFront(text: string): Front | null {
  const m = /^---[ \t]*\r?\n([\s\S]*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/.exec(text);
  return m ? { lines: m[1]!.match(/[^\n]*\n/g) ?? [], end: m[0].length } : null;
}

const unquote = (raw: string): string => {
  const value = raw.trim();
  if (/^'.*'$/s.test(value)) return value.slice(1, -1).replace(/''/g, "'");
  if (/^".*"$/s.test(value)) {
    try {
      return JSON.parse(value) as string;
    } catch {
      return value.slice(1, -1);
    }
  }
  return value.replace(/\s+#.*$/, '');
};

const quote = (value: string): string =>
  /^[A-Za-z0-9\p{L}][^:#\n\r"'[\]{}]*$/u.test(value) && !/^(?:true|false|yes|no|null|~|[\d.:+-]+)$/i.test(value) && value.trim() === value
    ? value
    : JSON.stringify(value);

export class Note {
  private readonly front: Front | null;

  constructor(
    readonly text: string,
    private readonly fileName = '',
  ) {
    this.front = readFront(text);
  }

  get body(): string {
    return this.text.slice(this.front?.end ?? 0);
  }

  /** The lines of a key: the first and those indented under it. */
  private range(key: string): [from: number, to: number] | null {
    const lines = this.front?.lines ?? [];
    const from = lines.findIndex((l) => l.toLowerCase().startsWith(`${key}:`));
    if (from < 0) return null;
    let to = from + 1;
    while (to < lines.length && (/^[ \t]+\S/.test(lines[to]!) || /^- /.test(lines[to]!))) to++;
    return [from, to];
  }

  private scalar(key: string): string {
    const range = this.range(key);
    if (!range || range[1] !== range[0] + 1) return '';
    return unquote(this.front!.lines[range[0]]!.slice(key.length + 1));
  }

  private list(key: string): string[] {
    const range = this.range(key);
    if (!range) return [];
    const lines = this.front!.lines.slice(...range);
    const first = lines[0]!.slice(key.length + 1).trim();
    if (lines.length > 1) return lines.slice(1).flatMap((l) => (/^\s*- /.test(l) ? [unquote(l.replace(/^\s*- /, ''))] : []));
    if (first.startsWith('[') && first.endsWith(']'))
      return first
        .slice(1, -1)
        .split(',')
        .map(unquote)
        .filter((t) => t !== '');
    const words = unquote(first);
    return words
      .split(words.includes(',') ? ',' : ' ')
      .map((t) => t.trim())
      .filter((t) => t !== '');
  }

  private instant(key: string): number | null {
    const value = this.scalar(key);
    if (!/^\d{4}-\d\d-\d\d/.test(value)) return null;
    const ms = Date.parse(value.replace(' ', 'T') + (/\d\d:\d\d/.test(value) && !/(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? 'Z' : ''));
    return Number.isNaN(ms) ? null : ms;
  }

  private flag(key: string): boolean {
    return /^(?:true|yes|on|1)$/i.test(this.scalar(key));
  }

  get fields(): NoteFields {
    return {
      title: this.title,
      tags: this.list('tags'),
      pinned: this.flag('pinned'),
      archived: this.flag('archived'),
      created: this.instant('created'),
      updated: this.instant('updated'),
      body: this.body,
    };
  }

  /** Of the front matter; empty: none. */
  get id(): string {
    return this.scalar('id');
  }

  get title(): string {
    return (this.scalar('title').trim() || this.scan.title || this.fileName.replace(/\.[^.]*$/, '')).trim();
  }

  private scanned: NoteScan | undefined;
  private get scan(): NoteScan {
    this.scanned ??= scanNote(this.body);
    return this.scanned;
  }

  /** Files that the note links to, as paths below the kind's folder. */
  attachments(name: string): string[] {
    return attachmentPaths(this.scan.links, name);
  }

  /** What a list shows; `modified` is the file's own time where the note says none. */
  view(modified: number | null): CborMap {
    const f = this.fields;
    const view: CborMap = new Map();
    const set = (key: string, value: Cbor) => {
      if (value !== '' && value !== false && value !== 0 && !(Array.isArray(value) && value.length === 0)) view.set(key, value);
    };
    set('title', cutUtf8(f.title, MAX_LIST_TEXT));
    set('tags', f.tags);
    if (f.created !== null) view.set('created', f.created);
    const changed = f.updated ?? modified;
    if (changed !== null) view.set('updated', changed);
    set('pinned', f.pinned);
    set('archived', f.archived);
    for (const key of ['color', 'notebook', 'source']) set(key, this.scalar(key));
    set('snippet', this.snippet(f.title));
    set('items', this.scan.items);
    set('done', this.scan.done);
    return view;
  }

  private snippet(title: string): string {
    let words = '';
    for (const raw of this.body.split(/\r\n|\r|\n/)) {
      const line = raw.trim();
      if (line === '' || (words === '' && line.replace(/^#+/, '').trim() === title)) continue;
      words += (words === '' ? '' : ' ') + line.slice(0, MAX_HINT);
      if (words.length >= MAX_HINT) break;
    }
    return cutUtf8(words, MAX_HINT);
  }

  /** A note with another body, tags or pin. The front matter is made where there was none and something has to stand in it. */
  edit(next: { body?: string; tags?: string[]; pinned?: boolean; archived?: boolean; updated?: number }): Note {
    const now = this.fields;
    let front = this.front?.lines.slice() ?? [];
    const set = (key: string, line: string | null) => {
      const range = new Note(`---\n${front.join('')}---\n`).range(key);
      if (range) front.splice(range[0], range[1] - range[0], ...(line === null ? [] : [line]));
      else if (line !== null) front.push(line);
    };
    if (next.tags && next.tags.join('\n') !== now.tags.join('\n'))
      set('tags', next.tags.length === 0 ? null : `tags: [${next.tags.map(quote).join(', ')}]\n`);
    if (next.pinned !== undefined && next.pinned !== now.pinned) set('pinned', `pinned: ${next.pinned}\n`);
    if (next.archived !== undefined && next.archived !== now.archived) set('archived', `archived: ${next.archived}\n`);
    if (next.updated !== undefined && this.range('updated')) set('updated', `updated: ${new Date(next.updated).toISOString()}\n`);
    const body = next.body ?? this.body;
    // A body that opens with what reads as front matter gets an empty block before it, so that it stays body.
    const guard = front.length === 0 && readFront(body) !== null;
    if (front.length === 0 && !guard) return new Note(this.front && this.front.lines.length === 0 ? `---\n---\n${body}` : body, this.fileName);
    front = front.map((l) => (l.endsWith('\n') ? l : `${l}\n`));
    return new Note(`---\n${front.join('')}---\n${body}`, this.fileName);
  }
}

/** A file name that every system can store, made from a title; spec/records.md §1. */
export function safeFileName(title: string, extension: string): string {
  const clean = title
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const stem = cutUtf8(clean, 190)
    .replace(/[ .]+$/, '')
    .replace(/^\.+/, '_');
  return (stem || 'untitled') + extension;
}
