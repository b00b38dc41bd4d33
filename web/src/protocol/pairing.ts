/** Messages of a pairing, its words, welcome and link; spec/pairing.md. */
import { type Bytes, concat, equal, fromHex, fromUtf8, hex, label, unhex, utf8 } from './bytes';
import { decode, encode, Shape } from './cbor';
import { type KeyPair, verify } from './curves';
import { sha256 } from './hash';
import { decapsulate, encapsulate, exporter } from './hpke';
import { HOLDER_DEVICE, HOLDER_PASSKEY, type HolderKeys, holderId, type Id } from './ids';
import type { HolderSecret } from './keys';
import { VerifierKey } from './note';
import { elevens } from './phrase';
import type { Random } from './random';
import { isRefused, must, type Refusal, refuse, total, totally } from './refusal';
import { openPadded, sealPadded } from './sealing';

const VERSION = 1;
const MAX_MESSAGE = 4096;
const MAX_PAIRING_NAME = 128;
const MAX_LINK = 1024;
const MAX_SERVER = 255;
const MAX_VKEY = 1024;
const SCHEME = 'candor:pair/';
const ROLE_WELCOME = 'welcome';
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export interface Offer {
  readonly account: Id;
  readonly approver: HolderKeys;
  readonly nonce: Bytes;
}

export interface Reveal {
  readonly keys: HolderKeys;
  readonly nonce: Bytes;
  readonly name: string;
}

/** What the approving device says in secret: the head that it verified, and with which key. */
export interface Letter {
  readonly account: Id;
  readonly size: number;
  readonly root: Bytes;
  readonly vkey: string;
  readonly approver: Id;
}

function fields(bytes: Bytes, count: number, max = MAX_MESSAGE): { s: Shape; f: ReturnType<Shape['array']> } {
  const s = new Shape('malformed');
  if (bytes.length > max) refuse('malformed');
  return { s, f: s.array(must(decode(bytes)), count) };
}

export const encodeOffer = (o: Offer): Bytes =>
  encode([VERSION, unhex(o.account), unhex(holderId(o.approver)), o.approver.signing, o.approver.agreement, o.nonce]);

export function decodeOffer(bytes: Bytes): Offer | Refusal {
  return total(() => {
    const { s, f } = fields(bytes, 6);
    if (f[0] !== VERSION) refuse('malformed');
    const approver = { type: HOLDER_DEVICE, signing: s.bytes(f[3], 32), agreement: s.bytes(f[4], 32) };
    if (hex(s.bytes(f[2], 16)) !== holderId(approver)) refuse('malformed');
    return { account: hex(s.bytes(f[1], 16)), approver, nonce: s.bytes(f[5], 32) };
  });
}

export const encodeReveal = (r: Reveal): Bytes => encode([VERSION, r.keys.type, r.keys.signing, r.keys.agreement, r.nonce, r.name]);

export function decodeReveal(bytes: Bytes): Reveal | Refusal {
  return total(() => {
    const { s, f } = fields(bytes, 6);
    if (f[0] !== VERSION) refuse('malformed');
    const name = s.text(f[5], MAX_PAIRING_NAME);
    if (CONTROL.test(name)) refuse('malformed');
    return {
      keys: { type: s.uint(f[1], HOLDER_PASSKEY, 1), signing: s.bytes(f[2], 32), agreement: s.bytes(f[3], 32) },
      nonce: s.bytes(f[4], 32),
      name,
    };
  });
}

export const commitmentOf = (reveal: Bytes): Bytes => sha256(label('candor/v1 pairing\0'), reveal);
export const transcript = (commitment: Bytes, offer: Bytes, reveal: Bytes): Bytes => sha256(label('candor/v1 words\0'), commitment, offer, reveal);
export const pairingWords = (h: Bytes): string[] => elevens(h, 4);

export interface PairingMessages {
  readonly commitment: Bytes;
  readonly offer: Bytes | null;
  readonly reveal: Bytes | null;
  readonly welcome: Bytes | null;
}

export function decodeMessages(bytes: Bytes): PairingMessages | Refusal {
  return total(() => {
    const { s, f } = fields(bytes, 4, 4 * MAX_MESSAGE);
    const message = (i: number) => (f[i] === null ? null : s.bytes(f[i], MAX_MESSAGE, 1));
    return { commitment: s.bytes(f[0], 32), offer: message(1), reveal: message(2), welcome: message(3) };
  });
}

const welcomeInfo = (h: Bytes): Bytes => concat(label('candor/v1 pairing\0'), h);
const letterBytes = (h: Bytes, letter: Bytes): Bytes => concat(label('candor/v1 welcome\0'), h, letter);
const welcomeSlot = (account: Id, holder: Id) => ({ account, record: holder, role: ROLE_WELCOME });
const EXPORT = label('welcome');

export const encodeLetter = (l: Letter): Bytes => encode([VERSION, unhex(l.account), l.size, l.root, l.vkey, unhex(l.approver)]);

