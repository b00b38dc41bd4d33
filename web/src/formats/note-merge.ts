/**
 * Merging two versions of a note; spec/records.md §5.2. What the page calls a plain note is merged, to the same bytes as on every device; any other is left (`null`) to a device that has
 * the whole of YAML: half a merge would be worse than none.
 */
import { type Bytes, fromUtf8, utf8 } from '../protocol/bytes';
import { common, compareThree } from './text-merge';

const MAX_FRONT = 64 * 1024;
const MAX_TOKENS = 20_000;
/** Line ends and blanks that not every reader takes for such. */
const ODD = /[\f\u000b\u0085\u2028\u2029\ufeff\u0000]|\r(?!\n)/;
const LETTER = /[\p{L}\p{Nd}]/u;
/** Scripts in which versions of Unicode part text elements differently. */
const DOUBTFUL = /[\u0900-\u109f\u1700-\u1cff\ua800-\uabff\ud800-\udfff]/;
const BLANK = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/;

interface Field {
  /** As it is written. */
  readonly key: string;
  /** All of its lines, ended by LF. */
  readonly raw: string;
  /** The scalar, or the items of a list. */
  readonly values: string[];
  readonly isList: boolean;
}

interface PlainNote {
  readonly text: string;
  /** Null: the note opens with no front matter. */
  readonly fields: Field[] | null;
  readonly body: string;
  readonly ending: string;
}

const BARE = /^[\p{L}\p{Nd}](?:[\p{L}\p{Nd} _./()'+,:-]*[\p{L}\p{Nd}_./()'+,-])?$/u;
const QUOTED = /^"(?:[^"\\\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\\["\\nt]|\\u(?!d[89a-f])[0-9a-f]{4})*"$/i;
const INSTANT = /^(?!0000)\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)?)?$/;

/** One value that every reader of YAML takes for the same text. */
function scalar(raw: string): string | null {
  if (QUOTED.test(raw)) return JSON.parse(raw) as string;
  return BARE.test(raw) && !raw.includes(': ') && raw.length <= 200 ? raw : null;
}

function readFields(inner: string): Field[] | null {
  const fields: Field[] = [];
  const seen = new Set<string>();
  const lines = inner.split('\n').slice(0, -1);
  for (let i = 0; i < lines.length; ) {
    const m = /^([A-Za-z][A-Za-z0-9_-]*):(?: (\S.*))?$/.exec(lines[i]!);
    if (!m || seen.has(m[1]!.toLowerCase())) return null;
    seen.add(m[1]!.toLowerCase());
    let raw = `${lines[i++]}\n`;
    let values: (string | null)[] = [];
    if (m[2] === undefined) {
      for (let item = /^ {0,4}- (\S.*)$/.exec(lines[i] ?? ''); item; item = /^ {0,4}- (\S.*)$/.exec(lines[i] ?? '')) {
        values.push(scalar(item[1]!));
        raw += `${lines[i++]}\n`;
      }
      if (values.length === 0) return null;
    } else if (m[2].startsWith('[')) {
      const list = /^\[([^[\]{}]*)\]$/.exec(m[2]);
      if (!list) return null;
      values = list[1]!.trim() === '' ? [] : list[1]!.split(/, */).map(scalar);
    } else values = [scalar(m[2])];
    if (values.some((v) => v === null)) return null;
    const key = m[1]!;
    const isList = m[2] === undefined || m[2].startsWith('[');
    if (/^(?:created|updated)$/i.test(key) && (isList || !isInstant(values[0]!))) return null;
    fields.push({ key, raw, values: values as string[], isList });
  }
  return fields;
}

/** Milliseconds of a plain instant; no offset means UTC. */
export function instantOf(text: string): number {
  const [date, time = '00:00'] = text.replace(' ', 'T').split('T');
  return Date.parse(`${date}T${time}${/(?:Z|[+-]\d\d:\d\d)$/.test(time) ? '' : 'Z'}`);
}

/** In the calendar: 30 February is not. */
const isInstant = (text: string): boolean => {
  const date = text.slice(0, 10);
  const ms = Date.parse(`${date}T00:00Z`);
  return INSTANT.test(text) && !Number.isNaN(instantOf(text)) && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
};

const unix = (text: string): string => text.replace(/\r\n|\r/g, '\n');

/** Null: not a plain note. */
export function readPlainNote(bytes: Bytes): PlainNote | null {
  const text = fromUtf8(bytes);
  if (text === undefined || ODD.test(text)) return null;
  const ending = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  if (!/^---[ \t]*(?:\r\n|\n|\r)/.test(text)) return { text, fields: null, body: text, ending };
  // Fences: the first line, and the next that is --- or ….
  const open = /^---[ \t]*(?:\r\n|\n|\r)/.exec(text)![0].length;
  const close = /(?<=^|[\r\n])(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|$)/.exec(text.slice(open));
  if (!close || close.index > MAX_FRONT) return null;
  const fields = readFields(unix(text.slice(open, open + close.index)));
  return fields && { text, fields, body: text.slice(open + close.index + close[0].length), ending };
}

