/**
 * A plain card as properties: spec/records.md §5.1. Merging needs to know to the letter what a card says, and a plain card is one of which every reader makes the same. Any other is no
 * error: it is only left to a device that has the whole of the format.
 */
import { type Bytes, fromBase64, fromUtf8, hex, utf8 } from '../protocol/bytes';
import { sha256 } from '../protocol/hash';
import { fold, LISTED, pieces, STRUCTURED, unescapedText } from './card';

export interface Parameter {
  readonly name: string;
  readonly values: string[];
}

export interface Property {
  readonly group: string | null;
  readonly name: string;
  readonly parameters: Parameter[];
  readonly raw: string;
}

export interface PlainCard {
  readonly version: '3.0' | '4.0';
  readonly properties: Property[];
}

const MAX_LINES = 2000;
const BINARY = ['PHOTO', 'LOGO', 'SOUND', 'KEY'];
/** Blanks and line ends that not every reader takes for such, and halves of a pair. */
const ODD = /[\f\u000b\u0085\u2028\u2029\ufeff\u0000\u001a\u001e\u001f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const MEDIA_TYPES = 'jpeg jpg png gif bmp tiff webp heic avif svg wave wav basic pcm mp3 ogg aac x509 pgp'.split(' ');
const HOW = ['ENCODING', 'VALUE', 'CHARSET', 'MEDIATYPE', 'X-APPLE-OMIT-YEAR'];
const DATES = ['BDAY', 'ANNIVERSARY', 'X-ANNIVERSARY'];
const MEMBER = 'X-ADDRESSBOOKSERVER-MEMBER';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const upper = (text: string): string => text.toUpperCase();

export function readPlainCard(bytes: Bytes): PlainCard | null {
  const text = fromUtf8(bytes);
  if (text === undefined || ODD.test(text) || !/(?:\r\n|\n)$/.test(text) || /\r(?!\n)/.test(text)) return null;
  const lines = text
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .slice(0, -1);
  if (lines.length > MAX_LINES || upper(lines[0] ?? '') !== 'BEGIN:VCARD' || upper(lines.at(-1) ?? '') !== 'END:VCARD') return null;
  const all = lines.slice(1, -1).map(readLine);
  if (all.some((p) => p === null)) return null;
  const properties = all as Property[];
  const versions = properties.filter((p) => p.name.toUpperCase() === 'VERSION');
  const version = versions[0]?.raw;
  if (versions.length !== 1 || (version !== '3.0' && version !== '4.0') || versions[0]!.group !== null || versions[0]!.parameters.length > 0)
    return null;
  const rest = properties.filter((p) => p !== versions[0]);
  return rest.every(isPlain) ? { version, properties: rest } : null;
}

function readLine(line: string): Property | null {
  const m =
    /^(?:([A-Za-z0-9_/.-]*[A-Za-z0-9_/-])\.)?([A-Za-z0-9_/-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/s.exec(line);
  if (!m) return null;
  const parameters: Parameter[] = [];
  for (const p of m[3]!.matchAll(/;([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)/g)) {
    const values = [...p[2]!.matchAll(/(?:^|,)("[^"]*"|[^",]*)/g)].map((v) => caretsOff(v[1]!.trim().replace(/"/g, '')));
    const isType = upper(p[1]!) === 'TYPE';
    parameters.push({ name: p[1]!, values: isType ? values.flatMap((v) => v.split(',')).map((v) => v.trim()) : values });
  }
  const isBase64 = parameters.some(saysBase64);
  return { group: m[1] ?? null, name: m[2]!, parameters, raw: isBase64 ? m[4]!.replace(/[ \t]/g, '') : m[4]! };
}

const caretsOff = (value: string): string => value.replace(/\^([n'^])/g, (_, c: string) => (c === 'n' ? '\n' : c === "'" ? '"' : '^'));
const saysBase64 = (p: Parameter): boolean => upper(p.name) === 'ENCODING' && /^(?:b|base64)$/i.test(p.values[0]!);

/** What readers understand alike: no older encodings, base64 of pictures only, one meaning. */
function isPlain(p: Property): boolean {
  const name = upper(p.name);
  if (['BEGIN', 'END', 'AGENT', 'VERSION', 'X-ANDROID-CUSTOM'].includes(name)) return false;
  if (p.parameters.some((q) => upper(q.name) === 'CHARSET' || q.values.some((v) => !/^[\x20-\x7e\u00a1-\ud7ff\ue000-\ufffd]*$/.test(v))))
    return false;
  if (types(p).some((t) => !/^[\x21-\x7e]*$/.test(t))) return false;
  const encodings = p.parameters.filter((q) => upper(q.name) === 'ENCODING');
  if (encodings.length > 1 || !encodings.every(saysBase64)) return false;
  if (encodings.length === 1) return BINARY.includes(name) && BASE64.test(p.raw) && p.raw !== '';
  if (BINARY.includes(name) && /^data:/i.test(p.raw)) return dataUri(p.raw) !== null;
  if (name === 'EMAIL' && !/^[\x20-\x7e]*$/.test(p.raw)) return false;
  if (name === 'UID' && p.raw.trim() === '') return false;
  return true;
}

const dataUri = (raw: string): Bytes | null => {
  const m = /^data:[a-z0-9/+.-]+;base64,([A-Za-z0-9+/=]+)$/i.exec(raw);
  return m && BASE64.test(m[1]!) ? (fromBase64Standard(m[1]!) ?? null) : null;
};

const fromBase64Standard = (text: string): Bytes | undefined => {
  const known = fromBase64(text);
  // A last digit with stray bits: what was meant is the bytes before it.
  return known ?? (BASE64.test(text) ? Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) : undefined);
};

// --- what a property says -----------------------------------------------------------------------------------------------------------------------------------

const UNIT = '\u001f';

/** The words of TYPE, in lower case, each once, in order. */
export const types = (p: Property): string[] => [
  ...new Set(
    typeWords(p)
      .filter((t) => t !== '')
      .map((t) => t.toLowerCase()),
  ),
];
export const typeWords = (p: Property): string[] => p.parameters.filter(isType).flatMap((q) => q.values);
export const isType = (q: Parameter): boolean => upper(q.name) === 'TYPE';

/** The bytes of a picture that is in the card. */
function pictureOf(p: Property): Bytes | null {
  if (p.parameters.some(saysBase64)) return fromBase64Standard(p.raw) ?? null;
  return /^data:/i.test(p.raw) ? dataUri(p.raw) : null;
}

export const isListed = (name: string): boolean => LISTED.includes(upper(name));
export const valuesOf = (p: Property): string[] => pieces(p.raw, ',');

/** The value, told apart from everything else its name can say. */
export function saidBy(p: Property): string {
  const name = upper(p.name);
  if (BINARY.includes(name)) {
    const bytes = pictureOf(p);
    return bytes ? upper(hex(sha256(bytes))) : unescapedText(p.raw);
  }
  if (STRUCTURED.includes(name))
    return pieces(p.raw, ';')
      .map((c) => c.trim())
      .join(UNIT)
      .replace(/\u001f+$/, '');
  if (LISTED.includes(name))
    return pieces(p.raw, ',')
      .map((c) => c.trim())
      .join(UNIT);
  const text = unescapedText(p.raw);
  if (DATES.includes(name) && !p.raw.includes('T'))
    return p.raw === ''
      ? ''
      : dateText(
          text,
          p.parameters.some((q) => upper(q.name) === 'X-APPLE-OMIT-YEAR'),
        );
  if (name === 'UID' || name === 'MEMBER' || name === MEMBER) return bare(text);
  const value = text.trim();
  return name === 'TEL' && /^tel:/i.test(value) ? value.slice(4) : value;
}

const bare = (uid: string): string => {
  const rest = uid.trim().replace(/^urn:uuid:/i, '');
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(rest) ? rest.toLowerCase() : rest;
};

/** The value by which a person would call two properties the same: a number however it is spaced, an address in any case. */
export function matchOf(p: Property): string {
  const value = saidBy(p);
  if (upper(p.name) === 'EMAIL') return value.toLowerCase();
  if (upper(p.name) !== 'TEL') return value;
  const dialled = value
    .split('')
    .filter((c) => /[\p{L}\p{Nd}]/u.test(c) || '+*#,;'.includes(c))
    .join('');
  return dialled || value;
}

/** Types sorted in one, other parameters sorted by name; how the value travelled is left out. */
export function parametersOf(p: Property): string {
  let said = types(p).sort();
  if (BINARY.includes(upper(p.name))) said = said.filter((t) => !t.includes('/') && !MEDIA_TYPES.includes(t));
  const others = p.parameters
    .filter((q) => !isType(q) && !HOW.includes(upper(q.name)))
    .map((q) => `${upper(q.name)}=${q.values.join(UNIT)}`)
    .sort();
  return said.join(UNIT) + UNIT + UNIT + others.join(UNIT);
}

export const lineOf = (p: Property): string => `${upper(p.name)}${UNIT}${parametersOf(p)}${UNIT}${UNIT}${saidBy(p)}`;

/** 1990-01-31, or as much as is known ("--01-31" without a year); what is no date stands as it is. */
export function dateText(text: string, omitYear: boolean): string {
  let date = text.replace(/^[ \t;]+|[ \t;]+$/g, '');
  const time = date.search(/[T ]/);
  if (time > 0) date = date.slice(0, time);
  if (!/^[0-9/-]{0,12}$/.test(date)) return text;
  const s = date.replace(/\//g, '-');
  const n = (digits: string | undefined) => (digits !== undefined && /^\d{1,4}$/.test(digits) ? Number(digits) : -1);
  let [year, month, day] = dateParts(s).map((d) => (d === null ? null : n(d))) as [number | null, number | null, number | null];
  if (omitYear || year === 1604) year = null;
  if (!exists(year, month, day)) return text;
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  let shown = year === null ? '-' : pad(year, 4);
  if (month !== null || year === null) shown += month === null ? '-' : `-${pad(month, 2)}`;
  return day === null ? shown : `${shown}-${pad(day, 2)}`;
}

function dateParts(s: string): [string | null, string | null, string | null] {
  const none: [null, null, null] = [null, null, null];
  if (s.startsWith('---')) return s.length === 5 ? [null, null, s.slice(3)] : none;
  if (s.startsWith('--')) {
    if (s.length === 4) return [null, s.slice(2), null];
    if (s.length === 6) return [null, s.slice(2, 4), s.slice(4)];
    return s.length === 7 && s[4] === '-' ? [null, s.slice(2, 4), s.slice(5)] : none;
  }
  if (s.length === 4) return [s, null, null];
  if (s.length === 8 && !s.includes('-')) return [s.slice(0, 4), s.slice(4, 6), s.slice(6)];
  if (s.length < 6 || s[4] !== '-') return none;
  const rest = s.slice(5);
  const dash = rest.indexOf('-');
  return dash < 0 ? [s.slice(0, 4), rest, null] : [s.slice(0, 4), rest.slice(0, dash), rest.slice(dash + 1)];
}

function exists(year: number | null, month: number | null, day: number | null): boolean {
  if (year === null && month === null && day === null) return false;
  if ((year !== null && (year < 1 || year > 9999)) || (month !== null && (month < 1 || month > 12))) return false;
  const days = month === null ? 31 : new Date(Date.UTC(year === null || year < 100 ? 2000 + ((year ?? 0) % 400) : year, month, 0)).getUTCDate();
  return day === null || (day >= 1 && day <= days);
}

// --- writing -------------------------------------------------------------------------------------------------------------------------------------------------

/** UTF-8 with CR LF, folded at 75 octets between code points. */
export function writeCard(card: PlainCard): Bytes {
  return utf8(`BEGIN:VCARD\r\nVERSION:${card.version}\r\n${card.properties.map((p) => fold(written(p))).join('')}END:VCARD\r\n`);
}

function written(p: Property): string {
  const parameters = p.parameters.map((q) => `;${q.name}=${q.values.map(encodeParameter).join(',')}`).join('');
  return `${p.group === null ? '' : `${p.group}.`}${p.name}${parameters}:${p.raw}`;
}

function encodeParameter(value: string): string {
  const safe = value.replace(/\^/g, '^^').replace(/\n/g, '^n').replace(/"/g, "^'");
  return /[,;:=]/.test(safe) || /^\s|\s$/.test(safe) ? `"${safe}"` : safe;
}

/** Names without case, everything else to the letter. */
export const sameProperty = (a: Property, b: Property): boolean =>
  upper(a.group ?? '') === upper(b.group ?? '') && upper(a.name) === upper(b.name) && a.raw === b.raw && sameParameters(a.parameters, b.parameters);

export const sameParameters = (a: Parameter[], b: Parameter[]): boolean =>
  a.length === b.length &&
  a.every(
    (q, i) => upper(q.name) === upper(b[i]!.name) && q.values.join(UNIT) === b[i]!.values.join(UNIT) && q.values.length === b[i]!.values.length,
  );

export const sameCard = (a: PlainCard, b: PlainCard): boolean =>
  a.version === b.version && a.properties.length === b.properties.length && a.properties.every((p, i) => sameProperty(p, b.properties[i]!));
