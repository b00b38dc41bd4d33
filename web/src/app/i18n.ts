/** Words on the screen. English is the source; `locales/<tag>.json` with the same keys is another language, and what it lacks is English. */
import { signal } from '@preact/signals';
import en from './locales/en.json';

export type Key = keyof typeof en;
type Words = Partial<Record<Key, string>>;

/** Each found by the build. Tags are BCP 47. */
const files = import.meta.glob<{ default: Words }>(['./locales/*.json', '!./locales/en.json']);
const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur']);

export const locales = ['en', ...Object.keys(files).map((f) => f.replace(/^.*\/|\.json$/g, ''))].sort();
export const locale = signal('en');
let words: Words = {};
/** How numbers and dates are written: the browser's own region where it speaks the language that is shown. */
let region = 'en';

function pick(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const want = new Intl.Locale(tag).maximize();
    const found = locales.find((l) => {
      const have = new Intl.Locale(l).maximize();
      return have.language === want.language && have.script === want.script;
    });
    if (found) return found;
  }
  return 'en';
}

export async function loadLocale(tag = pick(navigator.languages)): Promise<void> {
  words = (await files[`./locales/${tag}.json`]?.())?.default ?? {};
  const language = new Intl.Locale(tag).language;
  formatters.clear();
  region = navigator.languages.find((l) => new Intl.Locale(l).language === language) ?? tag;
  locale.value = tag;
  document.documentElement.lang = tag;
  document.documentElement.dir = RIGHT_TO_LEFT.has(new Intl.Locale(tag).language) ? 'rtl' : 'ltr';
}

/** To make a formatter takes a millisecond, and a list that is scrolled asks for hundreds: each is made once for a language. */
const formatters = new Map<string, unknown>();

function kept<T>(name: string, options: object, make: () => T): T {
  const key = `${name} ${JSON.stringify(options)}`;
  let known = formatters.get(key) as T | undefined;
  if (!known) {
    known = make();
    formatters.set(key, known);
  }
  return known;
}

const numbers = (options: Intl.NumberFormatOptions = {}): Intl.NumberFormat => kept('number', options, () => new Intl.NumberFormat(region, options));

/** The sentence for a key. `{name}` is replaced; `{n|one thing|{n} things}` chooses by the language's plural rule, "one" and "other". */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const plural = kept('plural', {}, () => new Intl.PluralRules(locale.value));
  const chosen = (words[key] ?? en[key] ?? key).replace(
    /\{(\w+)\|([^|{}]*)\|((?:[^{}]|\{\w+\})*)\}/g,
    (_, name: string, one: string, other: string) => (plural.select(Number(values[name])) === 'one' ? one : other),
  );
  return chosen.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? numbers().format(value) : (value ?? '');
  });
}

export const isKey = (key: string): key is Key => Object.hasOwn(en, key);

export const number = (n: number): string => numbers().format(n);

export function bytes(n: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  let size = n;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return numbers({
    style: 'unit',
    unit: units[unit]!,
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: size < 10 && unit > 0 ? 1 : 0,
  }).format(size);
}

/** The country of the browser's own language, if it says one. */
export const countryHere = (): string => navigator.languages.map((l) => new Intl.Locale(l).region ?? '').find((r) => /^[A-Z]{2}$/.test(r)) ?? '';

/** Names of languages and countries in the language that is shown; the code where it has none. */
export const nameOf = (type: 'language' | 'region', code: string): string => new Intl.DisplayNames([locale.value, 'en'], { type }).of(code) ?? code;

const format = (date: number | Date, options: Intl.DateTimeFormatOptions): string =>
  kept('date', options, () => new Intl.DateTimeFormat(region, options)).format(date);

export const day = (ms: number): string => format(ms, { day: 'numeric', month: 'short', year: 'numeric' });
/** Of a date that is the same everywhere: midnight in UTC. */
export const date = (ms: number): string => format(ms, { day: 'numeric', month: 'long', timeZone: 'UTC' });
export const time = (ms: number): string => format(ms, { hour: 'numeric', minute: '2-digit' });
export const dayTime = (ms: number): string => format(ms, { day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit' });
export const month = (ms: number): string => format(ms, { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** The time for today, else the day; the year only where it is another one. */
export function recent(ms: number): string {
  const date = new Date(ms);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return time(ms);
  return date.getFullYear() === now.getFullYear() ? format(ms, { day: 'numeric', month: 'short' }) : day(ms);
}

/** A span of time in its largest unit. */
export function duration(seconds: number): string {
  const [n, unit] =
    seconds < 90
      ? [Math.max(1, Math.round(seconds)), 'second']
      : seconds < 5400
        ? [Math.round(seconds / 60), 'minute']
        : [Math.round(seconds / 3600), 'hour'];
  return numbers({ style: 'unit', unit: unit as string, unitDisplay: 'long' }).format(n as number);
}

export function ago(ms: number): string {
  const relative = kept('relative', {}, () => new Intl.RelativeTimeFormat(region, { numeric: 'auto' }));
  const minutes = Math.round((ms - Date.now()) / 60_000);
  if (Math.abs(minutes) < 60) return relative.format(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 48 ? relative.format(hours, 'hour') : relative.format(Math.round(hours / 24), 'day');
}
