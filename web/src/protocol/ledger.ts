/** Lines of the ledger and its chain; spec/ledger.md. Where the lines are kept is the engine's business. */
import { type Bytes, fromUtf8, hex, utf8 } from './bytes';
import { sha256 } from './hash';

/** A line, with its newline, is at most this long. */
export const MAX_LINE = 65_536;
export const FIRST_PREV = '0'.repeat(64);

export type Purpose = 'sync' | 'blob' | 'account' | 'server' | 'shelf' | 'log' | 'update';

export interface OutLine {
  readonly seq: number;
  readonly t: string;
  readonly ev: 'out';
  readonly id: number;
  readonly host: string;
  readonly purpose: Purpose;
  readonly kind: string;
  readonly consent: number;
  readonly method: string;
  readonly target: string;
  readonly head: number;
  readonly body: number;
  readonly sha256: string;
  readonly prev: string;
}

export interface InLine {
  readonly seq: number;
  readonly t: string;
  readonly ev: 'in' | 'cut';
  readonly id: number;
  readonly status: number;
  readonly body: number;
  readonly prev: string;
}

export type LedgerLine = OutLine | InLine;

/** JSON.stringify keeps the order in which the members were written and adds no spaces: the form of the page. */
export const lineText = (line: LedgerLine): string => `${JSON.stringify(line)}\n`;
export const lineHash = (text: string): string => hex(sha256(utf8(text)));

export interface LedgerFacts {
  readonly lines: number;
  readonly bytesOut: number;
  /** Number of the first line, from 1, that does not follow from the one before; 0: none. */
  readonly brokenAt: number;
  readonly torn: boolean;
}

/** What a reader needs of any line; members of later versions are a broken line, as the page says "nothing else". */
interface ReadLine {
  seq: number;
  ev: string;
  prev: string;
  head: number;
  body: number;
}

const TEXTS = ['t', 'ev', 'host', 'purpose', 'kind', 'method', 'target', 'sha256', 'prev'];
const NUMBERS = ['seq', 'id', 'consent', 'head', 'body', 'status'];

function parseLine(bytes: Bytes): ReadLine | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const line: ReadLine = { seq: 0, ev: '', prev: '', head: 0, body: 0 };
  for (const [key, member] of Object.entries(value)) {
    if (TEXTS.includes(key) && typeof member === 'string') {
      if (key === 'ev' || key === 'prev') line[key] = member;
    } else if (NUMBERS.includes(key) && typeof member === 'number' && Number.isSafeInteger(member)) {
      if (key !== 'consent' && member < 0) return undefined;
      if (key === 'status' && member >= 1000) return undefined;
      if (key === 'seq' || key === 'head' || key === 'body') line[key] = member;
    } else return undefined;
  }
  return line.seq > 0 && line.ev !== '' && line.prev.length === 64 ? line : undefined;
}

/** Reads a whole ledger to its end or its first broken line. */
export function readLedger(bytes: Bytes): LedgerFacts {
  let previous = FIRST_PREV;
  let lines = 0;
  let seq = 0;
  let bytesOut = 0;
  let torn: Bytes | undefined;
  const broken = (): LedgerFacts => ({ lines, bytesOut, brokenAt: lines + 1, torn: false });
  let at = 0;
  for (let end = bytes.indexOf(10, at); end >= 0; end = bytes.indexOf(10, at)) {
    const line = bytes.subarray(at, end + 1);
    at = end + 1;
    if (line.length > MAX_LINE) return broken();
    const read = parseLine(line);
    if (!read) {
      // A torn line stays where it is; only a line that says so may follow it.
      if (torn) return broken();
      torn = line;
      continue;
    }
    const expected = torn ? hex(sha256(torn)) : previous;
    if (read.seq !== seq + 1 || read.prev !== expected || (read.ev === 'torn') !== (torn !== undefined)) return broken();
    const sent = read.ev === 'out' ? read.head + read.body : 0;
    if (!Number.isSafeInteger(bytesOut + sent)) return broken();
    torn = undefined;
    bytesOut += sent;
    previous = hex(sha256(line));
    seq = read.seq;
    lines++;
  }
  if (torn || bytes.length - at > MAX_LINE) return broken();
  return { lines, bytesOut, brokenAt: 0, torn: bytes.length > at };
}
