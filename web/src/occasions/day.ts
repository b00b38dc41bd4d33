/** Days of the Gregorian calendar as numbers: how many lie between them and 1970-01-01. No time zone, no clock. */
export type Day = number;

const DAY_MS = 86_400_000;

export const dayNumber = (year: number, month: number, day: number): Day => Date.UTC(year, month - 1, day) / DAY_MS;
export const yearOf = (day: Day): number => new Date(day * DAY_MS).getUTCFullYear();
/** 0 is Sunday. */
export const weekdayOf = (day: Day): number => (((day + 4) % 7) + 7) % 7;
/** `2026-05-01`. */
export const isoOf = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
export const daysInMonth = (year: number, month: number): number => dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);

/** The day that a person has now, by the clock and zone of this machine. */
export const todayOf = (now: Date): Day => dayNumber(now.getFullYear(), now.getMonth() + 1, now.getDate());
