import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { encodePack, packsOf, readSource } from '../greetings';
import { type Greeting, likeness, problemOfText, readPack } from '../src/formats/greeting-pack';
import { DATED, DATELESS } from '../src/occasions';
import { unhex } from '../src/protocol/bytes';
import { isRefused } from '../src/protocol/refusal';
import { errorOf, good, number, readVectors, text } from './vectors';

const CASES = readVectors('greeting-pack.json');
const one: Greeting = { occasion: 'x', kind: 0, text: 'One.', author: 'a', licence: 'b' };

test.each(CASES.filter((c) => 'text' in c).map((c) => [c.name, c] as const))('%s', (_, c) => {
  if ('likeness' in c) expect(likeness(text(c.text))).toBe(c.likeness);
  else expect(problemOfText(text(c.text))).toBe(c.valid ? null : c.error);
});

test.each(CASES.filter((c) => 'head' in c).map((c) => [c.name, c] as const))('Of %s', (_, c) => {
  const file = new Uint8Array(number(c.size));
  file.set(unhex(text(c.head)));
  const read = readPack(file);
  expect(errorOf(read)).toBe(c.valid ? null : c.error);
  if (!isRefused(read)) {
    expect([read.id, read.language, read.version, read.entries.length]).toEqual([c.id, c.language, c.version, c.entries]);
    expect(encodePack(read.language, read.entries, read.id, read.version)).toEqual(file);
  }
});

test('The packs of the bundle are read, none of their texts is lost, and every occasion has a name in every language of the app', () => {
  const folder = resolve(import.meta.dirname, '../../shelf/greetings');
  const packs = [...packsOf(folder)].map(([language, file]) => [language, good(readPack(file))] as const);
  expect(packs.map(([language]) => language)).toEqual(readdirSync(folder).sort());
  expect(packs.reduce((sum, [, p]) => sum + p.entries.length, 0)).toBeGreaterThanOrEqual(1500);
  const ids = [...new Set([...DATED, ...DATELESS, ...packs.flatMap(([, p]) => p.entries.map((e) => e.occasion))])].sort();
  for (const tag of ['ar', 'en', 'es', 'hi', 'zh-Hans', 'zh-Hant']) {
    const names = JSON.parse(readFileSync(resolve(import.meta.dirname, `../src/app/occasion-names/${tag}.json`), 'utf8'));
    expect([tag, Object.keys(names).sort()]).toEqual([tag, ids]);
  }
});

test('A source that is not as the page has it stops the build', () => {
  const header = 'language: en\noccasion: x\nkind: message\nauthor: a\nlicence: b\n\n';
  expect(readSource(`${header}One.\n%\n% joke\nTwo,\ntwo.\n%\n\n%  \n`).entries.map((e) => [e.kind, e.text])).toEqual([
    [0, 'One.'],
    [1, 'Two,\ntwo.'],
  ]);
  for (const bad of [header.replace('author: a\n', ''), `${header}See www.evil\n`, `${header}a\n% song\nb\n`, header.replace('en', 'English'), 'x'])
    expect(() => readSource(bad)).toThrow();
});

test('Texts that differ in spaces, punctuation, case or width alone are one', () => {
  const texts = ['Happy  birthday!', 'happy birthday', 'Ｈappy birthday…', 'Happy birthday, Ann'];
  const pack = good(
    readPack(
      encodePack(
        'en',
        texts.map((t) => ({ ...one, text: t })),
      ),
    ),
  );
  expect(pack.entries.length).toBe(2);
});
