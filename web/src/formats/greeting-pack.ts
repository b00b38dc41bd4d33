/** Greeting packs (spec/greeting-pack.md): what a text may be, and reading a pack, all of it checked. Pure and total. */
import { type Bytes, compare, utf8 } from '../protocol/bytes';
import { decode, Shape } from '../protocol/cbor';
import { isRefused, must, type Refusal, refuse, total } from '../protocol/refusal';

export type GreetingKind = 0 | 1 | 2 | 3;
export const KIND_WORDS = ['message', 'joke', 'poem', 'holiday'] as const;

export interface Greeting {
  readonly occasion: string;
  readonly kind: GreetingKind;
  readonly text: string;
  readonly author: string;
  readonly licence: string;
}

export interface GreetingPack {
  readonly id: string;
  readonly language: string;
  readonly version: number;
  readonly entries: readonly Greeting[];
}

export const SMALLEST_PACK = 16 << 10;
export const LARGEST_PACK = 8 << 20;
export const HEAD = 4;
const FORMAT = 1;
const MOST_ENTRIES = 20_000;
const LONGEST_TEXT = 1000;
const MOST_DIGITS = 6;
/** Bytes, where all of it is ASCII. */
const LONGEST_NAME = 40;
const LONGEST_LANGUAGE = 35;
/** UTF-16 units. */
const LONGEST_AUTHOR = 100;
const LONGEST_LICENCE = 60;

const FORBIDDEN =
  /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff0-\uffff\u{e0000}-\u{e0fff}]|(?!\n)[\p{Cc}\p{Co}\p{Cn}\p{Cs}]/u;
const DIGIT = /\p{Nd}/u;
/** What may stand between the digits of a number that somebody calls. */
const BETWEEN = /[ \-./()+\u00a0\u2010-\u2013]/;
const LINK = /:\/\/|www\.|[\p{L}\p{Nd}]@[\p{L}\p{Nd}]|[a-z0-9]\.[a-z]{2}/iu;

/** What is wrong with a text, by the name of its rule; null where it is fit to be sent (§2). */
export function problemOfText(text: string): 'empty' | 'too-long' | 'bad-character' | 'number' | 'link' | null {
  if (text === '') return 'empty';
  if (text.length > 2 * LONGEST_TEXT) return 'too-long';
  let length = 0;
  let digits = 0;
  for (const c of text) {
    if (++length > LONGEST_TEXT) return 'too-long';
    if (FORBIDDEN.test(c)) return 'bad-character';
    if (DIGIT.test(c)) digits++;
    else if (!BETWEEN.test(c)) digits = 0;
    if (digits > MOST_DIGITS) return 'number';
  }
  return LINK.test(text) ? 'link' : null;
}

/** What two texts have in common when they are one greeting. */
export function likeness(text: string): string {
  let kept = '';
  for (const given of text) {
    const point = given.codePointAt(0)!;
    const c = point >= 0xff01 && point <= 0xff5e ? String.fromCharCode(point - 0xff01 + 0x21) : given;
    const small = c.toLowerCase();
    const lower = [...small].length === 1 ? small : c;
    if (/[\p{L}\p{M}\p{N}\p{S}]/u.test(lower)) kept += lower;
  }
  return kept;
}

export const isName = (name: string): boolean => /^[a-z0-9-]{1,40}$/.test(name);
export const isLanguage = (tag: string): boolean => tag.length <= LONGEST_LANGUAGE && /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(tag);
const isLine = (text: string, longest: number): boolean => text.length <= longest && !text.includes('\n') && problemOfText(text) === null;
export const isAuthor = (text: string): boolean => isLine(text, LONGEST_AUTHOR);
export const isLicence = (text: string): boolean => isLine(text, LONGEST_LICENCE);

/** By occasion, kind and the text's bytes. */
export const order = (a: Greeting, b: Greeting): number =>
  a.occasion < b.occasion ? -1 : a.occasion > b.occasion ? 1 : a.kind - b.kind || compare(utf8(a.text), utf8(b.text));

/** The size class that a value of so many bytes lies in; null where it is too large. */
export function classOf(length: number): number | null {
  for (let size = SMALLEST_PACK; size <= LARGEST_PACK; size *= 2) if (length <= size - HEAD) return size;
  return null;
}

/** Reads a pack: `bad-size`, `malformed` or `bad-entries` where anything of §3 does not hold. */
export function readPack(file: Bytes): GreetingPack | Refusal {
  return total(() => {
    if (file.length < SMALLEST_PACK || file.length > LARGEST_PACK) refuse('bad-size');
    const length = new DataView(file.buffer, file.byteOffset).getUint32(0);
    if (length > file.length - HEAD || classOf(length) !== file.length || file.subarray(HEAD + length).some((b) => b !== 0)) refuse('bad-size');
    const s = new Shape('malformed');
    const [format, id, language, version, entries] = s.array(must(decode(file.subarray(HEAD, HEAD + length))), 5);
    s.uint(format, FORMAT, FORMAT);
    const pack = {
      id: s.text(id, LONGEST_NAME),
      language: s.text(language, LONGEST_LANGUAGE),
      version: s.uint(version, Number.MAX_SAFE_INTEGER, 1),
      entries: s.list(entries, MOST_ENTRIES).map((e): Greeting => {
        const [occasion, kind, text, author, licence] = s.array(e, 5);
        return {
          occasion: s.text(occasion, LONGEST_NAME),
          kind: s.uint(kind, 3) as GreetingKind,
          text: s.text(text, 4 * LONGEST_TEXT),
          author: s.text(author, 4 * LONGEST_AUTHOR),
          licence: s.text(licence, 4 * LONGEST_LICENCE),
        };
      }),
    };
    if (!isName(pack.id) || !isLanguage(pack.language)) refuse('malformed');
    const seen = new Set<string>();
    pack.entries.forEach((e, i) => {
      const like = `${e.occasion}\n${likeness(e.text)}`;
      const isGood = isName(e.occasion) && problemOfText(e.text) === null && isAuthor(e.author) && isLicence(e.licence);
      if (!isGood || (i > 0 && order(pack.entries[i - 1]!, e) >= 0) || seen.has(like)) refuse('bad-entries');
      seen.add(like);
    });
    return pack;
  });
}

/** A pack of this language and collection, newer than the one at hand or the first; else the reason. */
export function newer(file: Bytes, language: string, have: GreetingPack | null): GreetingPack | Refusal {
  const pack = readPack(file);
  if (isRefused(pack)) return pack;
  return total(() => {
    if (pack.language !== language) refuse('other-language');
    if (have && pack.id === have.id && pack.version < have.version) refuse('older');
    return pack;
  });
}