/** @param labels How the versions are named where both stay: spec/records.md §5.2. @returns The merged bytes, a side's own where it is that side's; null where it is left. */
export function mergeNotes(basis: Bytes | null, older: Bytes, newer: Bytes, labels: readonly [string, string]): Bytes | null {
  const [b, o, n] = [basis && readPlainNote(basis), readPlainNote(older), readPlainNote(newer)];
  if (!o || !n || (basis && !b)) return null;
  if (o.text === n.text || o.text === b?.text) return newer;
  if (n.text === b?.text) return older;
  const front = mergeFront(b, o, n);
  const body = new LineMerge(labels, b !== null);
  if (!body.run(b?.body ?? null, o.body, n.body)) return null;
  for (const [key, lines] of front.overruled) body.addOverruled(key, lines);
  const text = (front.inner === null ? '' : `---\n${front.inner}---\n`) + body.text;
  const ending = b && n.ending === b.ending ? o.ending : n.ending;
  const merged = utf8(ending === '\n' ? text : text.replaceAll('\n', ending));
  // Lines of both may open with what reads as front matter, and was none.
  const again = readPlainNote(merged);
  return again && (again.fields !== null) === (front.inner !== null) ? merged : null;
}

// --- front matter --------------------------------------------------------------------------------------------------------------------------------------------

const choose = (was: string | undefined, left: string, right: string): string | null =>
  left === right || left === was ? right : right === was ? left : null;

function mergeFront(basis: PlainNote | null, older: PlainNote, newer: PlainNote): { inner: string | null; overruled: [string, string][] } {
  if (!older.fields && !newer.fields) return { inner: null, overruled: [] };
  const byKey = (note: PlainNote | null) => new Map((note?.fields ?? []).map((f) => [f.key.toLowerCase(), f]));
  const [was, left, right] = [byKey(basis), byKey(older), byKey(newer)];
  const overruled: [string, string][] = [];
  const order = [...right.keys()];
  let previous: string | null = null;
  for (const key of left.keys()) {
    if (!right.has(key)) order.splice(previous === null ? order.length : order.indexOf(previous) + 1, 0, key);
    previous = key;
  }
  let inner = '';
  for (const key of order) {
    const [b, l, r] = [was.get(key), left.get(key), right.get(key)];
    if (!l || !r) {
      const present = (l ?? r)!.raw;
      if (!b || present !== b.raw) inner += present;
    } else inner += choose(b?.raw, l.raw, r.raw) ?? mergeField(key, b, l, r, overruled);
  }
  const [isLeft, isRight, isBasis] = [older.fields !== null, newer.fields !== null, basis?.fields != null];
  const keepsEmpty = !basis ? isLeft || isRight : isLeft === isBasis ? isRight : isLeft;
  return { inner: inner !== '' || keepsEmpty ? inner : null, overruled };
}

function mergeField(key: string, was: Field | undefined, left: Field, right: Field, overruled: [string, string][]): string {
  if (key === 'tags') {
    const [b, l, r] = [was ? words(was) : [], words(left), words(right)];
    const tags = [...r.filter((t) => l.includes(t) || !b.includes(t)), ...l.filter((t) => !b.includes(t) && !r.includes(t))];
    return listLines(right.key, [...new Set(tags)]);
  }
  if (key === 'updated' || key === 'created')
    return instantOf(left.values[0]!) > instantOf(right.values[0]!) === (key === 'updated') ? left.raw : right.raw;
  if (key !== 'pinned' && key !== 'archived' && key !== 'color') overruled.push([right.key, left.raw]);
  return right.raw;
}

const words = (field: Field): string[] => {
  if (field.isList) return field.values;
  const text = field.values[0]!;
  return text
    .split(text.includes(',') ? ',' : ' ')
    .map((t) => t.trim())
    .filter((t) => t !== '');
};

export const listLines = (key: string, values: string[]): string =>
  values.length === 0 ? `${key}: []\n` : `${key}:\n${values.map((v) => `  - ${quote(v)}\n`).join('')}`;

