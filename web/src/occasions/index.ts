/** Which occasions fall on a day (spec/occasions.md). All is computed here: no clock, no file and no server is asked, and the browser's own calendars are not either: every browser answers the same. */
import { type Day, yearOf } from './day';
import { type Rule, TABLE } from './table';

export { type Birthday, birthdayOf, readDate } from './birthday';
export { type Day, dayNumber, isoOf, todayOf } from './day';

/** Years for which every calendar here has days. */
export const FIRST_YEAR = 1902;
export const LAST_YEAR = 2049;

/** What a program offers on any day. */
export const DATELESS = [
  'birthday',
  'good-morning',
  'good-night',
  'get-well',
  'congratulations',
  'wedding',
  'new-baby',
  'graduation',
  'exam',
  'thank-you',
  'sorry',
  'missing-you',
  'condolence',
  'new-job',
  'new-home',
  'good-luck',
  'anniversary',
  'friendship',
  'encouragement',
  'retirement',
  'weekend',
  'journey',
  'shabbat',
  'nyepi',
  'hanami',
  'name-day',
  'onomastico',
  'quinceanera',
] as const;

/** The ids of what falls on a day, in the order of the table, each once; none outside of the years. @param country ISO 3166, capital letters; empty where nobody knows. */
export function occasionsOn(day: Day, country = ''): string[] {
  const year = yearOf(day);
  if (year < FIRST_YEAR || year > LAST_YEAR) return [];
  return [...new Set(rulesFor(country).flatMap((r) => (daysOf(r, year).includes(day) ? [r.id] : [])))];
}

/** The next day, from a day on, of an occasion; null where it has no date or lies beyond the last year. */
export function nextOf(occasion: string, from: Day, country = ''): Day | null {
  const first = yearOf(from);
  const rules = rulesFor(country).filter((r) => r.id === occasion);
  for (let year = Math.max(first, FIRST_YEAR); year <= Math.min(first + 2, LAST_YEAR); year++) {
    const days = rules.flatMap((r) => daysOf(r, year)).filter((d) => d >= from);
    if (days.length > 0) return Math.min(...days);
  }
  return null;
}

/** Whether the moon is looked for, so that the day may be one earlier or later. */
export const isNearly = (occasion: string): boolean => TABLE.some((r) => r.id === occasion && r.nearly);

/** Countries that have days of their own. */
export const COUNTRIES: readonly string[] = [...new Set(TABLE.flatMap((r) => r.countries))].sort();

/** All ids with a date, each once, in the order of the table. */
export const DATED: readonly string[] = [...new Set(TABLE.map((r) => r.id))];

const byId = grouped();

function grouped(): Map<string, Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const r of TABLE) found.set(r.id, [...(found.get(r.id) ?? []), r]);
  return found;
}

function rulesFor(country: string): Rule[] {
  return [...byId.values()].flatMap((rows) => {
    const here = rows.filter((r) => r.countries.includes(country));
    if (here.length > 0) return here;
    return rows.filter((r) => r.countries.length === 0 || (country === '' && rows.every((o) => o.countries.length > 0)));
  });
}

/** A year of a rule is computed once: those by the moon take a while. */
const computed = new Map<Rule, Map<number, Day[]>>();

function daysOf(rule: Rule, year: number): Day[] {
  const years = computed.get(rule) ?? new Map<number, Day[]>();
  computed.set(rule, years);
  const days = years.get(year) ?? rule.days(year);
  years.set(year, days);
  return days;
}
