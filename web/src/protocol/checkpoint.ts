/** The signed head of a log, and proofs that need no server; spec/checkpoint.md. */
import { type Bytes, base64, fromBase64, utf8 } from './bytes';
import type { Id } from './ids';
import { isIncluded } from './merkle';
import { hasControl, type NoteSignature, openNote, TYPE_LOG, TYPE_WITNESS, type VerifierKey } from './note';
import { isRefused, must, type Refusal, refuse, total, totally } from './refusal';

const MAX_PROOF = 353_624;
const MAX_EXTRA = 65_536;
const MAX_HASHES = 63;

export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Bytes;
  readonly extensions: string[];
}

export interface OpenCheckpoint extends Checkpoint {
  readonly cosignatures: NoteSignature[];
}

export const accountOrigin = (serverName: string, account: Id): string => `${serverName}/accounts/${account}`;

export const checkpointText = (origin: string, size: bigint, root: Bytes): string => `${origin}\n${size}\n${base64(root)}\n`;

/** Digits without a leading zero, at most 2⁶³ − 1. */
export function readNumber(text: string): bigint | undefined {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) return undefined;
  const n = BigInt(text);
  return n <= 2n ** 63n - 1n ? n : undefined;
}

/** 32 bytes in the one spelling that notes have for them. */
export function readRoot(text: string): Bytes | undefined {
  const root = text.length === 44 ? fromBase64(text) : undefined;
  return root?.length === 32 ? root : undefined;
}

export function parseCheckpoint(body: string): Checkpoint | Refusal {
  return total(() => {
    if (hasControl(utf8(body))) refuse('control-character');
    const lines = body.split('\n');
    if (lines.length < 4 || lines[lines.length - 1] !== '') refuse('too-few-lines');
    const [origin, size, root, ...extensions] = lines.slice(0, -1);
    if (!origin) return refuse('empty-origin');
    const n = readNumber(size!) ?? refuse('malformed-size');
    const hash = readRoot(root!) ?? refuse('malformed-root');
    if (extensions.includes('')) refuse('empty-extension-line');
    return { origin, size: n, root: hash, extensions };
  });
}

/** Rule 22: opens with all keys, wants one of the log's, then reads. */
export function openCheckpoint(
  note: Bytes,
  origin: string,
  logKeys: VerifierKey[],
  witnesses: VerifierKey[] = [],
): Promise<OpenCheckpoint | Refusal> {
  return totally(async () => {
    const opened = must(await openNote(note, [...logKeys, ...witnesses]));
    const isLog = (s: NoteSignature) => s.key.type === TYPE_LOG && logKeys.some((k) => k.label === s.key.label);
    if (!opened.signatures.some(isLog)) refuse('no-log-signature');
    const checkpoint = must(parseCheckpoint(opened.body));
    if (checkpoint.origin !== origin) refuse('wrong-origin');
    return { ...checkpoint, cosignatures: opened.signatures.filter((s) => s.key.type === TYPE_WITNESS) };
  });
}

export interface OpenProof extends OpenCheckpoint {
  readonly index: bigint;
  readonly extra: Bytes;
}

export function openProof(bytes: Bytes, leaf: Bytes, origin: string, logKeys: VerifierKey[], witnesses: VerifierKey[]): Promise<OpenProof | Refusal> {
  return totally(async () => {
    if (bytes.length > MAX_PROOF) refuse('too-large');
    // Only the lines before the note are read here; the note is read as bytes, by its own rules.
    const cursor = new Lines(bytes);
    if (cursor.next() !== 'c2sp.org/tlog-proof@v1') refuse('malformed-proof-header');
    let line = cursor.next();
    let extra: Bytes = new Uint8Array(0);
    if (line?.startsWith('extra ')) {
      extra = fromBase64(line.slice(6)) ?? refuse('malformed-extra');
      if (extra.length === 0 || extra.length > MAX_EXTRA) refuse('malformed-extra');
      line = cursor.next();
    }
    if (!line?.startsWith('index ')) return refuse('malformed-index');
    const index = readNumber(line.slice(6)) ?? refuse('malformed-index');
    const proof: Bytes[] = [];
    // Where the lines end before the blank one, there is no note, and that is what it is refused for.
    for (line = cursor.next(); line !== '' && line !== undefined; line = cursor.next()) {
      if (proof.length === MAX_HASHES) refuse('too-many-proof-hashes');
      proof.push(readRoot(line) ?? refuse('malformed-proof-hash'));
    }
    const checkpoint = await openCheckpoint(cursor.rest(), origin, logKeys, witnesses);
    if (isRefused(checkpoint)) return refuse(checkpoint.error);
    if (!isIncluded(leaf, index, checkpoint.size, proof, checkpoint.root)) refuse('not-included');
    return { ...checkpoint, index, extra };
  });
}

/** A receipt as a file: `*.tlog-proof`. @param note The checkpoint, signed. */
export const writeProof = (index: number, proof: readonly Bytes[], note: string): string =>
  `c2sp.org/tlog-proof@v1\nindex ${index}\n${proof.map((h) => `${base64(h)}\n`).join('')}\n${note}`;

/** Lines that end in a newline; each byte is taken as one character, for what is ASCII or else wrong. */
class Lines {
  private at = 0;
  constructor(private readonly bytes: Bytes) {}

  next(): string | undefined {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) return undefined;
    let text = '';
    for (let i = this.at; i < end; i++) text += String.fromCharCode(this.bytes[i]!);
    this.at = end + 1;
    return text;
  }

  rest(): Bytes {
    return this.bytes.slice(this.at);
  }
}

export const noteBytes = (text: string): Bytes => utf8(text);
