/**
 * One message of a phone's export, as a SyncTech XML element or an sms-ie line, to what a record says of it and the key by which it is known again; spec/records.md §2.2 and §3. Total: what
 * is no message gives undefined. Streams of exports are cut into such pieces by their importers.
 */
import { compare, concat, hex, u32be, utf8 } from '../protocol/bytes';
import type { Cbor, CborMap } from '../protocol/cbor';
import { sha256 } from '../protocol/hash';

/** Below it a date counts seconds. */
const LEAST_MS = 100_000_000_000;
const SELF = 'insert-address-token';
const INBOX = 1;
const ROLES = new Map([
  [137, 1],
  [151, 2],
  [130, 3],
  [129, 4],
]);

type Row = ReadonlyMap<string, string>;
interface Address {
  readonly address: string;
  readonly role: number;
}

export interface Message {
  readonly kind: 'sms' | 'mms';
  readonly box: number | null;
  readonly addresses: Address[];
  /** How many of the addresses, from the first, are those whom the conversation is with. */
  readonly participants: number;
  readonly date: number | null;
  readonly sent: number | null;
  readonly body: string | null;
  readonly subject: string | null;
  readonly read: boolean;
  readonly name: string | null;
  readonly networkId: string;
  readonly texts: string[];
  readonly source: 'synctech' | 'sms-ie';
  /** The element or line, with the data of parts cut out. */
  readonly original: string;
}

const present = (value: string | undefined): string | null => (value === undefined || value === '' || value === 'null' ? null : value);
const lines = (text: string): string => text.replace(/\r\n?/g, '\n');

function number(value: string | undefined): number | null {
  const n = value !== undefined && /^-?\d{1,16}$/.test(value.trim()) ? Number(value) : null;
  return n !== null && Number.isSafeInteger(n) ? n : null;
}

function milliseconds(value: string | undefined, zeroIsNone = false): number | null {
  const n = number(value);
  if (n === null || (zeroIsNone && n === 0)) return null;
  return Math.abs(n) < LEAST_MS ? n * 1000 : n;
}

