/**
 * A contact's vCard as lines: what the page edits is replaced, every other line stays byte for byte (spec/records.md §3). Versions 3.0 and 4.0 are written; a 2.1 card becomes
 * 3.0 when it is edited. Total: a text that is no card has no lines, and editing it begins a new one.
 */
import { type Bytes, cutUtf8, u32be, utf8, utf8Length } from '../protocol/bytes';
import type { Cbor, CborMap } from '../protocol/cbor';
import { sha256 } from '../protocol/hash';

/** What a card that is joined to another does not bring along. */
const NEVER = ['BEGIN', 'END', 'VERSION', 'UID', 'REV', 'PRODID', 'FN', 'N', 'KIND', 'MEMBER'];
/** What a contact has once: the other's stays away where there is one. */
const ONCE = ['BDAY', 'ANNIVERSARY', 'X-ANNIVERSARY', 'PHOTO', 'GENDER', 'ORG', 'TITLE', 'ROLE'];
const MAX_LIST_TEXT = 1024;
const MAX_HINT = 256;
const FOLD = 75;
export const STRUCTURED = ['N', 'ADR', 'ORG', 'GEO', 'GENDER', 'CLIENTPIDMAP', 'X-ANDROID-CUSTOM'];
export const LISTED = ['NICKNAME', 'CATEGORIES'];

const EAST_ASIAN = /^[\u2e80-\ud7af\uf900-\ufaff]+$/;

interface Line {
  /** With its line ending, folds and all; empty for a line that was made here. */
  raw: string;
  group: string;
  name: string;
  /** As it stands between name and colon, the first semicolon included. */
  params: string;
  value: string;
}

export interface ContactEntry {
  readonly value: string;
  /** home, work, cell …, or what the person called it. */
  readonly type: string;
  /** Of an address: post box, extended, street, place, region, code, country. */
  readonly parts?: string[];
}

export interface ContactPhoto {
  readonly mediaType: string;
  readonly base64: string;
}

export interface ContactFields {
  readonly fn: string;
  readonly org: string;
  readonly title: string;
  readonly nick: string;
  readonly tel: ContactEntry[];
  readonly email: ContactEntry[];
  readonly adr: ContactEntry[];
  readonly url: ContactEntry[];
  readonly bday: string;
  readonly anniversary: string;
  readonly note: string;
  readonly cats: string[];
}

function parse(text: string): Line[] {
  const lines: Line[] = [];
  const parts = text.match(/[^\r\n]*(?:\r\n|\n|\r|$)/g) ?? [];
  for (const part of parts) {
    if (part === '') continue;
    const last = lines.at(-1);
    const isSoft = last && isQuotedPrintable(last) && /=[\t ]*$/.test(last.value);
    if (last && (/^[ \t]/.test(part) || isSoft)) {
      last.raw += part;
      const more = part.replace(/[\r\n]+$/, '');
      last.value = isSoft ? last.value.replace(/=[\t ]*$/, '') + more : last.value + more.slice(1);
      continue;
    }
    lines.push(split(part));
  }
  return lines;
}

function split(raw: string): Line {
  const text = raw.replace(/[\r\n]+$/, '');
  let quoted = false;
  let colon = -1;
  for (let i = 0; i < text.length && colon < 0; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === ':' && !quoted) colon = i;
  }
  if (colon < 0) return { raw, group: '', name: '', params: '', value: text };
  const header = text.slice(0, colon);
  const semicolon = header.indexOf(';');
  const full = semicolon < 0 ? header : header.slice(0, semicolon);
  const dot = full.indexOf('.');
  return {
    raw,
    group: dot < 0 ? '' : full.slice(0, dot),
    name: full.slice(dot + 1).toUpperCase(),
    params: semicolon < 0 ? '' : header.slice(semicolon),
    value: text.slice(colon + 1),
  };
}

const isQuotedPrintable = (line: Line): boolean => /;(?:ENCODING=)?QUOTED-PRINTABLE(?:;|$)/i.test(line.params);

function decoded(line: Line): string {
  if (!isQuotedPrintable(line)) return line.value;
  const bytes: number[] = [];
  for (let i = 0; i < line.value.length; i++) {
    const hex = line.value.slice(i + 1, i + 3);
    if (line.value[i] === '=' && /^[0-9A-Fa-f]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else bytes.push(...new TextEncoder().encode(line.value[i]!));
  }
  const charset = /CHARSET=([^;]+)/i.exec(line.params)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(Uint8Array.from(bytes));
  } catch {
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }
}

