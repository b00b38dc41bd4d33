/** Festivals by the moon among the fixed stars, computed for New Delhi (spec/occasions.md §4, §7). */
import { type Day, dayNumber, yearOf } from './day';
import { daylight, dayOf, elongation, MOON_SPEED, midnight, next, SUN_SPEED, siderealSun } from './sky';

const LATITUDE = 28.61;
const LONGITUDE = 77.21;
const ZONE = 5.5;

/** When in a day a lunar day has to rule so that the festival is on that day. */
export type Part = 'sunrise' | 'morning' | 'noon' | 'afternoon' | 'late' | 'dusk' | 'moonrise' | 'midnight';

/** @param month 0 is Chaitra, 11 is Phalguna; from new moon. @param tithi 1 to 15 in the bright half, 16 to 30 in the dark one. @param second Whether, of two days, the second is taken. */
export function hinduDay(year: number, month: number, tithi: number, part: Part, second: (moment: number) => boolean = () => false): Day[] {
  let at = midnight(dayNumber(year, 1, 1), ZONE) - 60;
  for (let i = 0; i < 16; i++) {
    const newMoon = next(elongation, 0, at, MOON_SPEED);
    at = newMoon + 25;
    const sign = signOf(newMoon);
    if ((sign + 1) % 12 !== month || signOf(next(elongation, 0, at, MOON_SPEED)) === sign) continue;
    const day = dayIn(newMoon, tithi, part, second);
    if (yearOf(day) === year) return [day];
  }
  return [];
}

/** The day on which the sun enters Makara; after sunset it is the next. */
export function sankranti(year: number): Day[] {
  const entry = next(siderealSun, 270, midnight(dayNumber(year, 1, 1), ZONE), SUN_SPEED);
  const day = dayOf(entry, ZONE);
  return [entry > daylight(day, LATITUDE, LONGITUDE, ZONE).set ? day + 1 : day];
}

/** Whether the moon stands in Shravana, the 22nd of the 27 mansions: from sidereal 280° on, for 13°20′. */
export function isShravana(moment: number): boolean {
  const moon = (siderealSun(moment) + elongation(moment)) % 360;
  return moon >= 280 && moon < 280 + 40 / 3;
}

const signOf = (moment: number): number => Math.floor(siderealSun(moment) / 30);

function dayIn(newMoon: number, tithi: number, part: Part, second: (moment: number) => boolean): Day {
  const begin = tithi === 1 ? newMoon : next(elongation, 12 * (tithi - 1), newMoon + 0.9 * (tithi - 1) - 0.5, MOON_SPEED);
  const end = next(elongation, (12 * tithi) % 360, begin + 0.5, MOON_SPEED);
  const first = dayOf(begin, ZONE) - 1;
  const days = [first, first + 1, first + 2, first + 3].filter((d) => moment(d, part) >= begin && moment(d, part) < end);
  if (days.length > 0) return second(moment(days.at(-1)!, part)) ? days.at(-1)! : days[0]!;
  // It rules at no such moment: the day on which it ends where it ruled at sunrise, else the day on which it began.
  const last = dayOf(end, ZONE);
  const sunrise = daylight(last, LATITUDE, LONGITUDE, ZONE).rise;
  return part !== 'morning' && sunrise >= begin && sunrise < end ? last : dayOf(begin, ZONE);
}

function moment(day: Day, part: Part): number {
  const { rise, set } = daylight(day, LATITUDE, LONGITUDE, ZONE);
  switch (part) {
    case 'sunrise':
      return rise;
    case 'morning':
      return rise + (set - rise) / 5;
    case 'noon':
      return (rise + set) / 2;
    case 'afternoon':
      return rise + ((set - rise) * 2) / 3;
    case 'late':
      return rise + ((set - rise) * 7) / 8;
    case 'dusk':
      return set + 72 / 1440;
    case 'moonrise':
      return set + 150 / 1440;
    case 'midnight':
      return (rise + set) / 2 + 0.5;
  }
}
