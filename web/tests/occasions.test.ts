import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { birthdayOf, dayNumber, isoOf, nextOf, occasionsOn, readDate } from '../src/occasions';
import { number, readVectors, record, text } from './vectors';

const CASES = readVectors('occasions.json');
const packed = (day: number) => isoOf(day).replaceAll('-', '');

test.each(CASES.filter((c) => 'occasion' in c).map((c) => [c.name, c] as const))('%s falls on its days in all years', (_, c) => {
  const found: string[] = [];
  for (let year = 1902; year <= 2049; year++) {
    let day = nextOf(text(c.occasion), dayNumber(year, 1, 1), text(c.country));
    for (; day !== null && day < dayNumber(year + 1, 1, 1); day = nextOf(text(c.occasion), day + 1, text(c.country))) found.push(packed(day));
  }
  const days = text(c.days).split(' ');
  const given = days[0]!.length === 8 ? days : Array.from({ length: 148 }, (_, i) => days.map((d) => `${1902 + i}${d}`)).flat();
  expect(found).toEqual(given);
});

test.each(CASES.filter((c) => 'year' in c).map((c) => [c.name, c] as const))('Every day of %s has its occasions in their order', (_, c) => {
  const found: Record<string, string> = {};
  const from = dayNumber(number(c.year), 1, 1);
  for (let day = from; day < dayNumber(number(c.year) + 1, 1, 1); day++) {
    const ids = occasionsOn(day, text(c.country));
    if (ids.length > 0) found[packed(day).slice(4)] = ids.join(' ');
  }
  expect(found).toEqual(record(c.days));
});

test('The tables are those of the page', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../spec/occasions.md'), 'utf8');
  const code = readFileSync(resolve(import.meta.dirname, '../src/occasions/calendars.ts'), 'utf8');
  const tables = [...code.matchAll(/= `\n([^`]*)`/g)].map((m) => m[1]!.trim().split('\n'));
  expect(tables.map((t) => t.length)).toEqual([8, 8, 6]);
  for (const line of tables.flat()) expect(page).toContain(`    ${line.trim()}\n`);
});

test('No year is too far', () => {
  expect(occasionsOn(dayNumber(1901, 12, 25))).toEqual([]);
  expect(occasionsOn(dayNumber(2050, 12, 25))).toEqual([]);
  expect(nextOf('birthday', dayNumber(2026, 1, 1))).toBeNull();
  expect(nextOf('easter', dayNumber(2050, 1, 1))).toBeNull();
});

test('A birthday comes every year, the day before on 29 February where there is none, and tells the age where the year is known', () => {
  const on = dayNumber(2026, 3, 1);
  expect(birthdayOf('1990-03-01', on)).toEqual({ next: on, age: 36 });
  expect(birthdayOf('--0228', on)).toEqual({ next: dayNumber(2027, 2, 28), age: null });
  expect(birthdayOf('20000229', on)).toEqual({ next: dayNumber(2027, 2, 28), age: 27 });
  expect(birthdayOf('1604-05-06', on)).toEqual({ next: dayNumber(2026, 5, 6), age: null });
  expect(birthdayOf('in spring', on)).toBeNull();
});

test.each(['1990', '1990-13-01', '1990-02-30', '--02-30', '---31', '1990-01-31-01', '', '19900131x'])('%s is no day and month', (bad) => {
  expect(readDate(bad)).toBeNull();
});

test.each(['1990-01-31', '19900131', '1990/1/31', ' 1990-01-31T00:00:00Z;', '--01-31', '--0131'])('%s is 31 January', (good) => {
  expect(readDate(good)).toMatchObject({ month: 1, day: 31 });
});
