/**
 * What a search goes through: of each record its texts, without case and marks, packed many to a piece. A piece is one string, so that a word is looked for in thousands of records at once, and
 * what a found row shows lies beside it as it was written. Rows stand by their date, the oldest first, then by record. Pure; `searching.ts` has which pieces there are.
 */
import { type Bytes, fromUtf8, hex, unhex, utf8 } from '../protocol/bytes';
import { type Cbor, type CborMap, decode, encode, Shape } from '../protocol/cbor';
import { type Id, KINDS, type Kind } from '../protocol/ids';
import { viewNumber, viewText, viewTexts } from '../protocol/record';
import { isRefused, must, refuse, total } from '../protocol/refusal';
import { type Entry, isRemoved, shownHead, someOf } from './library';

const VERSION = 2;
/** A piece is read, and written anew, as a whole: more rows than this it never has. */
export const MAX_ROWS = 8192;
const MAX_CHARS = 1 << 20;
/** Behind each row, and between its texts; neither is left in a text, nor in a word that is looked for. */
const ROW = '\u001e';
const FIELD = '\u001f';
const NONE = 0xffff;
const ID = 16;
/** Numbers kept of each row beside its texts: how many are searched; which is the title, which is shown where no other was found, which is the thread. */
const MARKS = 4;

const SEARCHED: Record<Kind, string[]> = {
  1: ['fn', 'org', 'title', 'nick', 'tel', 'email', 'cats', 'note'],
  2: ['title', 'tags', 'snippet', 'notebook'],
  3: ['body', 'subject', 'name', 'thread'],
  4: ['caption', 'albums', 'people', 'make', 'model', 'taken'],
};
const SHOWN = ['fn', 'title', 'caption', 'body', 'snippet', 'of', 'date', 'updated', 'utc'];
const NEEDED = new Map(KINDS.map((kind) => [kind, new Set([...SEARCHED[kind], ...SHOWN])]));

/** One record. `title`, `aside` and `thread` are places in `texts`. */
export interface Row {
  readonly record: Id;
  readonly date: number;
  /** The first `searched` are searched. */
  readonly texts: readonly string[];
  readonly searched: number;
  readonly title: number;
  readonly aside: number;
  readonly thread: number;
  readonly folded: string;
}

/** Without case and marks. Most of what people write is plain already. */
const fold = (text: string): string => (/[^\u0000-\u007f]/.test(text) ? text.normalize('NFKD').replace(/\p{M}/gu, '') : text).toLowerCase();
const clean = (text: string): string => (/[\u001e\u001f]/.test(text) ? text.replace(/[\u001e\u001f]/g, ' ') : text);

/** The words of a query; a record is found where each stands somewhere in it. */
export const wordsOf = (query: string): string[] =>
  fold(clean(query))
    .split(/\s+/)
    .filter((w) => w !== '');

const dateOf = (e: Entry, view: CborMap): number =>
  viewNumber(view, 'date') ?? viewNumber(view, 'updated') ?? viewNumber(view, 'utc') ?? shownHead(e).time[0];

const DATED = new Set(['of', 'date', 'updated', 'utc']);

/** The date by which a record stands among those that are found; null as {@link rowOf}. */
export function dateOfSearched(entry: Entry): number | null {
  const some = isRemoved(entry) ? null : someOf(entry, DATED);
  return !some || some.view.has('of') ? null : dateOf(entry, some.view);
}

/** Null: it is not searched, as what is removed, what was not read, and previews. */
export function rowOf(kind: Kind, entry: Entry): Row | null {
  const some = isRemoved(entry) ? null : someOf(entry, NEEDED.get(kind)!);
  if (!some || some.view.has('of')) return null;
  const { view, name } = some;
  const texts: string[] = [];
  const at = new Map<string, number>();
  const add = (key: string, text: string) => {
    if (!at.has(key)) at.set(key, texts.length);
    texts.push(clean(text));
  };
  if (kind === 4 || kind === 2) add('', name);
  for (const key of SEARCHED[kind]) {
    const one = viewText(view, key);
    if (one !== undefined) add(key, one);
    else for (const text of viewTexts(view, key)) texts.push(clean(text));
  }
  const searched = texts.length;
  const placeOf = (...keys: string[]): number => {
    const key = keys.find((k) => k === '' || viewText(view, k) !== undefined);
    if (key === undefined) return NONE;
    if (!at.has(key)) add(key, key === '' ? name : viewText(view, key)!);
    return Math.min(at.get(key)!, NONE);
  };
  const title = kind === 3 ? placeOf('name', 'thread') : placeOf('fn', 'title', 'caption', 'body', '');
  const aside = placeOf(kind === 3 ? 'body' : 'snippet');
  const thread = kind === 3 ? placeOf('thread') : NONE;
  const folded = fold(texts.slice(0, searched).join(FIELD));
  return { record: entry.record, date: dateOf(entry, view), texts, searched, title, aside, thread, folded };
}

