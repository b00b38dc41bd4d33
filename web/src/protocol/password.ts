/**
 * A password and an account secret as a way back; spec/recovery-password.md. Argon2id is JavaScript here, not WebAssembly, which the page's policy does not allow: it takes seconds,
 * which is what it is for. No number comes from a server.
 */
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, equal, label } from './bytes';
import { agreementFromSeed, signingFromSeed } from './curves';
import { derive, sha256 } from './hash';
import { HOLDER_PASSWORD, type Id } from './ids';
import { HolderSecret } from './keys';
import { isRefused, Refusal, refuse, total, totally } from './refusal';
import { context, open } from './sealing';

const SUITE = 1;
/** 20 bytes, sealed. */
const SEALED_SECRET = 92;
const ROLE_ACCOUNT_SECRET = 'account-secret';
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 32;
const MAX_PASSWORD = 1024;
const MEMORY_KIB = 65_536;
const PASSES = 3;
const LANES = 1;

const check = (suite: number, secret: Uint8Array): Bytes => sha256(label('candor/v1 account secret\0'), Uint8Array.of(suite), secret).slice(0, 3);

/** Eight groups of four, for paper. */
export const secretText = (secret: Bytes): string => written(concat(Uint8Array.of(SUITE), secret, check(SUITE, secret)));

function written(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < LENGTH; i++) {
    let n = 0;
    for (let b = 5 * i; b < 5 * i + 5; b++) n = (n << 1) | ((bytes[b >> 3]! >> (7 - (b & 7))) & 1);
    text += (i > 0 && i % 4 === 0 ? '-' : '') + LETTERS[n];
  }
  return text;
}

/** The account secret as text, from what stands in the place of the name of a password's holder (spec/recovery-password.md §4). */
export async function openAccountSecret(rootKey: Bytes, account: Id, holder: Id, epoch: number, sealed: Bytes): Promise<string | Refusal> {
  if (sealed.length !== SEALED_SECRET) return new Refusal('bad-length');
  const bytes = await open(rootKey, context({ account, record: holder, epoch, role: ROLE_ACCOUNT_SECRET }), sealed);
  if (isRefused(bytes)) return bytes;
  const text = written(bytes);
  const secret = readSecret(text);
  return isRefused(secret) ? secret : text;
}

/** The 16 bytes, or `wrong-length`, `unknown-letter` (with its place), `wrong-checksum`, `unknown-suite`. */
export function readSecret(typed: string): Bytes | Refusal {
  return total(() => {
    const letters = [...typed.replace(/[-\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g, '')];
    if (letters.length !== LENGTH) refuse('wrong-length');
    const bytes = new Uint8Array(20);
    letters.forEach((letter, i) => {
      // ASCII alone: other letters have upper cases that are ASCII (ı, ſ).
      const upper = /^[a-z]$/.test(letter) ? letter.toUpperCase() : letter;
      const n = LETTERS.indexOf(upper === 'O' ? '0' : upper === 'I' || upper === 'L' ? '1' : upper);
      if (n < 0) refuse('unknown-letter', i);
      for (let b = 0; b < 5; b++) if ((n >> (4 - b)) & 1) bytes[(5 * i + b) >> 3]! |= 0x80 >> ((5 * i + b) & 7);
    });
    const [suite, secret] = [bytes[0]!, bytes.slice(1, 17)];
    if (!equal(check(suite, secret), bytes.slice(17))) refuse('wrong-checksum');
    if (suite !== SUITE) refuse('unknown-suite');
    return secret;
  });
}

export interface PasswordKeys {
  readonly stretched: Bytes;
  readonly key: Bytes;
}

/** Takes seconds; tells how far it is, from 0 to 1. `bad-password`: not 1 to 1,024 characters of printable ASCII. */
export function passwordKeys(password: string, secret: Bytes, onProgress: (done: number) => void = () => {}): Promise<PasswordKeys | Refusal> {
  return totally(async () => {
    if (!/^[ -~]+$/.test(password) || password.length > MAX_PASSWORD) refuse('bad-password');
    const salt = sha256(label('candor/v1 password salt\0'), secret).slice(0, 16);
    const stretched = (await argon2idAsync(label(password), salt, { m: MEMORY_KIB, t: PASSES, p: LANES, dkLen: 32, onProgress })) as Bytes;
    const key = hmac(sha512, secret, concat(label('candor/v1 password\0'), Uint8Array.of(SUITE), stretched)).slice(0, 32) as Bytes;
    return { stretched, key };
  });
}

export async function passwordHolder(keys: PasswordKeys): Promise<HolderSecret> {
  return new HolderSecret(
    HOLDER_PASSWORD,
    await signingFromSeed(derive(keys.key, label('candor/v1 password sign'))),
    await agreementFromSeed(derive(keys.key, label('candor/v1 password agree'))),
  );
}
