/** 24 words and what a person may type; spec/recovery-phrase.md. The list is that of BIP-39; its other rules (a passphrase, PBKDF2, 12 words) are not ours. */
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { Bytes } from './bytes';
import { sha256 } from './hash';
import { type Refusal, refuse, total } from './refusal';

export const WORDS: readonly string[] = wordlist;
export const WORD_COUNT = 24;
const MIN_PREFIX = 4;
const places = new Map(WORDS.map((word, i) => [word, i]));
const prefixes = new Map(WORDS.map((word, i) => [word.slice(0, MIN_PREFIX), i]));
/** Unicode property White_Space; JavaScript's \s has U+FEFF, which is not, and lacks U+0085. */
const BLANK = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

export function toWords(entropy: Bytes): string[] {
  if (entropy.length !== 32) throw new TypeError('a phrase holds 32 bytes');
  return elevens(Uint8Array.from([...entropy, sha256(entropy)[0]!]), WORD_COUNT);
}

/** Words by eleven bits each, from the top. */
export function elevens(bytes: Uint8Array, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    let n = 0;
    for (let b = 11 * i; b < 11 * i + 11; b++) n = (n << 1) | ((bytes[b >> 3]! >> (7 - (b & 7))) & 1);
    return WORDS[n]!;
  });
}

/** The word's number; undefined where it is none. Words may be cut after their fourth letter. */
export function wordNumber(typed: string): number | undefined {
  if (!/^[A-Za-z]+$/.test(typed)) return undefined;
  const word = typed.toLowerCase();
  const whole = places.get(word);
  if (whole !== undefined) return whole;
  if (word.length < MIN_PREFIX) return undefined;
  const i = prefixes.get(word.slice(0, MIN_PREFIX));
  return i !== undefined && WORDS[i]!.startsWith(word) ? i : undefined;
}

/** The entropy, or `wrong-word-count`, `unknown-word` (with its place from 0), `wrong-checksum`. */
export function readWords(typed: string): Bytes | Refusal {
  return total(() => {
    const words = typed.split(BLANK).filter((w) => w.length > 0);
    if (words.length !== WORD_COUNT) refuse('wrong-word-count');
    const bytes = new Uint8Array(33);
    words.forEach((word, i) => {
      const n = wordNumber(word) ?? refuse('unknown-word', i);
      for (let b = 0; b < 11; b++) if ((n >> (10 - b)) & 1) bytes[(11 * i + b) >> 3]! |= 0x80 >> ((11 * i + b) & 7);
    });
    const entropy = bytes.slice(0, 32);
    if (sha256(entropy)[0] !== bytes[32]) refuse('wrong-checksum');
    return entropy;
  });
}