export const inOrder = (a: { date: number; record: Id }, b: { date: number; record: Id }): number =>
  a.date - b.date || (a.record < b.record ? -1 : 1);

export class Piece {
  private constructor(
    readonly count: number,
    private readonly ids: Bytes,
    readonly dates: Float64Array,
    private readonly marks: Uint16Array,
    /** Of each row, and one more: where it begins in `texts`. */
    private readonly at: Uint32Array,
    private readonly texts: Bytes,
    /** The same for `folded`, in characters. */
    private readonly starts: Uint32Array,
    private readonly folded: string,
  ) {}

  /** @param rows In order; at least one. */
  static of(rows: readonly Row[]): Piece {
    const texts = rows.map((r) => utf8(r.texts.join(FIELD) + ROW));
    const folded = rows.map((r) => r.folded + ROW);
    const marks = rows.flatMap((r) => [r.searched, r.title, r.aside, r.thread].map((n) => Math.min(n, NONE)));
    const ids = new Uint8Array(rows.length * ID);
    rows.forEach((r, i) => void ids.set(unhex(r.record), i * ID));
    const at = sums(texts);
    const joined = new Uint8Array(at[rows.length]!);
    texts.forEach((t, i) => void joined.set(t, at[i]!));
    return new Piece(
      rows.length,
      ids,
      Float64Array.from(rows, (r) => r.date),
      Uint16Array.from(marks),
      at,
      joined,
      sums(folded),
      folded.join(''),
    );
  }

  /** As this browser keeps it: numbers as this machine has them. Of a row whose folded text is its text in small letters, as of most, it is not written again. */
  write(): Bytes {
    const { count, starts, folded } = this;
    const small = lower(this.texts);
    const others: number[] = [];
    // Every row ends with what is in no text.
    const begins = small === folded ? starts : startsIn(small, count)!;
    if (begins !== starts)
      for (let i = 0; i < count; i++) if (small.slice(begins[i], begins[i + 1]) !== folded.slice(starts[i], starts[i + 1])) others.push(i);
    const apart = utf8(others.map((i) => folded.slice(starts[i], starts[i + 1])).join(''));
    return encode([VERSION, count, this.ids, raw(this.dates), raw(this.marks), raw(this.at), this.texts, raw(Uint32Array.from(others)), apart]);
  }

  /** Null where it is none, or of another form. */
  static read(plain: Bytes): Piece | null {
    const read = total(() => {
      const s = new Shape('malformed');
      const [version, count, ids, dates, marks, at, texts, others, apart] = s.array(must(decode(plain)), 9);
      s.uint(version, VERSION, VERSION);
      const n = s.uint(count, MAX_ROWS, 1);
      const own = (value: Cbor | undefined, size: number): ArrayBuffer => s.bytes(value, size).slice().buffer;
      const ends = new Uint32Array(own(at, (n + 1) * 4));
      const all = s.bytes(texts, ends[n]!);
      const small = lower(all);
      const rows = s.bytes(others, n * 4, 0);
      const searched =
        rows.length === 0
          ? small
          : replaced(small, n, new Uint32Array(rows.slice().buffer), fromUtf8(s.bytes(apart, Number.MAX_SAFE_INTEGER, 0)) ?? refuse('malformed'));
      // Where each character is one byte the rows begin where their texts do; else they are found by what ends them.
      const begins = searched.length === all.length && rows.length === 0 ? ends : (startsIn(searched, n) ?? refuse('malformed'));
      if (begins[n] !== searched.length || begins[0] !== 0 || ends[0] !== 0) refuse('malformed');
      return new Piece(
        n,
        s.bytes(ids, n * ID),
        new Float64Array(own(dates, n * 8)),
        new Uint16Array(own(marks, n * MARKS * 2)),
        ends,
        all,
        begins,
        searched,
      );
    });
    return isRefused(read) ? null : read;
  }

  get first(): number {
    return this.dates[0]!;
  }
  get last(): number {
    return this.dates[this.count - 1]!;
  }

  /** Rows in which each of the words stands, in order. The longest word comes first: it is in the fewest. */
  find([first, ...others]: readonly string[]): number[] {
    const { folded, starts, count } = this;
    const rows: number[] = [];
    if (first === undefined) return rows;
    let row = 0;
    for (let hit = folded.indexOf(first); hit >= 0; hit = folded.indexOf(first, starts[row + 1]!)) {
      let last = count - 1;
      while (row < last) {
        const middle = (row + last + 1) >>> 1;
        if (starts[middle]! <= hit) row = middle;
        else last = middle - 1;
      }
      if (others.length === 0 || this.has(row, others)) rows.push(row);
      if (row === count - 1) break;
    }
    return rows;
  }

