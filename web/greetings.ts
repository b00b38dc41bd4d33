/**
 * Builds the greeting packs of the bundle out of `shelf/greetings`, as `candor-server shelf build` does, to the byte (a server test compares them): spec/greeting-pack.md §1 and §3. Part of the
 * build, not of what is shipped.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  classOf,
  type Greeting,
  type GreetingKind,
  HEAD,
  isAuthor,
  isLanguage,
  isLicence,
  isName,
  KIND_WORDS,
  likeness,
  order,
  problemOfText,
} from './src/formats/greeting-pack';
import type { Bytes } from './src/protocol/bytes';
import { type Cbor, encode } from './src/protocol/cbor';

const HEADER = ['language', 'occasion', 'kind', 'author', 'licence'];
const ID = 'candor';
const VERSION = 1;

/** The entries of a source file; throws what is wrong with it, since the build may not go on. */
export function readSource(text: string): { language: string; entries: Greeting[] } {
  const lines = text.split('\n');
  const end = lines.indexOf('');
  const header = new Map(lines.slice(0, end).map((l) => l.split(': ', 2) as [string, string]));
  const [language, occasion, kind, author, licence] = HEADER.map((name) => header.get(name)?.trim() ?? '') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const usual = KIND_WORDS.indexOf(kind as (typeof KIND_WORDS)[number]);
  if (header.size !== HEADER.length || end !== HEADER.length || usual < 0) throw new Error(`the header has the lines ${HEADER.join(', ')}`);
  if (!isLanguage(language) || !isName(occasion) || !isAuthor(author) || !isLicence(licence))
    throw new Error('a line of the header is not as it may be');
  const entries: Greeting[] = [];
  let now = usual;
  let entry = '';
  const close = () => {
    const said = entry.replace(/^[ \n\u3000\u00a0]+|[ \n\u3000\u00a0]+$/g, '');
    entry = '';
    if (said === '') return;
    const problem = problemOfText(said);
    if (problem) throw new Error(`${problem}: ${said.slice(0, 60)}`);
    entries.push({ occasion, kind: now as GreetingKind, text: said, author, licence });
  };
  for (const line of lines.slice(end)) {
    if (line !== '%' && !line.startsWith('% ')) {
      entry += `${line.trimEnd()}\n`;
      continue;
    }
    close();
    const word = line.slice(1).trim();
    now = word === '' ? usual : KIND_WORDS.indexOf(word as (typeof KIND_WORDS)[number]);
    if (now < 0) throw new Error(`${word} is no kind`);
  }
  close();
  return { language, entries };
}

/** The file of a pack. */
export function encodePack(language: string, given: readonly Greeting[], id = ID, version = VERSION): Bytes {
  const seen = new Set<string>();
  const entries = given.filter((e) => {
    const like = `${e.occasion}\n${likeness(e.text)}`;
    return !seen.has(like) && seen.add(like);
  });
  const value = encode([1, id, language, version, entries.sort(order).map((e): Cbor => [e.occasion, e.kind, e.text, e.author, e.licence])]);
  const size = classOf(value.length);
  if (size === null) throw new Error('a pack has at most 8 MiB');
  const file = new Uint8Array(size);
  new DataView(file.buffer).setUint32(0, value.length);
  file.set(value, HEAD);
  return file;
}

/** Language and file of each pack that the folder makes. */
export function packsOf(folder: string): Map<string, Bytes> {
  const byLanguage = new Map<string, Greeting[]>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.txt')) continue;
    try {
      const { language, entries } = readSource(readFileSync(join(folder, path), 'utf8'));
      byLanguage.set(language, [...(byLanguage.get(language) ?? []), ...entries]);
    } catch (e) {
      throw new Error(`${path}: ${e instanceof Error ? e.message : e}`);
    }
  }
  return new Map([...byLanguage].sort().map(([language, entries]) => [language, encodePack(language, entries)]));
}