/** The form under which addresses are compared. */
export function plainAddress(address: string): string {
  const text = address
    .trim()
    .replace(/^tel:/i, '')
    .replace(/\/TYPE=PLMN$/i, '');
  const squeezed = text
    .replace(/[\t \u00a0\u202f\-().[\]/\u2010-\u2015\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (c) => String(c.charCodeAt(0) & 15));
  if (/^\+?[0-9*#]*[0-9][0-9*#]*$/.test(squeezed)) return squeezed;
  return text.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

const joinedAddresses = (addresses: readonly Address[]): string => [...new Set(addresses.map((a) => plainAddress(a.address)))].sort().join('~');

/** The key of a conversation. Where the export names everyone alike, and it was received by one, that one is oneself. */
export function threadOf(m: Message): string {
  if (m.participants > 0) return joinedAddresses(m.addresses.slice(0, m.participants));
  const alone = m.box === INBOX && m.addresses.filter((a) => a.role === 2 || a.role === 3).length === 1;
  return joinedAddresses(alone ? m.addresses.filter((a) => a.role === 1) : m.addresses);
}

const field = (value: string | null): Uint8Array => {
  const bytes = utf8(value ?? '');
  return concat(u32be(bytes.length), bytes);
};

/** "m:" and 32 bytes. @param occurrence Among messages of one file that agree in everything, from 0. */
export function messageKey(m: Message, occurrence: number): Uint8Array {
  const known = m.kind === 'mms' ? m.addresses.filter((a) => a.role !== 0) : [];
  const addresses = joinedAddresses(known.length > 0 && m.addresses.length > 1 ? known : m.addresses);
  const texts = m.texts.map((t) => utf8(lines(t))).sort(compare);
  const fields =
    m.kind === 'sms'
      ? [addresses, m.date === null ? null : String(m.date), m.body === null ? null : lines(m.body)]
      : [
          m.date === null ? null : String(Math.floor(m.date / 1000)),
          m.networkId,
          addresses,
          texts.length === 0 ? null : hex(sha256(...texts.flatMap((t) => [u32be(t.length), t]))),
        ];
  const all = ['candor/message/1', m.kind, String(m.box ?? 0), ...fields, String(occurrence)];
  return concat(utf8('m:'), sha256(...all.map(field)));
}

export function messageView(m: Message, occurrence: number): CborMap {
  const view: CborMap = new Map();
  const set = (key: string, value: Cbor | null) => {
    if (value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)) view.set(key, value);
  };
  set('type', m.kind);
  set('box', m.box);
  set(
    'addr',
    m.addresses.map((a): Cbor => [a.address, a.role]),
  );
  set('date', m.date);
  set('sent', m.sent);
  set('body', m.body);
  set('subject', m.subject);
  view.set('read', m.read);
  set('name', m.name);
  set('thread', threadOf(m));
  set('source', m.source);
  set('occ', occurrence > 0 ? occurrence : null);
  return view;
}

const box = (value: string | undefined): number | null => {
  const n = number(value);
  return n !== null && n >= 1 && n <= 6 ? n : null;
};

function sms(row: Row, source: Message['source'], original: string): Message {
  const of = box(row.get('type'));
  const address = present(row.get('address'));
  const name = present(row.get('contact_name')) ?? present(row.get('__display_name'));
  return {
    kind: 'sms',
    box: of,
    addresses: address === null ? [] : [{ address, role: of === INBOX ? 1 : 2 }],
    participants: address === null ? 0 : 1,
    date: milliseconds(row.get('date')),
    sent: milliseconds(row.get('date_sent'), true),
    body: present(row.get('body')),
    subject: present(row.get('subject')),
    read: number(row.get('read')) === 1,
    name: name === '(Unknown)' ? null : name,
    networkId: '',
    texts: [],
    source,
    original,
  };
}

function mms(row: Row, parts: readonly Row[], people: readonly Row[], source: Message['source'], original: string): Message {
  const header = people.flatMap((p): Address[] => {
    const address = present(p.get('address'));
    return address === null || address === SELF ? [] : [{ address, role: ROLES.get(number(p.get('type')) ?? 0) ?? 0 }];
  });
  const addresses: Address[] = [];
  const left = [...header];
  for (const address of (present(row.get('address')) ?? '').split('~')) {
    if (address === '' || address === SELF) continue;
    const at = left.findIndex((h) => plainAddress(h.address) === plainAddress(address));
    addresses.push({ address, role: at < 0 ? 0 : left.splice(at, 1)[0]!.role });
  }
  const texts = parts.filter((p) => /^text\/plain(?:;|$)/i.test(p.get('ct') ?? '')).flatMap((p) => present(p.get('text')) ?? []);
  const name = present(row.get('contact_name')) ?? present(row.get('__display_name'));
  const [messageId, transaction] = [present(row.get('m_id')), present(row.get('tr_id'))];
  return {
    kind: 'mms',
    box: box(row.get('msg_box')),
    addresses: [...addresses, ...left],
    participants: addresses.length,
    date: milliseconds(row.get('date')),
    sent: milliseconds(row.get('date_sent'), true),
    body: texts.length === 0 ? null : texts.join('\n'),
    subject: present(row.get('sub')),
    read: number(row.get('read')) === 1,
    name: name === '(Unknown)' ? null : name,
    networkId: messageId !== null ? `m:${messageId}` : transaction !== null ? `t:${transaction}` : '',
    texts,
    source,
    original,
  };
}

const TAG = /<([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*\/?>/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Character references, also halves of a pair written as two, as Android's exports have them. */
const decoded = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, h: string, d: string, name: string) => {
    if (name) return ENTITIES[name] ?? whole;
    const code = h ? Number.parseInt(h, 16) : Number(d);
    return code < 0x10000 ? String.fromCharCode(code) : code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });

/** One `<sms …/>` or `<mms …>…</mms>`. */
export function readSyncTech(xml: string): Message | undefined {
  const rows = [...xml.matchAll(TAG)].map((m) => ({
    tag: m[1]!.toLowerCase(),
    row: new Map([...m[2]!.matchAll(ATTRIBUTE)].map((a) => [a[1]!, decoded(a[2] ?? a[3] ?? '')])),
  }));
  const [first] = rows;
  if (first?.tag === 'sms') return sms(first.row, 'synctech', xml);
  if (first?.tag !== 'mms') return undefined;
  const of = (tag: string) => rows.filter((r) => r.tag === tag).map((r) => r.row);
  const cut = xml.replace(/(<part\b[^>]*?\sdata=)(?:"[^"]*"|'[^']*')/gi, '$1""');
  return mms(first.row, of('part'), of('addr'), 'synctech', cut);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const rowOf = (value: Record<string, unknown>): Row =>
  new Map(Object.entries(value).flatMap(([k, v]): [string, string][] => (typeof v === 'string' || typeof v === 'number' ? [[k, String(v)]] : [])));

/** One line of sms-ie's export. */
export function readSmsIe(line: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const list = (key: string): Row[] => {
    const items = value[key];
    return Array.isArray(items) ? items.filter(isObject).map(rowOf) : isObject(items) ? [rowOf(items)] : [];
  };
  const row = rowOf(value);
  if (!row.has('msg_box')) return sms(row, 'sms-ie', line);
  return mms(row, list('__parts'), [...list('__sender_address'), ...list('__recipient_addresses')], 'sms-ie', line);
}