  private has(row: number, words: readonly string[]): boolean {
    const text = this.folded.slice(this.starts[row], this.starts[row + 1]);
    return words.every((w) => text.includes(w));
  }

  record(row: number): Id {
    return hex(this.ids.subarray(row * ID, (row + 1) * ID));
  }

  /** @param heads Of each of `records` its first four bytes, as a number. */
  hasAny(heads: ReadonlySet<number>, records: ReadonlyMap<Id, unknown>): boolean {
    const view = new DataView(this.ids.buffer, this.ids.byteOffset, this.ids.byteLength);
    for (let i = 0; i < this.count; i++) if (heads.has(view.getUint32(i * ID)) && records.has(this.record(i))) return true;
    return false;
  }

  title(row: number): string {
    const [searched, title] = [this.marks[row * MARKS]!, this.marks[row * MARKS + 1]!];
    if (title === NONE) return '';
    if (title >= searched) return fold(this.row(row).texts[title] ?? '');
    return this.folded.slice(this.starts[row], this.starts[row + 1]! - 1).split(FIELD, title + 1)[title] ?? '';
  }

  row(row: number): Row {
    const [searched = 0, title = NONE, aside = NONE, thread = NONE] = this.marks.subarray(row * MARKS, (row + 1) * MARKS);
    const text = fromUtf8(this.texts.subarray(this.at[row], this.at[row + 1]! - 1)) ?? '';
    const isEmpty = searched === 0 && title === NONE && aside === NONE;
    const folded = this.folded.slice(this.starts[row], this.starts[row + 1]! - 1);
    return { record: this.record(row), date: this.dates[row]!, texts: isEmpty ? [] : text.split(FIELD), searched, title, aside, thread, folded };
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const lower = (texts: Bytes): string => decoder.decode(texts).toLowerCase();

const raw = (numbers: Float64Array | Uint32Array | Uint16Array): Bytes =>
  new Uint8Array(numbers.buffer as ArrayBuffer, numbers.byteOffset, numbers.byteLength);

function sums(parts: readonly { readonly length: number }[]): Uint32Array {
  const all = new Uint32Array(parts.length + 1);
  parts.forEach((p, i) => {
    all[i + 1] = all[i]! + p.length;
  });
  return all;
}

/** Rows with those put in that stand apart. */
function replaced(text: string, count: number, others: Uint32Array, apart: string): string {
  const begins = startsIn(text, count) ?? refuse('malformed');
  const own = startsIn(apart, others.length) ?? refuse('malformed');
  if (own[others.length] !== apart.length) refuse('malformed');
  const parts: string[] = [];
  let done = 0;
  others.forEach((row, i) => {
    if (row < done || row >= count) refuse('malformed');
    parts.push(text.slice(begins[done], begins[row]), apart.slice(own[i], own[i + 1]));
    done = row + 1;
  });
  parts.push(text.slice(begins[done]));
  return parts.join('');
}

function startsIn(text: string, count: number): Uint32Array | null {
  const starts = new Uint32Array(count + 1);
  for (let row = 1; row <= count; row++) {
    const end = text.indexOf(ROW, starts[row - 1]);
    if (end < 0) return null;
    starts[row] = end + 1;
  }
  return starts;
}

/** Pieces of rows that stand in order: as few as hold them, of about the same size. */
export function cut(rows: readonly Row[], most: number): Piece[] {
  const chars = rows.reduce((sum, r) => sum + r.folded.length, 0);
  const size = Math.ceil(rows.length / Math.ceil(Math.max(rows.length / most, chars / MAX_CHARS, 1)));
  const pieces: Piece[] = [];
  for (let i = 0; i < rows.length; i += size) pieces.push(Piece.of(rows.slice(i, i + size)));
  return pieces;
}

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

/** What is shown of a row that was found. */
export function foundRow(kind: Kind, row: Row, words: readonly string[], best: boolean): Found {
  const { record, date, texts } = row;
  const title = texts[row.title] ?? '';
  const searched = kind === 3 ? [] : texts.slice(0, row.searched);
  // What was found, where the title does not show it.
  const text =
    searched.find((one) => one !== title && words.some((w) => fold(one).includes(w))) ?? texts[row.aside] ?? (kind === 3 ? '' : searched[0]) ?? '';
  return { kind, record, title, text, thread: texts[row.thread] ?? '', date, best };
}

/** What of a row's title a search looks at. */
export const titleOf = (row: Row): string => fold(row.texts[row.title] ?? '');
