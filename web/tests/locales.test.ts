import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const folder = resolve(import.meta.dirname, '../src/app/locales');
const read = (file: string): Record<string, string> => JSON.parse(readFileSync(resolve(folder, file), 'utf8'));
const english = read('en.json');
const others = readdirSync(folder).filter((f) => f !== 'en.json');
/** Names in braces, whether they choose a form or stand for a value. */
const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)[}|]/g)].map((m) => m[1]!))].sort();

test('The languages are English, Chinese in both scripts, Hindi, Spanish and Arabic', () => {
  expect(others.sort()).toEqual(['ar.json', 'es.json', 'hi.json', 'zh-Hans.json', 'zh-Hant.json']);
});

/** Of the keys: what a language lacks is English, and is written before a release. */
const LEAST = 0.8;

test.each(others)('%s has no key that English lacks, nearly all that it has, and in each sentence the same values', (file) => {
  const words = read(file);
  expect(Object.keys(words).filter((k) => !Object.hasOwn(english, k))).toEqual([]);
  expect(Object.keys(words).length / Object.keys(english).length).toBeGreaterThan(LEAST);
  for (const [key, text] of Object.entries(words)) {
    expect(text.trim(), key).not.toBe('');
    expect([key, placeholders(text)]).toEqual([key, placeholders(english[key]!)]);
  }
});

test('Every sentence that chooses by number has two forms, and braces that close', () => {
  for (const file of ['en.json', ...others])
    for (const [key, text] of Object.entries(read(file)))
      expect([file, key, text.replace(/\{\w+\|(?:[^|{}]|\{\w+\})*\|(?:[^|{}]|\{\w+\})*\}|\{\w+\}/g, '')]).toEqual([
        file,
        key,
        expect.not.stringMatching(/[{}|]/),
      ]);
});
