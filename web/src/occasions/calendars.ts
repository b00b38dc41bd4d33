/** Days of other calendars in a Gregorian year, by the tables and rules of spec/occasions.md §6. Nothing of the browser is asked: `Intl` answers otherwise in other years and versions. */
import { type Day, dayNumber, daysInMonth, weekdayOf } from './day';
import { dayOf, midnight, next, SUN_SPEED, sun } from './sky';

/** From 1901 on: the month that a leap month follows, the lengths of months 1 to 12 and of the leap month, the day of the year on which it begins. */
const CHINESE = `
  0095c32 014ae27 50a9a1d 01a4c2f 01b2a23 40cab19 00ad42c 0135a21 20aba16 0095c29 614b61e 0149a31 01a4a25 51a4b1a 016a82d 01ad422 215b417 012b62a 7092f20 0092e33
  0149627 516961c 00d4a2f 00da824 4156b18 0056c2c 012ae21 20a5e17 0092e29 60cac1e 01a9430 01d4a25 50d531a 00b5a2d 0056c23 310dd18 0125c2a 7191b1f 0192a32 01a9427
  61b151b 016aa2e 00ad424 414b719 004ba2c 0125a21 21a5616 0152a29 716aa1d 00d9430 016aa25 50a6b1b 009b42d 014b622 308af18 00a562b 815341f 01d2a31 00d5427 615d41c
  0156a2e 0096c24 4155c19 014ae2c 00a4c21 31e4c15 01b2a28 70b6a1e 00ad430 012da25 509ba1b 0095a2e 0149a22 41a9a17 01a4a2a 81aaa1f 016a831 016d426 612b51c 012b62f
  0093624 4152e19 014962c a164e21 00d4a33 00da828 615e81d 0156c30 012ae25 5095e1b 0092e2e 00c9623 30e9417 01d4a29 80d6a1f 00b5832 0156c26 512da1c 0125c2f 0192c24
  41b2a18 01a942b 01b4a20 20eaa16 00ad428 715761d 004ba31 0125a26 519561a 0152a2d 0169422 4175417 015aa29 90aba1f 0097432 014b627 60a2f1c 00a562f 0152624 40f2a19
  00d542b 015aa20 20b6a16 0096c29 614dc1d 0149c30 01a4c25 51d4c1a 01aa62c 00b5422 30ed417 012da2a b095e1f 0095a32 0149a27 61a171c 01a4a2e 01aa423 51ba818 016b42b
  00ada20 20ab616 0093629 714ae1e 0149630 0154a25 5164b1a 00da42d 015b421 3096d17`
  .trim()
  .split(/\s+/);
const KOREAN = `
  0095c32 014ae27 50a9a1d 01a4c2f 01b2a23 40cab19 00ad42c 0135a21 20aba16 0095c29 614b61e 0149a31 01a4a25 51b521a 016aa2d 00ad423 215b417 012ba2a 7097620 0093633
  0149627 516961c 00d522f 015a824 4176a18 0056c2c 012b621 20a6e17 0092e29 60cac1e 01c9430 01d4a25 50d531a 00b6a2d 0056c23 3115d18 0125c2a 7191b1f 0192a32 01a9427
  61b151b 016d22e 00ada24 404b71a 004ba2c 0125a21 21a5616 0152a29 71aaa1d 0169430 016aa25 50aab1b 009b62d 004b623 310af18 00a562b 815361f 00d2a32 00d5427 615d41c
  0156a2e 0096c24 4155c19 014ae2c 00a4e21 30e4c16 01b2a28 70d6a1e 00ad430 0135a25 509ba1b 0095c2e 0149c22 41a9a17 01a4a2a 81ab21f 016a831 01ad426 612b51c 012b62f
  0093624 4153619 014962c a164e21 00d4a33 00da828 616ea1d 0056c31 012b625 5096e1b 0092e2e 00c9623 30e9417 01d4a29 80db21f 00b5a32 0056c27 512dc1c 0125c2f 0192c24
  41d2a18 01a942b 01b4a20 20eaa16 00ad828 715761d 004ba31 0125a26 519561a 0152a2d 0169422 3169517 016aa29 90aba1f 0097432 014b627 50aae1c 00a562f 0152a24 4172a19
  00d542b 015aa20 20d6a16 0096c29 614dc1d 014ae30 00a4e26 50d4c1b 01b262c 00b5422 316d417 012da2a b095e1f 0095c32 0149a27 61a1b1c 01a4a2e 01aa423 51ba818 016d42b
  012da20 20ab616 0093629 714ae1e 0149630 0164a25 5164b1a 00da82d 015b421 3116d17`
  .trim()
  .split(/\s+/);