export function decodeLetter(bytes: Bytes): Letter | Refusal {
  return total(() => {
    const { s, f } = fields(bytes, 6);
    if (f[0] !== VERSION) refuse('malformed');
    const vkey = s.text(f[4], MAX_VKEY);
    must(VerifierKey.parse(vkey));
    return {
      account: hex(s.bytes(f[1], 16)),
      size: s.uint(f[2], Number.MAX_SAFE_INTEGER, 1),
      root: s.bytes(f[3], 32),
      vkey,
      approver: hex(s.bytes(f[5], 16)),
    };
  });
}

/** The approving device's last message. Seed and salt are for vectors. */
export function writeWelcome(
  approver: HolderSecret,
  newcomer: HolderKeys,
  h: Bytes,
  letter: Letter,
  seed?: Bytes,
  salt?: Random,
): Promise<Bytes | Refusal> {
  return totally(async () => {
    const made = must(await encapsulate(newcomer.agreement, welcomeInfo(h), seed));
    const key = exporter(made.exchange, EXPORT, 32);
    const bytes = encodeLetter(letter);
    const plain = encode([bytes, await approver.sign(letterBytes(h, bytes))]);
    return encode([VERSION, made.encapsulation, await sealPadded(key, welcomeSlot(letter.account, holderId(newcomer)), plain, salt)]);
  });
}

/** The new device's reading of it: any failure is `malformed`, because any failure ends the pairing. */
export function readWelcome(
  secret: { keys: HolderKeys; id: Id; agreement: KeyPair },
  offer: Offer,
  h: Bytes,
  message: Bytes,
): Promise<Letter | Refusal> {
  return totally(async () => {
    const { s, f } = fields(message, 3);
    if (f[0] !== VERSION) refuse('malformed');
    const exchange = await decapsulate(secret.agreement, s.bytes(f[1], 32), welcomeInfo(h));
    if (isRefused(exchange)) return refuse('malformed');
    const plain = await openPadded(exporter(exchange, EXPORT, 32), welcomeSlot(offer.account, secret.id), s.bytes(f[2], MAX_MESSAGE, 1));
    if (isRefused(plain)) return refuse('malformed');
    const inner = fields(plain, 2);
    const bytes = s.bytes(inner.f[0], MAX_MESSAGE, 1);
    const letter = decodeLetter(bytes);
    if (isRefused(letter)) return refuse('malformed');
    if (letter.account !== offer.account || letter.approver !== holderId(offer.approver)) refuse('malformed');
    if (!(await verify(offer.approver.signing, letterBytes(h, bytes), s.bytes(inner.f[1], 64)))) refuse('malformed');
    return letter;
  });
}

export const matches = (commitment: Bytes, reveal: Bytes): boolean => equal(commitment, commitmentOf(reveal));

export interface PairingLink {
  readonly code: string;
  /** Empty where only the code is known. */
  readonly server: string;
  readonly commitment: Bytes | null;
}

/** `candor:pair/server/code/commitment`, or a code with white space and dashes anywhere. */
export function parseLink(text: string): PairingLink | Refusal {
  return total(() => {
    const trimmed = text.trim();
    if (trimmed.length > MAX_LINK) refuse('malformed');
    if (!trimmed.toLowerCase().startsWith(SCHEME)) {
      const digits = trimmed.replace(/[\s\u0085\-\u2010-\u2013\u2212]/g, '');
      return /^[0-9]{9}$/.test(digits) ? { code: digits, server: '', commitment: null } : refuse('malformed');
    }
    const [server, code, hash, ...more] = trimmed.slice(SCHEME.length).split('/');
    if (!server || !code || hash === undefined || more.length > 0 || !/^[0-9]{9}$/.test(code)) return refuse('malformed');
    const name = unescapePercent(server);
    if (name === undefined || utf8(name).length > MAX_SERVER) return refuse('malformed');
    return { code, server: name, commitment: fromHex(hash, 32) ?? refuse('malformed') };
  });
}

function unescapePercent(text: string): string | undefined {
  const bytes: number[] = [];
  const encoded = utf8(text);
  for (let i = 0; i < encoded.length; i++) {
    if (encoded[i] !== 0x25) {
      bytes.push(encoded[i]!);
      continue;
    }
    const digits = String.fromCharCode(encoded[i + 1] ?? 0, encoded[i + 2] ?? 0);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return undefined;
    bytes.push(Number.parseInt(digits, 16));
    i += 2;
  }
  return fromUtf8(Uint8Array.from(bytes));
}

const escapePercent = (text: string): string =>
  Array.from(utf8(text), (b) => {
    const c = String.fromCharCode(b);
    return /[A-Za-z0-9\-._~]/.test(c) ? c : `%${b.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

export const linkText = (link: PairingLink): string =>
  link.commitment ? `${SCHEME}${escapePercent(link.server)}/${link.code}/${hex(link.commitment)}` : spacedCode(link.code);

/** A name as a screen shows it beside words that are compared: marks that turn writing round or break lines are seen. */
export const shownName = (name: string): string => name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g, '\ufffd');

/** 493028117 as 493-028-117. */
export const spacedCode = (code: string): string => `${code.slice(0, 3)}-${code.slice(3, 6)}-${code.slice(6)}`;
