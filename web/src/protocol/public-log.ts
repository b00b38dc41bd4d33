/**
 * The operator's public log as a reader meets it: names of tiles, bundles of entries, entries, openings of commitments, policies, and what a witness is sent; spec/public-log.md. Undefined
 * is what is not in the form of the page. Writing a log is the server's.
 */
import { type Bytes, fromHex, fromUtf8, utf8 } from './bytes';
import { parseCheckpoint, readNumber, readRoot } from './checkpoint';
import { sha256 } from './hash';
import { TYPE_LOG, TYPE_WITNESS, VerifierKey } from './note';
import { isRefused } from './refusal';

const TILE = 256;
const MAX_INDEX = 2n ** 63n - 1n;
const MAX_ENTRY = 32_768;
const MAX_FILES = 128;
const MAX_POLICY = 65_536;
const MAX_REQUEST = 262_144;
const MAX_HASHES = 63;

export interface TileName {
  /** 0 … 7, or `entries`. */
  readonly level: string;
  readonly index: bigint;
  /** 256: full. */
  readonly width: number;
}

export function readTileName(path: string): TileName | undefined {
  const m = /^tile\/([0-7]|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (!m) return undefined;
  const groups = m[2]!.replace(/x/g, '').split('/');
  const width = m[3] === undefined ? TILE : Number(m[3]);
  const index = BigInt(groups.join(''));
  if ((groups.length > 1 && groups[0] === '000') || (m[3] !== undefined && width >= TILE) || index > MAX_INDEX) return undefined;
  return { level: m[1]!, index, width };
}

export function tilePath(tile: TileName): string {
  const digits = tile.index.toString();
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g)!;
  const name = groups.map((g, i) => (i < groups.length - 1 ? `x${g}` : g)).join('/');
  return `tile/${tile.level}/${name}${tile.width === TILE ? '' : `.p/${tile.width}`}`;
}

/** The partial tiles that a log of this size ends with: together they give its root. */
export function rightEdge(size: bigint): TileName[] {
  const edge: TileName[] = [];
  for (let level = 0, hashes = size; hashes > 0n; level++, hashes /= 256n) {
    if (hashes % 256n !== 0n) edge.push({ level: String(level), index: hashes / 256n, width: Number(hashes % 256n) });
  }
  return edge;
}

/** The entries of a bundle, of which there have to be exactly so many. */
export function readBundle(bytes: Bytes, width: number): Bytes[] | undefined {
  if (width > TILE) return undefined;
  const entries: Bytes[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 2 || entries.length === width) return undefined;
    const end = at + 2 + ((bytes[at]! << 8) | bytes[at + 1]!);
    if (end > bytes.length) return undefined;
    entries.push(bytes.slice(at + 2, end));
    at = end;
  }
  return entries.length === width ? entries : undefined;
}

type Rule = (value: string) => boolean;
const isHash: Rule = (v) => fromHex(v, 32) !== undefined;
const isText: Rule = () => true;
const isVkey: Rule = (v) => v === 'none' || !isRefused(VerifierKey.parse(v));
const oneOf =
  (...words: string[]): Rule =>
  (v) =>
    words.includes(v);
const isDay: Rule = (v) =>
  /^\d{4}-\d\d-\d\d$/.test(v) && !Number.isNaN(Date.parse(`${v}T00:00:00Z`)) && new Date(`${v}T00:00:00Z`).toISOString().startsWith(v);
const isHour: Rule = (v) => /^.{10}T(?:[01]\d|2[0-3])$/.test(v) && isDay(v.slice(0, 10));
const isAccount: Rule = (v) => v === 'all' || fromHex(v, 16) !== undefined;
function isLeaves(v: string): boolean {
  const n = readNumber(v);
  return n !== undefined && n >= 1024n && (n & (n - 1n)) === 0n;
}