const FIRST_LUNISOLAR = 1901;

/** Umm al-Qura from 1319 on: the lengths of the twelve months, the first the highest bit. */
const UM_AL_QURA = `
  976 4b7 257 52b 695 6ca ad5 55b 25d 92d c95 d4a ea5 6d2 ad5 55a aab 54b 6a5 752 ba9 374 ab6 556 aaa d52 da9 5d4 aea 4dd
  26e 92e aa6 d54 daa 5b5 2b6 937 49b a4b b25 b54 b6a 56d 4ad a55 d25 e92 ec9 6d4 aea 56b 4ab 695 b49 ba4 bb2 5b5 2ba 95b
  4ab 555 6b2 6d9 2ec 96e 4ae a56 d2a d55 5aa ab5 4bb 25b 92b a95 b4a ba5 5aa ab5 556 a96 d4a ea5 752 6e9 36a aad 555 aa5
  b52 ba9 5b4 9ba 4db 25d 52d aa5 ad4 aea 56d 4bd 23d 91d a95 b4a b5a 56d 2b6 93b 49b 655 6a9 754 b6a 56c aad 555 b29 b92
  ba9 5d4 ada 55a aab 595 749 764 baa 5b5 2b6 a56 d2a e95 72a 755 35a 95d 49b a4d d26 d53 5aa aad 4b6 a57 527 a95 b4a b55
  36c 9ae 4b6 a96 b4a da5 5d2`
  .trim()
  .split(/\s+/);
const FIRST_HIJRI = 1319;
const HIJRI_BEGINS = dayNumber(1901, 4, 19);

const HEBREW_YEAR = 3760;
/** The evening before it is the new moon from which the Hebrew calendar counts. */
const HEBREW_EPOCH = dayNumber(1904, 9, 10) - hebrewElapsed(5665);

const PERSIAN_YEAR = 621;

/** A day of the Chinese year, or one beside it; never one of a leap month. */
export const chineseDay = (year: number, month: number, day: number, shift = 0): Day[] => lunisolar(CHINESE, year, month, day, shift);
export const koreanDay = (year: number, month: number, day: number): Day[] => lunisolar(KOREAN, year, month, day, 0);

function lunisolar(table: readonly string[], year: number, month: number, day: number, shift: number): Day[] {
  return [year - 1, year].flatMap((y) => {
    const word = table[y - FIRST_LUNISOLAR];
    if (word === undefined) return [];
    const leapAfter = Number.parseInt(word[0]!, 16);
    const lengths = Number.parseInt(word.slice(1, 5), 16);
    let at = dayNumber(y, 1, 1) + Number.parseInt(word.slice(5), 16) - 1;
    for (let m = 1; m < month; m++) {
      at += 29 + ((lengths >> (13 - m)) & 1);
      if (m === leapAfter) at += 29 + (lengths & 1);
    }
    return within(year, at + day - 1 + shift);
  });
}

/** By the Umm al-Qura calendar; where the moon is looked for, it may be a day earlier or later. */
export function hijriDay(year: number, month: number, day: number, shift = 0): Day[] {
  const [from, to] = [dayNumber(year, 1, 1), dayNumber(year + 1, 1, 1)];
  const found: Day[] = [];
  let begin = HIJRI_BEGINS;
  for (const word of UM_AL_QURA) {
    const lengths = Number.parseInt(word, 16);
    for (let m = 1; m <= 12; m++) {
      const at = begin + day - 1 + shift;
      if (m === month && at >= from && at < to) found.push(at);
      begin += 29 + ((lengths >> (12 - m)) & 1);
    }
    if (begin > to + 1) break;
  }
  return found;
}
export const LAST_HIJRI = FIRST_HIJRI + UM_AL_QURA.length - 1;

