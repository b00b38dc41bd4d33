/** The birthday of a contact, as its card has it: whole, without a year, or as text that is no date. */
import { type Day, dayNumber, daysInMonth, isoOf } from './day';

/** Apple writes this year where none is known: a leap year, so 29 February fits. */
const NO_YEAR = 1604;
const LAST_YEAR = 2049;

export interface Birthday {
  readonly next: Day;
  /** What the person then comes to; null where the card has no year. */
  readonly age: number | null;
}

/** 1990-01-31, 19900131, --01-31, --0131, with or without a time behind. Null where it has no month and day, or is no day that exists. */
export function readDate(text: string): { year: number | null; month: number; day: number } | null {
  const date = text
    .replace(/^[ \t;]+|[ \t;]+$/g, '')
    .replace(/[T ].*$/s, '')
    .replaceAll('/', '-');
  const read = /^(?:(\d{4})(?:(\d\d)(\d\d)|-(\d{1,4})-(\d{1,4}))|--(\d\d)-?(\d\d))$/.exec(date);
  if (!read) return null;
  const year = read[1] === undefined || Number(read[1]) === NO_YEAR ? null : Number(read[1]);
  const month = Number(read[2] ?? read[4] ?? read[6]);
  const day = Number(read[3] ?? read[5] ?? read[7]);
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year ?? NO_YEAR, month)) return null;
  return { year, month, day };
}

/** The next one from a day on; who was born on 29 February has the day before in other years. */
export function birthdayOf(text: string, from: Day): Birthday | null {
  const date = readDate(text);
  const year = Number(isoOf(from).slice(0, 4));
  if (!date || year >= LAST_YEAR) return null;
  const inYear = (y: number) => dayNumber(y, date.month, Math.min(date.day, daysInMonth(y, date.month)));
  const next = inYear(year) < from ? inYear(year + 1) : inYear(year);
  const nextYear = Number(isoOf(next).slice(0, 4));
  return { next, age: date.year !== null && date.year <= nextYear ? nextYear - date.year : null };
}
