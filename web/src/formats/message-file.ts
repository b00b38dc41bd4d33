/** A file of many messages: SyncTech's XML cut into its elements, the data of parts taken out and put back; spec/records.md §4. */
import { type Bytes, utf8 } from '../protocol/bytes';

export interface CutMessage {
  /** The element as it stands in the file. */
  readonly element: string;
  /** The data of its parts, by the number among all parts. */
  readonly parts: CutPart[];
}

export interface CutPart {
  readonly n: number;
  readonly name: string;
  readonly mediaType: string;
  readonly data: Bytes;
}

const BASE64_TEXT = 'application/candor-base64-text';

/** The elements of an export, one by one. What stands between them is left out. */
export function* cutMessages(xml: string): Generator<string> {
  const START = /<(sms|mms)(?=[\s/>])/g;
  for (let m = START.exec(xml); m; m = START.exec(xml)) {
    const end = endOf(xml, m.index);
    if (end < 0) return;
    const isEmpty = xml[end - 2] === '/';
    const close = m[1] === 'mms' && !isEmpty ? xml.indexOf('</mms>', end) : -1;
    const last = close < 0 ? end : close + '</mms>'.length;
    yield xml.slice(m.index, last);
    START.lastIndex = last;
  }
}

/** Just past the ">" of the tag that begins here; quotes hide one. */
function endOf(xml: string, from: number): number {
  let quote = '';
  for (let i = from; i < xml.length; i++) {
    const c = xml[i]!;
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '>') return i + 1;
  }
  return -1;
}

const attribute = (tag: string, name: string): string | null =>
  new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i')
    .exec(tag)
    ?.slice(1)
    .find((v) => v !== undefined) ?? null;

/** The parts of an element that have data: decoded, or as the text where decoding and encoding would not give it back. */
export function partsOf(element: string): CutPart[] {
  const parts: CutPart[] = [];
  let n = 0;
  for (const [tag] of element.matchAll(/<part\b(?:"[^"]*"|'[^']*'|[^'">])*>/gi)) {
    const at = n++;
    const raw = attribute(tag, 'data');
    if (!raw || raw === 'null') continue;
    const given = attribute(tag, 'ct') ?? '';
    const own = /^[\w.+-]+\/[\w.+-]+$/.test(given) && given.toLowerCase() !== BASE64_TEXT ? given.toLowerCase() : 'application/octet-stream';
    const decoded = fromBase64Text(raw);
    const name = [attribute(tag, 'cl'), attribute(tag, 'name'), attribute(tag, 'fn')].find((v) => v && v !== 'null') ?? '';
    parts.push({ n: at, name, mediaType: decoded ? own : BASE64_TEXT, data: decoded ?? utf8(raw) });
  }
  return parts;
}

function fromBase64Text(text: string): Bytes | null {
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return toBase64Text(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

export function toBase64Text(bytes: Uint8Array): string {
  let text = '';
  // A multiple of three, so that pieces join.
  for (let i = 0; i < bytes.length; i += 24_573) text += btoa(String.fromCharCode(...bytes.subarray(i, i + 24_573)));
  return text;
}

/** Puts the data of parts back where `data=""` stands for it. */
export function withParts(original: string, data: ReadonlyMap<number, { mediaType: string; bytes: Bytes }>): string {
  let n = 0;
  return original.replace(/<part\b(?:"[^"]*"|'[^']*'|[^'">])*>/gi, (tag) => {
    const part = data.get(n++);
    if (!part) return tag;
    const text = part.mediaType === BASE64_TEXT ? new TextDecoder().decode(part.bytes) : toBase64Text(part.bytes);
    return tag.replace(/(\sdata\s*=\s*)(?:""|'')/i, (_, before: string) => `${before}"${text}"`);
  });
}

const escaped = (text: string): string =>
  text.replace(/[&<>"\u0000-\u001f]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? `&#${c.charCodeAt(0)};`);

export interface PlainMessage {
  readonly address: string;
  readonly date: number;
  readonly box: number;
  readonly body: string;
  readonly subject: string;
  readonly read: boolean;
  readonly name: string;
}

/** An element for a message of which there is none: what the view says. */
export const smsElement = (m: PlainMessage): string =>
  `<sms protocol="0" address="${escaped(m.address)}" date="${m.date}" type="${m.box}" subject="${m.subject ? escaped(m.subject) : 'null'}" body="${escaped(m.body)}" read="${m.read ? 1 : 0}" status="-1"${m.name ? ` contact_name="${escaped(m.name)}"` : ''} />`;

export const isElement = (original: string): boolean => /^<(?:sms|mms)[\s/>]/.test(original) && original.endsWith('>');

export const xmlHead = (count: number): string => `<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count="${count}">\n`;
export const XML_FOOT = '</smses>\n';