const PUBLISHED: [string, Rule][] = [
  ['name', isText],
  ['version', isText],
];
const ENTRIES: Record<string, [string, Rule][]> = {
  release: PUBLISHED,
  web: PUBLISHED,
  policy: PUBLISHED,
  shelf: PUBLISHED,
  key: [
    ['role', oneOf('log', 'checkpoint', 'witness', 'shelf')],
    ['old', isVkey],
    ['new', isVkey],
  ],
  heads: [
    ['hour', isHour],
    ['leaves', isLeaves],
    ['root', isHash],
  ],
  heartbeat: [
    ['day', isDay],
    ['statement', isText],
  ],
  commitment: [['value', isHash]],
};

/** Lines of a word, a space and a value; each line ends in a newline, and no value is empty or begins or ends with a space. */
function readLines(text: string): [word: string, value: string][] | undefined {
  if (!text.endsWith('\n')) return undefined;
  const lines: [string, string][] = [];
  for (const line of text.slice(0, -1).split('\n')) {
    const space = line.indexOf(' ');
    const value = line.slice(space + 1);
    if (space <= 0 || value === '' || value.startsWith(' ') || value.endsWith(' ') || /[\u0000-\u001f\u007f-\u009f]/.test(line)) return undefined;
    lines.push([line.slice(0, space), value]);
  }
  return lines;
}

const follow = (lines: readonly [string, string][], rules: readonly [string, Rule][]): boolean =>
  lines.length === rules.length && rules.every(([word, rule], i) => lines[i]![0] === word && rule(lines[i]![1]));

export interface LogEntry {
  readonly type: string;
  readonly lines: [word: string, value: string][];
}

/** Line 1 is `candor/log/v1 <type>`. */
export function readEntry(bytes: Bytes): LogEntry | undefined {
  const text = bytes.length <= MAX_ENTRY ? fromUtf8(bytes) : undefined;
  const all = text === undefined ? undefined : readLines(text);
  if (all?.[0]?.[0] !== 'candor/log/v1') return undefined;
  const [[, type], ...lines] = all as [[string, string], ...[string, string][]];
  const rules = Object.hasOwn(ENTRIES, type) ? ENTRIES[type]! : undefined;
  if (!rules) return undefined;
  if (rules !== PUBLISHED) return follow(lines, rules) ? { type, lines } : undefined;
  const files = lines.slice(rules.length);
  const good =
    follow(lines.slice(0, rules.length), rules) &&
    files.length >= 1 &&
    files.length <= MAX_FILES &&
    files.every(([word, value]) => word === 'file' && isFile(value));
  const paths = files.map(([, value]) => value.split(' ')[0]!);
  return good && paths.every((p, i) => i === 0 || paths[i - 1]! < p) ? { type, lines } : undefined;
}

/** `<path> <bytes> <hash>`. */
function isFile(value: string): boolean {
  const [path = '', bytes = '', hash = '', ...more] = value.split(' ');
  const parts = path.split('/');
  return (
    more.length === 0 &&
    /^[!-~]+$/.test(path) &&
    parts.every((p) => p !== '' && p !== '.' && p !== '..') &&
    readNumber(bytes) !== undefined &&
    isHash(hash)
  );
}

const OPENINGS: Record<string, [string, Rule][]> = {
  erasure: [
    ['account', (v) => v !== 'all' && isAccount(v)],
    ['index', (v) => readNumber(v) !== undefined],
    ['leaf', isHash],
    ['kind', oneOf('contacts', 'notes', 'messages', 'photos')],
  ],
  access: [
    ['account', isAccount],
    ['by', isText],
    ['reason', isText],
    ['scope', oneOf('facts', 'export')],
  ],
  request: [
    ['account', isAccount],
    ['by', isText],
    ['reason', isText],
    ['scope', isText],
  ],
};

/** What a commitment in the log stands for: the value that has to be there, and what it says. */
export function readOpening(text: string): { value: Bytes; lines: [string, string][] } | undefined {
  const [first, second, ...payload] = text.split('\n');
  const nonce = second?.startsWith('nonce ') ? fromHex(second.slice(6), 32) : undefined;
  const body = payload.join('\n');
  const lines = readLines(body);
  if (first !== 'candor/log/v1 opening' || !nonce || !lines || lines[0]?.[0] !== 'what') return undefined;
  const what = lines[0][1];
  if (!Object.hasOwn(OPENINGS, what) || !follow(lines.slice(1), OPENINGS[what]!)) return undefined;
  return { value: sha256(utf8('candor/log/v1 opening\n'), nonce, utf8(body)), lines };
}

