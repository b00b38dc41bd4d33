/** Verifier keys and signed notes; spec/checkpoint.md, Keys and Signed notes. */
import { type Bytes, base64, concat, equal, fromBase64, fromHex, fromUtf8, hex, label, utf8 } from './bytes';
import { sign, signingFromSeed, verify } from './curves';
import { sha256 } from './hash';
import { type Refusal, refuse, total, totally } from './refusal';

export const TYPE_LOG = 1;
export const TYPE_WITNESS = 4;
const MAX_KEY = 16_384;
const MAX_NOTE = 262_144;
const MAX_SIGNATURES = 64;
const PRIVATE = 'PRIVATE+KEY+';
const NAME = /^[^+\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/u;

export const isKeyName = (name: string): boolean => NAME.test(name);

export class VerifierKey {
  constructor(
    readonly name: string,
    readonly type: number,
    readonly key: Bytes,
  ) {}

  get id(): Bytes {
    return keyId(this.name, this.type, this.key);
  }

  /** As it is named in answers: `log.example/a+12e45c1f`. */
  get label(): string {
    return `${this.name}+${hex(this.id)}`;
  }

  toString(): string {
    return `${this.label}+${base64(concat(Uint8Array.of(this.type), this.key))}`;
  }

  static parse(text: string): VerifierKey | Refusal {
    return total(() => {
      const { name, type, key } = parts(text, (_type, bytes) => bytes);
      return new VerifierKey(name, type, key);
    });
  }
}

const keyId = (name: string, type: number, key: Bytes): Bytes => sha256(utf8(name), Uint8Array.of(10, type), key).slice(0, 4);

/** The checks of both kinds of key, in the order of the page. `publicOf` gives what the id is made of. */
function parts(text: string, publicOf: (type: number, key: Bytes) => Bytes | undefined): { name: string; type: number; key: Bytes } {
  if (text.length > MAX_KEY) refuse('too-large');
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0) refuse('malformed-key');
  const name = text.slice(0, first);
  const id = fromHex(text.slice(first + 1, second), 4) ?? refuse('malformed-key');
  if (!isKeyName(name)) refuse('invalid-key-name');
  const data = fromBase64(text.slice(second + 1)) ?? refuse('malformed-key');
  const type = data[0] ?? refuse('malformed-key');
  if (type !== TYPE_LOG && type !== TYPE_WITNESS) refuse('unknown-key-type');
  const key = data.slice(1);
  if (key.length !== 32) refuse('malformed-key');
  const shown = publicOf(type, key);
  if (shown && !equal(id, keyId(name, type, shown))) refuse('wrong-key-id');
  return { name, type, key };
}

/** A signer, for tests and tools; the app signs no notes. */
export class NoteSigner {
  private constructor(
    readonly verifier: VerifierKey,
    private readonly pair: Awaited<ReturnType<typeof signingFromSeed>>,
  ) {}

  static parse(text: string): Promise<NoteSigner | Refusal> {
    return totally(async () => {
      if (utf8(text).length > MAX_KEY) refuse('too-large');
      if (hasControl(utf8(text))) refuse('control-character');
      if (!text.startsWith(PRIVATE)) refuse('malformed-key');
      const rest = text.slice(PRIVATE.length);
      const { name, type, key } = parts(rest, () => undefined);
      if (key.every((b) => b === 0)) refuse('malformed-key');
      const pair = await signingFromSeed(key);
      const verifier = new VerifierKey(name, type, pair.publicKey);
      if (hex(verifier.id) !== rest.split('+')[1]) refuse('wrong-key-id');
      return new NoteSigner(verifier, pair);
    });
  }

  async line(body: string, time?: bigint): Promise<string> {
    const signature =
      this.verifier.type === TYPE_LOG ? await sign(this.pair, utf8(body)) : concat(u64(time!), await sign(this.pair, utf8(cosigned(body, time!))));
    return `\u2014 ${this.verifier.name} ${base64(concat(this.verifier.id, signature))}\n`;
  }
}

const u64 = (n: bigint): Bytes => {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigUint64(0, n);
  return b;
};

export const cosigned = (body: string, time: bigint): string => `cosignature/v1\ntime ${time}\n${body}`;

export interface NoteSignature {
  readonly key: VerifierKey;
  /** Of a witness. */
  readonly time?: bigint;
}

export interface OpenNote {
  readonly body: string;
  readonly signatures: NoteSignature[];
}

/** Rule 1: of what is below U+0020, only newlines. */
export function hasControl(bytes: Uint8Array): boolean {
  for (const b of bytes) if (b < 0x20 && b !== 10) return true;
  return false;
}

/** Reads a note and verifies every signature of a known key. */
export function openNote(bytes: Bytes, known: VerifierKey[]): Promise<OpenNote | Refusal> {
  return totally(async () => {
    if (bytes.length > MAX_NOTE) refuse('too-large');
    if (hasControl(bytes)) refuse('control-character');
    const text = fromUtf8(bytes) ?? refuse('not-utf8');
    const blank = text.lastIndexOf('\n\n');
    if (blank < 0 || blank + 2 >= text.length || !text.endsWith('\n')) refuse('no-signature-block');
    const body = text.slice(0, blank + 1);
    const lines = text.slice(blank + 2, -1).split('\n');
    const read: { name: string; id: Bytes; signature: Bytes }[] = [];
    for (const line of lines) {
      if (read.length === MAX_SIGNATURES) refuse('too-many-signatures');
      read.push(signatureLine(line));
    }
    const signatures: NoteSignature[] = [];
    for (const { name, id, signature } of read) {
      const key = known.find((k) => k.name === name && equal(k.id, id));
      if (!key) continue;
      const checked = await check(key, body, signature);
      if (!signatures.some((s) => s.key.label === key.label)) signatures.push(checked);
    }
    if (signatures.length === 0) refuse('no-known-signature');
    return { body, signatures };
  });
}

function signatureLine(line: string): { name: string; id: Bytes; signature: Bytes } {
  const [dash, name, data, ...more] = line.split(' ');
  if (dash !== '\u2014' || name === undefined || data === undefined || more.length > 0 || !isKeyName(name)) return refuse('malformed-signature-line');
  const bytes = fromBase64(data) ?? refuse('malformed-signature-line');
  if (bytes.length < 5) refuse('malformed-signature-line');
  return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
}

async function check(key: VerifierKey, body: string, signature: Bytes): Promise<NoteSignature> {
  if (key.type === TYPE_LOG) {
    if (!(await verify(key.key, utf8(body), signature))) refuse('signature-failed');
    return { key };
  }
  if (signature.length !== 72) return refuse('signature-failed');
  const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  if (time > 2n ** 63n - 1n || !(await verify(key.key, utf8(cosigned(body, time)), signature.slice(8)))) refuse('signature-failed');
  return { key, time };
}

export const writeNote = (body: string, lines: string[]): string => `${body}\n${lines.join('')}`;

/** A label's bytes, for those who sign. */
export const domain = (text: string): Bytes => label(`${text}\0`);