/** The day after the evening on which it begins. @param month From Tishri, 1; or, negative, from the end of the year: −1 is Elul, −6 Nisan, −7 Adar (in a leap year the second). */
export function hebrewDay(year: number, month: number, day: number): Day[] {
  return [year + HEBREW_YEAR, year + HEBREW_YEAR + 1].flatMap((y) => {
    const months = hebrewMonths(y);
    const index = month > 0 ? month : months.length + 1 + month;
    return within(year, hebrewBegin(y) + months.slice(0, index - 1).reduce((sum, m) => sum + m, 0) + day - 1);
  });
}

/** Days from the epoch to 1 Tishri: the mean new moon, put off by the rules of the calendar. */
function hebrewElapsed(year: number): number {
  const months = Math.floor((235 * year - 234) / 19);
  const parts = 12084 + 13753 * months;
  const day = 29 * months + Math.floor(parts / 25920);
  return (3 * (day + 1)) % 7 < 3 ? day + 1 : day;
}

function hebrewBegin(year: number): Day {
  const [before, now, after] = [hebrewElapsed(year - 1), hebrewElapsed(year), hebrewElapsed(year + 1)];
  return HEBREW_EPOCH + now + (after - now === 356 ? 2 : now - before === 382 ? 1 : 0);
}

/** Lengths of the months from Tishri on. */
function hebrewMonths(year: number): number[] {
  const length = hebrewBegin(year + 1) - hebrewBegin(year);
  const isLeap = (7 * year + 1) % 19 < 7;
  const cheshvan = length % 10 === 5 ? 30 : 29;
  const kislev = length % 10 === 3 ? 29 : 30;
  return [30, cheshvan, kislev, 29, 30, ...(isLeap ? [30, 29] : [29]), 30, 29, 30, 29, 30, 29];
}

/** Years of 33 with 8 leap years, as the observed ones fall in the years of this page. */
export function persianDay(year: number, month: number, day: number): Day[] {
  return [year - PERSIAN_YEAR - 1, year - PERSIAN_YEAR].flatMap((y) => {
    const before = month <= 7 ? 31 * (month - 1) : 186 + 30 * (month - 7);
    return within(year, persianBegin(y) + before + day - 1);
  });
}

function persianBegin(year: number): Day {
  let day = dayNumber(1900, 3, 21);
  for (let y = 1279; y < year; y++) day += (25 * y + 11) % 33 < 8 ? 366 : 365;
  return day;
}

function within(year: number, day: Day): Day[] {
  return day >= dayNumber(year, 1, 1) && day < dayNumber(year + 1, 1, 1) ? [day] : [];
}

/** The day, at Beijing, on which the sun comes to a longitude. */
export const solarTerm = (year: number, longitude: number): Day => dayOf(next(sun, longitude, midnight(dayNumber(year, 1, 1), 8), SUN_SPEED), 8);

/** Easter Sunday of the western churches: the Gregorian computus of Meeus, Jones and Butcher. */
export function easter(year: number): Day {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const f = Math.floor((b + 8) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - f + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dayNumber(year, Math.floor(n / 31), (n % 31) + 1);
}

/** Easter Sunday of the eastern churches, the Julian computus as a Gregorian date; right from 1900 to 2099. */
export function orthodoxEaster(year: number): Day {
  const d = (19 * (year % 19) + 15) % 30;
  const e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
  const n = d + e + 114;
  return dayNumber(year, Math.floor(n / 31), (n % 31) + 1) + 13;
}

/** The n-th such weekday of a month, 0 is Sunday; −1 is the last. */
export function weekday(year: number, month: number, day: number, n: number): Day {
  if (n > 0) {
    const first = dayNumber(year, month, 1);
    return first + ((day - weekdayOf(first) + 7) % 7) + 7 * (n - 1);
  }
  const last = dayNumber(year, month, daysInMonth(year, month));
  return last - ((weekdayOf(last) - day + 7) % 7);
}