interface Member {
  /** Members that have to hold; a witness holds by itself. */
  readonly need: number;
  readonly members: string[];
}

/** Whom a reader believes. */
export class Policy {
  private constructor(
    readonly logs: VerifierKey[],
    readonly witnesses: ReadonlyMap<string, VerifierKey>,
    private readonly groups: ReadonlyMap<string, Member>,
    private readonly quorum: string,
  ) {}

  static parse(text: string): Policy | undefined {
    if (utf8(text).length > MAX_POLICY || /[\u0000-\u0008\u000b-\u001f]/.test(text)) return undefined;
    const logs: VerifierKey[] = [];
    const witnesses = new Map<string, VerifierKey>();
    const groups = new Map<string, Member>();
    const used = new Set<string>();
    let quorum: string | undefined;
    const known = (name: string) => witnesses.has(name) || groups.has(name);
    for (const line of text.split('\n')) {
      const words = line.split(/[ \t]+/).filter((w) => w !== '');
      if (words.length === 0 || line.startsWith('#')) continue;
      const [what, ...rest] = words;
      if (what === 'log' && rest.length >= 1 && rest.length <= 2 && logs.length < 16) {
        const key = VerifierKey.parse(rest[0]!);
        if (isRefused(key) || key.type !== TYPE_LOG || !isUrl(rest[1])) return undefined;
        logs.push(key);
      } else if (what === 'witness' && rest.length >= 2 && rest.length <= 3 && witnesses.size < 64) {
        const key = VerifierKey.parse(rest[1]!);
        if (isRefused(key) || key.type !== TYPE_WITNESS || !isUrl(rest[2]) || known(rest[0]!) || rest[0] === 'none') return undefined;
        witnesses.set(rest[0]!, key);
      } else if (what === 'group' && rest.length >= 3 && groups.size < 64) {
        const [name, k, ...members] = rest as [string, string, ...string[]];
        const need = k === 'any' ? 1 : k === 'all' ? members.length : Number(readNumber(k) ?? 0n);
        if (known(name) || name === 'none' || need < 1 || need > members.length) return undefined;
        for (const member of members) {
          if (!known(member) || used.has(member)) return undefined;
          used.add(member);
        }
        groups.set(name, { need, members });
      } else if (what === 'quorum' && rest.length === 1 && quorum === undefined && (rest[0] === 'none' || known(rest[0]!))) quorum = rest[0]!;
      else return undefined;
    }
    return quorum === undefined ? undefined : new Policy(logs, witnesses, groups, quorum);
  }

  /** @param cosigned Names of the witnesses whose cosignatures were verified. */
  isSatisfied(cosigned: ReadonlySet<string>): boolean {
    const holds = (name: string): boolean => {
      const group = this.groups.get(name);
      return group ? group.members.filter(holds).length >= group.need : cosigned.has(name);
    };
    return this.quorum === 'none' || holds(this.quorum);
  }
}

const isUrl = (url: string | undefined): boolean => url === undefined || /^https?:\/\/[^\s/]+(?:\/\S*)?$/.test(url);

/** What a witness is sent. */
export function readAddCheckpoint(text: string): { old: bigint; proof: Bytes[]; note: string; origin: string } | undefined {
  const blank = text.indexOf('\n\n');
  if (utf8(text).length > MAX_REQUEST || blank < 0) return undefined;
  const [first, ...hashes] = text.slice(0, blank).split('\n');
  const old = first?.startsWith('old ') ? readNumber(first.slice(4)) : undefined;
  const proof = hashes.map(readRoot);
  const note = text.slice(blank + 2);
  const end = note.indexOf('\n\n');
  const checkpoint = end < 0 ? undefined : parseCheckpoint(note.slice(0, end + 1));
  if (old === undefined || proof.length > MAX_HASHES || proof.includes(undefined) || !checkpoint || isRefused(checkpoint)) return undefined;
  return { old, proof: proof as Bytes[], note, origin: checkpoint.origin };
}