/** As §5.2 writes a text: bare where nothing could read it as anything else. */
export function quote(value: string): string {
  const units = value.split('');
  const isBare =
    value.length > 0 &&
    value.length <= 120 &&
    /\p{L}/u.test(units[0]!) &&
    !value.endsWith(' ') &&
    units.every((u) => LETTER.test(u) || " -_./,()'".includes(u)) &&
    !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(value);
  if (isBare) return value;
  const NAMED: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const out = units.map(
    (u) =>
      NAMED[u] ??
      (/[\u0000-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/.test(u)
        ? `\\u${u.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
        : u),
  );
  return `"${out.join('')}"`;
}

// --- lines ---------------------------------------------------------------------------------------------------------------------------------------------------

function linesOf(text: string): { lines: string[]; open: boolean } {
  const lines = unix(text).split('\n');
  const open = text !== '' && lines.at(-1) !== '';
  if (!open) lines.pop();
  return { lines, open };
}

const isBlank = (line: string): boolean => BLANK.test(line);

class LineMerge {
  private readonly merged: string[] = [];
  private endsOpen = false;

  constructor(
    private readonly labels: readonly [string, string],
    private readonly hasBasis: boolean,
  ) {}

  /** The merged lines; the last one is closed unless the versions agree that it is not. */
  get text(): string {
    return this.merged.length === 0 ? '' : this.merged.join('\n') + (this.endsOpen ? '' : '\n');
  }

  /** False where words collide in a script whose text elements are doubtful. */
  run(basisText: string | null, olderText: string, newerText: string): boolean {
    const [older, newer] = [linesOf(olderText), linesOf(newerText)];
    const known = basisText === null ? null : linesOf(basisText);
    const basis = known?.lines ?? common(older.lines, newer.lines);
    this.endsOpen = older.open === newer.open ? newer.open : known !== null && (older.open === known.open ? newer.open : older.open);
    for (const s of compareThree(basis, older.lines, newer.lines, false)) {
      if (s.by === 'both-differently') {
        if (!this.resolve(s.basis, s.older, s.newer)) return false;
      } else this.add(s.by === 'older' ? s.older : s.newer);
    }
    return true;
  }

  /** One by one: a call with a hundred thousand arguments fails. */
  private add(lines: string[]): void {
    for (const line of lines) this.merged.push(line);
  }

  private resolve(basis: string[], older: string[], newer: string[]): boolean {
    if (this.hasBasis && basis.length === 0) this.union(older, newer);
    else if (newer.length > 0 && contains(older, newer)) this.add(older);
    else if (older.length > 0 && contains(newer, older)) this.add(newer);
    else {
      const joined = this.hasBasis && older.length > 0 && newer.length > 0 ? mergeWords(basis, older, newer) : null;
      if (joined === undefined) return false;
      if (joined) this.add(joined);
      else this.addConflict(older, newer);
    }
    return true;
  }

  /** Both wrote something new at one place: first the older, then the newer, and what is the same at either end once. */
  private union(older: string[], newer: string[]): void {
    const shorter = Math.min(older.length, newer.length);
    let head = 0;
    let tail = 0;
    while (head < shorter && older[head] === newer[head]) head++;
    while (tail < shorter - head && older[older.length - 1 - tail] === newer[newer.length - 1 - tail]) tail++;
    this.add(older.slice(0, older.length - tail));
    const between = tail > 0 ? older[older.length - tail] : head > 0 ? older[head - 1] : undefined;
    if (head + tail < shorter && between !== undefined && isBlank(between)) this.merged.push(between);
    this.add(newer.slice(head));
  }

  private addConflict(older: string[], newer: string[]): void {
    let block = ['> **Two versions of this passage**'];
    for (const [label, lines] of [
      [this.labels[0], older],
      [this.labels[1], newer],
    ] as const) {
      block.push('>');
      if (lines.every(isBlank)) block.push(`> *${label}* took it out.`);
      else block = block.concat(`> *${label}*:`, '>', lines.map(inQuote));
    }
    this.addBlock(block);
  }

  /** Keeps a field's value that lost to a newer one, at the end of the note. */
  addOverruled(key: string, raw: string): void {
    const lines = linesOf(raw).lines.map((l) => `> ${l}`);
    this.addBlock([`> **Two versions of ${key}**`, '>', `> *${this.labels[0]}* has:`, '>', '> ```yaml', ...lines, '> ```']);
    this.endsOpen = false;
  }

  private addBlock(block: string[]): void {
    if (this.merged.length > 0 && this.merged.at(-1) !== '') this.merged.push('');
    this.add(block);
    this.merged.push('');
  }
}

const inQuote = (line: string): string => (line === '' ? '>' : `> ${line}`);

const contains = (outer: string[], inner: string[]): boolean =>
  outer.some((_, start) => start + inner.length <= outer.length && inner.every((line, i) => outer[start + i] === line));

/** Null: words collide too. Undefined: nobody here can tell where words end. */
function mergeWords(basis: string[], older: string[], newer: string[]): string[] | null | undefined {
  const texts = [basis, older, newer].map((l) => l.join('\n'));
  if (texts.some((t) => DOUBTFUL.test(t))) return undefined;
  const [was, left, right] = texts.map((t) => tokens(t)) as [string[], string[], string[]];
  if (was.length + left.length + right.length > MAX_TOKENS) return null;
  let out = '';
  for (const s of compareThree(was, left, right, true)) {
    if (s.by === 'both-differently') return null;
    out += (s.by === 'older' ? s.older : s.newer).join('');
  }
  return out.split('\n');
}

/** Words of letters and digits; every other text element, and every ideograph, by itself. Stops where there are too many. */
function tokens(text: string): string[] {
  const out: string[] = [];
  let word = '';
  for (const segment of elements(text)) {
    if (segment[0]! < '\u2e80' && LETTER.test(segment[0]!)) {
      word += segment;
      continue;
    }
    if (word !== '') out.push(word);
    word = '';
    out.push(segment);
    if (out.length > MAX_TOKENS) return out;
  }
  return word === '' ? out : [...out, word];
}

function* elements(text: string): Generator<string> {
  // Below U+0300 nothing joins with what stands before it.
  if (/^[\u0000-\u02ff]*$/.test(text)) yield* text;
  else for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) yield segment;
}