export const unescapedText = (raw: string): string => raw.replace(/\\([nN\\,;:])/g, (_, c: string) => (c === 'n' || c === 'N' ? '\n' : c));
const escaped = (text: string): string => text.replace(/[\\,;]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');

export function pieces(raw: string, separator: string): string[] {
  const out: string[] = [];
  let start = 0;
  for (let i = 0; i < raw.length; i++) {
    if (raw[i] === '\\') i++;
    else if (raw[i] === separator) {
      out.push(raw.slice(start, i));
      start = i + 1;
    }
  }
  out.push(raw.slice(start));
  return out.map(unescapedText);
}

const text = (line: Line): string => unescapedText(decoded(line));

function typeOf(line: Line): string {
  const types = [...line.params.matchAll(/;(?:TYPE=)?"?([^;:"]+)"?/gi)].flatMap((m) => (m[1] ?? '').split(','));
  return (
    types
      .map((t) => t.toLowerCase().trim())
      .find((t) => t !== '' && !t.includes('=') && !['pref', 'voice', 'internet', 'quoted-printable'].includes(t)) ?? ''
  );
}

function lineValue(line: Line): string {
  const value = text(line).trim();
  return line.name === 'TEL' && /^tel:/i.test(value) ? value.slice(4) : value;
}

const NAMES = { tel: 'TEL', email: 'EMAIL', url: 'URL', adr: 'ADR' } as const;
type ListField = keyof typeof NAMES;

/** Apple writes its own words as `_$!<Work>!$_` and the person's as they are. */
const unwrapped = (label: string): string => label.replace(/^_\$!<(.*)>!\$_$/s, (_, word: string) => word.toLowerCase());

/** Words that cards have for what a number or address is; any other is a label of the person's own. */
const WORDS = ['home', 'work', 'cell', 'main', 'fax', 'pager', 'other', 'mobile'];

export const bareUid = (uid: string): string => {
  const bare = uid.trim().replace(/^urn:uuid:/i, '');
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(bare) ? bare.toLowerCase() : bare;
};

export class Card {
  private readonly lines: Line[];

  constructor(source: string) {
    const lines = parse(source);
    const begin = lines.findIndex((l) => l.name === 'BEGIN' && l.value.trim().toUpperCase() === 'VCARD');
    const end = lines.findIndex((l) => l.name === 'END');
    this.lines = begin >= 0 ? lines.slice(begin, end >= 0 ? end + 1 : undefined) : [];
  }

  static empty(uid: string): Card {
    return new Card(`BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:${uid}\r\nEND:VCARD\r\n`);
  }

  get isCard(): boolean {
    return this.lines.length > 0;
  }

  private all(name: string): Line[] {
    return this.lines.filter((l) => l.name === name);
  }
  private first(name: string): Line | undefined {
    return this.lines.find((l) => l.name === name);
  }

  /** FN; where there is none the name from its parts, the organisation, the first address or number. */
  get displayName(): string {
    for (const fn of this.all('FN')) if (text(fn).trim() !== '') return text(fn).trim();
    const n = this.first('N');
    const [family = '', given = '', additional = '', prefix = '', suffix = ''] = n ? pieces(decoded(n), ';') : [];
    const parts = [prefix, given, additional, family, suffix].map((p) => p.trim());
    // In Chinese, Japanese and Korean the family comes first and nothing parts them.
    const joined = EAST_ASIAN.test(parts[3]!) && EAST_ASIAN.test(parts[1]!) ? parts[3]! + parts[1]! : parts.filter((p) => p !== '').join(' ');
    if (joined !== '') return joined;
    for (const name of ['ORG', 'NICKNAME', 'EMAIL', 'TEL']) {
      const line = this.first(name);
      const value = line ? (name === 'ORG' ? (pieces(decoded(line), ';')[0] ?? '') : text(line)).trim() : '';
      if (value !== '') return value;
    }
    return '';
  }

  get fields(): ContactFields {
    const list = (field: ListField) =>
      this.all(NAMES[field])
        .map((l) => this.entry(l))
        .filter((e) => e.value !== '');
    const org = this.first('ORG');
    return {
      fn: this.displayName,
      org: org ? (pieces(decoded(org), ';')[0] ?? '') : '',
      title: this.textOf('TITLE'),
      nick: [...this.all('NICKNAME'), ...this.all('X-NICKNAME')]
        .flatMap((l) => pieces(decoded(l), ','))
        .map((v) => v.trim())
        .filter((v) => v !== '')
        .join(', '),
      tel: list('tel'),
      email: list('email'),
      adr: list('adr'),
      url: list('url'),
      bday: this.textOf('BDAY'),
      anniversary: this.textOf(this.anniversary),
      note: this.all('NOTE').map(text).join('\n'),
      cats: [
        ...new Set(
          this.all('CATEGORIES')
            .flatMap((l) => pieces(decoded(l), ','))
            .map((v) => v.trim())
            .filter((v) => v !== ''),
        ),
      ],
    };
  }

  private get anniversary(): string {
    return ['ANNIVERSARY', 'X-ANNIVERSARY'].find((n) => this.first(n)) ?? (this.isNew ? 'ANNIVERSARY' : 'X-ANNIVERSARY');
  }

  private get isNew(): boolean {
    return this.first('VERSION')?.value.trim() === '4.0';
  }

  private labelOf(line: Line): Line | undefined {
    const group = line.group.toLowerCase();
    return group === '' ? undefined : this.lines.find((l) => l.group.toLowerCase() === group && l.name.toUpperCase() === 'X-ABLABEL');
  }

  private entry(line: Line): ContactEntry {
    const label = this.labelOf(line);
    const type = (label && unwrapped(text(label).trim())) || typeOf(line);
    if (line.name !== 'ADR') return { type, value: lineValue(line) };
    const parts = pieces(decoded(line), ';').map((p) => p.trim());
    const value = parts.filter((p) => p !== '').join(', ');
    return { type, value, parts: Array.from({ length: 7 }, (_, i) => parts[i] ?? '') };
  }

  private textOf(name: string): string {
    const line = this.first(name);
    return line ? text(line) : '';
  }

  get isGroup(): boolean {
    return ['KIND', 'X-KIND', 'X-ADDRESSBOOKSERVER-KIND'].flatMap((n) => this.all(n)).some((l) => l.value.trim().toLowerCase() === 'group');
  }

  /** A picture in the card, or the address of one elsewhere. */
  private get hasPhoto(): boolean {
    const line = this.first('PHOTO');
    if (!line) return false;
    if (this.photo) return true;
    const value = text(line);
    return value.includes('://') || /^(?:cid|urn):/i.test(value);
  }

  /** A picture that is in the card itself. One elsewhere is not fetched. */
  get photo(): ContactPhoto | null {
    const line = this.first('PHOTO');
    if (!line) return null;
    const data = /^data:([\w/+.-]+);base64,(.*)$/s.exec(unescapedText(line.value));
    if (data) return { mediaType: data[1]!, base64: data[2]!.replace(/\s/g, '') };
    if (!/ENCODING=(?:B|BASE64)|;BASE64/i.test(line.params)) return null;
    const type = /TYPE="?(?:image\/)?([\w+-]+)/i.exec(line.params)?.[1]?.toLowerCase() ?? 'jpeg';
    return { mediaType: `image/${type}`, base64: line.value.replace(/\s/g, '') };
  }

  /** Bare, the first that is not blank; empty: none. */
  get uid(): string {
    return bareUid(
      this.all('UID')
        .map(text)
        .find((u) => u.trim() !== '') ?? '',
    );
  }

  /** SHA-256 of the canonical form (spec/records.md §2.1), for the properties that versions write alike; the many cases of turning older versions into 4.0 are an importer's. */
  canonicalHash(): Bytes {
    const unit = '\u001f';
    const lines = this.lines.flatMap((line) => {
      if (['BEGIN', 'END', 'VERSION', 'UID', 'PRODID', 'REV', ''].includes(line.name)) return [];
      const raw = decoded(line);
      const value = STRUCTURED.includes(line.name)
        ? pieces(raw, ';')
            .map((c) => c.trim())
            .join(unit)
            .replace(/\u001f+$/, '')
        : LISTED.includes(line.name)
          ? pieces(raw, ',')
              .map((c) => c.trim())
              .join(unit)
          : lineValue(line);
      if (value === '') return [];
      const parameters = line.params.split(';').slice(1);
      const types = parameters
        .filter((p) => !p.includes('=') || /^TYPE=/i.test(p))
        .flatMap((p) =>
          p
            .replace(/^TYPE=/i, '')
            .replace(/"/g, '')
            .toLowerCase()
            .split(','),
        );
      const kept = [...new Set(types)].filter((t) => !['internet', 'voice', 'quoted-printable', 'base64', '8bit'].includes(t)).sort();
      const others = parameters
        .filter((p) => p.includes('=') && !/^(?:TYPE|ENCODING|VALUE|CHARSET|MEDIATYPE|X-APPLE-OMIT-YEAR)=/i.test(p))
        .map((p) => p.replace(/^[^=]+/, (n) => n.toUpperCase()).replace(/"/g, ''))
        .sort();
      return [`${line.name}${unit}${kept.join(unit)}${unit}${unit}${others.join(unit)}${unit}${unit}${value}`];
    });
    return sha256(...lines.sort().flatMap((l) => [u32be(utf8(l).length), utf8(l)]));
  }

  /** spec/records.md §3, contacts. */
  view(): CborMap {
    const f = this.fields;
    const view: CborMap = new Map();
    const set = (key: string, value: Cbor) => {
      if (value !== '' && value !== false && !(Array.isArray(value) && value.length === 0)) view.set(key, value);
    };
    set('fn', cutUtf8(f.fn, MAX_LIST_TEXT));
    set('uid', this.uid);
    set('org', cutUtf8(f.org, MAX_LIST_TEXT));
    set('title', cutUtf8(f.title, MAX_LIST_TEXT));
    set('nick', cutUtf8(f.nick, MAX_LIST_TEXT));
    set(
      'tel',
      f.tel.map((e) => e.value),
    );
    set(
      'email',
      f.email.map((e) => e.value),
    );
    set('cats', f.cats);
    set('note', cutUtf8(f.note, MAX_HINT));
    set('photo', this.hasPhoto);
    set('bday', f.bday);
    if (this.isGroup) {
      view.set('group', true);
      set(
        'members',
        this.lines.filter((l) => l.name === 'MEMBER' || l.name === 'X-ADDRESSBOOKSERVER-MEMBER').map((l) => bareUid(text(l))),
      );
    }
    return view;
  }

  /** A card with these fields; what was not changed keeps its line. */
  edit(next: ContactFields, photo?: ContactPhoto | null): Card {
    const now = this.fields;
    const card = new Card(this.toString());
    if (card.isOld) card.modernise();
    if (next.fn !== now.fn) {
      card.setText('FN', next.fn);
      // N is what other programs sort by: kept in step only where it said the same as FN.
      if (card.first('N') && now.fn === new Card(this.toString().replace(/^FN[^\n]*\n/gim, '')).displayName) card.setName(next.fn);
    }
    if (next.org !== now.org) card.setFirstComponent('ORG', next.org);
    if (next.title !== now.title) card.setText('TITLE', next.title);
    if (next.nick !== now.nick)
      card.setRaw(
        'NICKNAME',
        next.nick
          .split(',')
          .map((v) => escaped(v.trim()))
          .join(','),
      );
    if (next.bday !== now.bday) card.setText('BDAY', next.bday);
    if (next.note !== now.note) card.setText('NOTE', next.note);
    if (next.cats.join('\n') !== now.cats.join('\n')) card.setRaw('CATEGORIES', next.cats.map(escaped).join(','));
    if (next.anniversary !== now.anniversary) card.setText(card.anniversary, next.anniversary);
    for (const field of ['tel', 'email', 'url', 'adr'] as const) card.setList(NAMES[field], now[field], next[field]);
    if (photo !== undefined) card.setPhoto(photo);
    return card;
  }

  private get isOld(): boolean {
    return this.first('VERSION')?.value.trim() === '2.1';
  }

  private setText(name: string, value: string): void {
    this.setRaw(name, escaped(value));
  }

  /** One line of this name with this value; none where the value is empty. */
  private setRaw(name: string, value: string): void {
    const [line, ...others] = this.all(name);
    for (const other of others) this.lines.splice(this.lines.indexOf(other), 1);
    if (value === '') {
      if (line) this.lines.splice(this.lines.indexOf(line), 1);
    } else if (line) this.change(line, value);
    else this.append(name, '', value);
  }

  private setFirstComponent(name: string, value: string): void {
    const line = this.first(name);
    const rest = line ? pieces(decoded(line), ';').slice(1) : [];
    const all = [value, ...rest].map(escaped);
    this.setRaw(name, all.every((p) => p === '') ? '' : all.join(';'));
  }

  private setName(fn: string): void {
    const words = fn.trim().split(/\s+/);
    const family = words.length > 1 ? words.at(-1)! : '';
    const given = words.length > 1 ? words.slice(0, -1).join(' ') : fn.trim();
    this.setRaw('N', `${escaped(family)};${escaped(given)};;;`);
  }

  private setList(name: string, now: ContactEntry[], next: ContactEntry[]): void {
    const lines = this.all(name).filter((l) => this.entry(l).value !== '');
    const said = (e: ContactEntry) => (e.parts ? e.parts.map(escaped).join(';') : escaped(e.value.trim()));
    const isEmpty = (e: ContactEntry) => (e.parts ? e.parts.every((p) => p.trim() === '') : e.value.trim() === '');
    for (const [i, line] of lines.entries()) {
      const [wanted, before] = [next[i], now[i]];
      if (!wanted || isEmpty(wanted)) {
        this.removeWithLabel(line);
        continue;
      }
      if (!before || said(wanted) !== said(before)) {
        line.params = line.params.replace(/;VALUE=uri/i, '');
        this.change(line, said(wanted));
      }
      if (wanted.type !== before?.type) this.setType(line, wanted.type);
    }
    for (const added of next.slice(lines.length)) {
      if (isEmpty(added)) continue;
      const line = this.append(name, '', said(added));
      if (added.type) this.setType(line, added.type);
    }
  }

  /** A word that cards have stands as TYPE; the person's own label in a line of its own, as Apple has it and others read it. */
  private setType(line: Line, type: string): void {
    const label = this.labelOf(line);
    const isWord = WORDS.includes(type);
    const kept = line.params
      .split(';')
      .slice(1)
      .filter((p) => !/^TYPE=/i.test(p) || /^TYPE="?pref"?$/i.test(p));
    line.params = [...kept, ...(isWord ? [`TYPE=${type === 'mobile' ? 'cell' : type}`] : [])].map((p) => `;${p}`).join('');
    line.raw = '';
    if (label) this.lines.splice(this.lines.indexOf(label), 1);
    if (isWord || type.trim() === '') return;
    if (line.group === '') line.group = this.freeGroup();
    const at = this.lines.indexOf(line) + 1;
    this.lines.splice(at, 0, { raw: '', group: line.group, name: 'X-ABLabel', params: '', value: escaped(type.trim()) });
  }

  private freeGroup(): string {
    for (let n = 1; ; n++) if (!this.lines.some((l) => l.group.toLowerCase() === `item${n}`)) return `item${n}`;
  }

  private setPhoto(photo: ContactPhoto | null): void {
    for (const line of this.all('PHOTO')) this.lines.splice(this.lines.indexOf(line), 1);
    if (!photo) return;
    const type = photo.mediaType.replace(/^image\//, '').toUpperCase();
    if (this.isNew) this.append('PHOTO', '', `data:${photo.mediaType};base64,${photo.base64}`);
    else this.append('PHOTO', `;ENCODING=b;TYPE=${type}`, photo.base64);
  }

  /**
   * Takes over what another card of the same person says: every line that does not say again what is here, and is not one that a contact has once. Nothing of this card is changed. The
   * other's name stands as a nickname where it is another one.
   */
  absorb(other: Card): Card {
    const card = new Card(this.toString());
    if (card.isOld) card.modernise();
    const from = new Card(other.toString());
    if (from.isOld) from.modernise();
    const key = (l: Line) => `${l.name} ${l.name === 'TEL' ? lineValue(l).replace(/[^\d+*#]/g, '') : text(l).trim().toLowerCase()}`;
    const had = new Set(card.lines.map(key));
    for (const line of from.lines) {
      if (line.name === '' || line.name === 'X-ABLABEL' || NEVER.includes(line.name) || had.has(key(line))) continue;
      if (ONCE.includes(line.name) && card.first(line.name)) continue;
      had.add(key(line));
      const label = from.labelOf(line);
      const group = label ? card.freeGroup() : '';
      card.append(line.name, line.params, line.value, group);
      if (label) card.append('X-ABLabel', '', label.value, group);
    }
    const name = from.displayName;
    if (name !== '' && name !== card.displayName && !card.fields.nick.split(', ').includes(name))
      card.setRaw('NICKNAME', [...card.all('NICKNAME').flatMap((l) => pieces(decoded(l), ',')), name].map(escaped).join(','));
    return card;
  }

  /** Apple keeps a label in a second line of the same group. */
  private removeWithLabel(line: Line): void {
    const label = this.labelOf(line);
    this.lines.splice(this.lines.indexOf(line), 1);
    if (label) this.lines.splice(this.lines.indexOf(label), 1);
  }

  private change(line: Line, value: string): void {
    line.value = value;
    line.params = line.params.replace(/;(?:ENCODING=)?QUOTED-PRINTABLE/gi, '').replace(/;CHARSET=[^;]*/gi, '');
    line.raw = '';
  }

  private append(name: string, params: string, value: string, group = ''): Line {
    const end = this.lines.findIndex((l) => l.name === 'END');
    const line = { raw: '', group, name, params, value };
    this.lines.splice(end < 0 ? this.lines.length : end, 0, line);
    return line;
  }

  /** 2.1 to 3.0, line by line. */
  private modernise(): void {
    for (const line of this.lines) {
      if (line.name === 'VERSION') this.change(line, '3.0');
      else if (isQuotedPrintable(line)) this.change(line, decoded(line).replace(/\r\n|\r|\n/g, '\\n'));
      const params = line.params
        .split(';')
        .slice(1)
        .filter((p) => !/^CHARSET=/i.test(p))
        .map((p) => (/^(?:ENCODING=)?BASE64$/i.test(p) ? 'ENCODING=b' : p.includes('=') ? p : `TYPE=${p}`));
      const text = params.map((p) => `;${p}`).join('');
      if (text !== line.params) {
        line.params = text;
        line.value = line.value.replace(/[ \t]/g, (c) => (line.params.includes('ENCODING=b') ? '' : c));
        line.raw = '';
      }
    }
  }

  /** The same in 3.0, for programs that import no other: what 3.0 writes in another way is written so, all else stays. */
  as30(): Card {
    const card = new Card(this.toString());
    if (card.isOld) card.modernise();
    if (!card.isNew) return card;
    const SAME: Record<string, string> = {
      KIND: 'X-ADDRESSBOOKSERVER-KIND',
      MEMBER: 'X-ADDRESSBOOKSERVER-MEMBER',
      ANNIVERSARY: 'X-ANNIVERSARY',
      GENDER: 'X-GENDER',
    };
    for (const line of card.lines) {
      const data = /^data:image\/([\w+-]+)(?:;[^,;]*)*;base64\\?,(.*)$/s.exec(line.value);
      if (line.name === 'VERSION') line.value = '3.0';
      else if (line.name === 'PHOTO' && data) [line.params, line.value] = [`;ENCODING=b;TYPE=${data[1]!.toUpperCase()}`, data[2]!];
      else if (line.name === 'BDAY' && /^\d{8}$/.test(line.value)) line.value = line.value.replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3');
      else if (line.name === 'TEL') line.value = line.value.replace(/^tel:/i, '');
      else if (!SAME[line.name] && !/;PREF=/i.test(line.params)) continue;
      line.name = SAME[line.name] ?? line.name;
      line.params = line.params.replace(/;PREF=1(?=;|$)/i, ';TYPE=pref').replace(/;PREF=\d+/i, '');
      if (line.name === 'TEL') line.params = line.params.replace(/;VALUE=uri/i, '').replace(/"/g, '');
      line.raw = '';
    }
    return card;
  }

  toString(): string {
    return this.lines.map((l) => l.raw || fold(`${l.group ? `${l.group}.` : ''}${l.name}${l.params}:${l.value}`)).join('');
  }
}

/** At most 75 bytes a line, cut between code points. */
export function fold(line: string): string {
  const out: string[] = [];
  let current = '';
  let used = 0;
  for (const point of line) {
    const size = utf8Length(point);
    if (used + size > FOLD) {
      out.push(current);
      current = ' ';
      used = 1;
    }
    current += point;
    used += size;
  }
  return `${[...out, current].join('\r\n')}\r\n`;
}
