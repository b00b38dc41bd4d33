/** Every occasion with a date: the table of spec/occasions.md, row by row in its order. */
import * as c from './calendars';
import { type Day, dayNumber, weekdayOf } from './day';
import { hinduDay, isShravana, sankranti } from './hindu';

export interface Rule {
  readonly id: string;
  /** ISO 3166 codes where this rule holds; empty: wherever no other row of the id names the country. */
  readonly countries: readonly string[];
  /** The moon is looked for: the day may be one earlier or later. */
  readonly nearly: boolean;
  /** The days in a Gregorian year, none where the calendar does not reach it. */
  readonly days: (year: number) => Day[];
}

const SUNDAY = 0;
const MONDAY = 1;
const TUESDAY = 2;
const THURSDAY = 4;
const FRIDAY = 5;
const SATURDAY = 6;

const row = (id: string, countries: string, days: Rule['days'], nearly = false): Rule => ({
  id,
  countries: countries === '' ? [] : countries.split(' '),
  nearly,
  days,
});
/** The same date in every year: MMDD, and how many days from it on. */
const on = (id: string, date: number, countries = '', count = 1): Rule =>
  row(id, countries, (y) => Array.from({ length: count }, (_, i) => dayNumber(y, Math.floor(date / 100), date % 100) + i));
const easter = (id: string, shift: number, countries = '', count = 1): Rule =>
  row(id, countries, (y) => Array.from({ length: count }, (_, i) => c.easter(y) + shift + i));
const weekday = (id: string, month: number, day: number, n: number, countries = ''): Rule => row(id, countries, (y) => [c.weekday(y, month, day, n)]);
const chinese = (id: string, month: number, day: number, countries = '', shift = 0): Rule =>
  row(id, countries, (y) => c.chineseDay(y, month, day, shift));
const korean = (id: string, month: number, day: number): Rule => row(id, '', (y) => c.koreanDay(y, month, day));
const persian = (id: string, month: number, day: number): Rule => row(id, '', (y) => c.persianDay(y, month, day));
const hebrew = (id: string, month: number, day: number): Rule => row(id, '', (y) => c.hebrewDay(y, month, day));
const hijri = (id: string, month: number, day: number): Rule => row(id, '', (y) => c.hijriDay(y, month, day), true);
const hindu = (id: string, ...rule: Parameters<typeof hinduDay> extends [number, ...infer R] ? R : never): Rule =>
  row(id, '', (y) => hinduDay(y, ...rule));
const second = () => true;

/** The Tuesday before it, never the day itself. */
const lastTuesdayBefore = (day: Day): Day => day - (((weekdayOf(day) - TUESDAY + 6) % 7) + 1);

function kingsDay(year: number): Day {
  const day = dayNumber(year, 4, 27);
  return weekdayOf(day) === SUNDAY ? day - 1 : day;
}

function frenchMothers(year: number): Day {
  const last = c.weekday(year, 5, SUNDAY, -1);
  return last === c.easter(year) + 49 ? last + 7 : last;
}

function advent(year: number): Day[] {
  const eve = dayNumber(year, 12, 24);
  const fourth = eve - weekdayOf(eve);
  return [0, 1, 2, 3].map((i) => fourth - 7 * i);
}

function hanukkah(year: number): Day[] {
  const begins = [...c.hebrewDay(year, 3, 25), ...c.hebrewDay(year - 1, 3, 25)];
  const [from, to] = [dayNumber(year, 1, 1), dayNumber(year + 1, 1, 1)];
  return begins.flatMap((d) => Array.from({ length: 8 }, (_, i) => d + i)).filter((d) => d >= from && d < to);
}

function independence(day: Day): Day {
  const weekday = weekdayOf(day);
  return weekday === FRIDAY ? day - 1 : weekday === SATURDAY ? day - 2 : weekday === MONDAY ? day + 1 : day;
}

const kandil = (y: number): Day[] => [
  ...c.hijriDay(y, 3, 12, -1),
  ...c.hijriDay(y, 7, 27, -1),
  ...c.hijriDay(y, 8, 15, -1),
  ...c.hijriDay(y, 9, 27, -1),
];

export const TABLE: readonly Rule[] = [
  on('new-year', 101),
  on('epiphany', 106),
  on('three-kings-eve', 105, 'ES MX AR PR'),
  on('orthodox-christmas', 107),
  on('old-new-year', 114, 'RU BY UA RS GE'),
  row('makar-sankranti', '', sankranti),
  on('republic-day-india', 126, 'IN'),
  row('setsubun', 'JP', (y) => [c.solarTerm(y, 315) - 1]),
  chinese('laba', 12, 8),
  chinese('new-years-eve-lunar', 1, 1, '', -1),
  chinese('lunar-new-year', 1, 1),
  chinese('tet', 1, 1),
  korean('seollal', 1, 1),
  chinese('lantern-festival', 1, 15),
  on('valentine', 612, 'BR'),
  on('valentine', 214),
  hindu('maha-shivaratri', 10, 29, 'midnight'),
  on('defender-day', 223, 'RU BY KZ'),
  easter('carnival', -48, '', 2),
  on('chandeleur', 202, 'FR BE'),
  row('maslenitsa', '', (y) => [c.orthodoxEaster(y) - 49]),
  on('hinamatsuri', 303, 'JP'),
  row('holi', '', (y) => hinduDay(y, 11, 15, 'late', second).map((d) => d + 1)),
  on('womens-day', 308),
  on('white-day', 314, 'JP KR'),
  on('st-patricks', 317),
  row('chaharshanbe-suri', '', (y) => c.persianDay(y, 1, 1).map(lastTuesdayBefore)),
  persian('nowruz', 1, 1),
  persian('sizdah-bedar', 1, 13),
  persian('mehregan', 7, 10),
  persian('yalda', 9, 30),
  hindu('ram-navami', 0, 9, 'noon'),
  on('april-fools', 401),
  row('qingming', '', (y) => [c.solarTerm(y, 15)]),
  on('songkran', 413),
  easter('easter', 0),
  row('orthodox-easter', '', (y) => [c.orthodoxEaster(y)]),
  on('kartini-day', 421, 'ID'),
  on('earth-day', 422),
  row('kings-day', 'NL', (y) => [kingsDay(y)]),
  weekday('labour-day', 9, MONDAY, 1, 'US CA'),
  on('labour-day', 501),
  on('hidirellez', 506, 'TR AZ MK'),
  hindu('vesak', 1, 15, 'sunrise'),
  on('victory-day', 509, 'RU BY KZ'),
  on('parents-day', 508, 'KR'),
  weekday('mothers-day', 5, SUNDAY, 1, 'ES PT HU RO'),
  easter('mothers-day', -21, 'GB IE'),
  on('mothers-day', 321, 'EG SA AE SY JO LB IQ KW PS QA BH OM YE SD LY'),
  on('mothers-day', 510, 'MX GT SV'),
  on('mothers-day', 1222, 'ID'),
  weekday('mothers-day', 11, SUNDAY, -1, 'RU'),
  row('mothers-day', 'FR', (y) => [frenchMothers(y)]),
  weekday('mothers-day', 5, SUNDAY, 2),
  easter('fathers-day', 39, 'DE'),
  on('fathers-day', 319, 'ES IT PT'),
  weekday('fathers-day', 8, SUNDAY, 2, 'BR'),
  on('fathers-day', 808, 'TW'),
  weekday('fathers-day', 9, SUNDAY, 1, 'AU NZ'),
  weekday('fathers-day', 10, SUNDAY, 3, 'RU'),
  weekday('fathers-day', 6, SUNDAY, 3),
  on('childrens-day', 423, 'TR'),
  on('childrens-day', 505, 'JP KR'),
  on('childrens-day', 1114, 'IN'),
  on('childrens-day', 1012, 'BR'),
  on('childrens-day', 430, 'MX'),
  on('childrens-day', 601),
  chinese('dragon-boat', 5, 5),
  on('republic-day-italy', 602, 'IT'),
  on('santo-antonio', 613, 'PT'),
  on('festa-junina', 624, 'BR'),
  on('juneteenth', 619, 'US'),
  on('music-day', 621),
  on('tanabata', 707, 'JP'),
  hindu('guru-purnima', 3, 15, 'sunrise'),
  on('bastille-day', 714, 'FR'),
  on('obon', 813, 'JP', 4),
  on('ferragosto', 815, 'IT'),
  on('independence-day-india', 815, 'IN'),
  on('independence-day-indonesia', 817, 'ID'),
  chinese('qixi', 7, 7),
  chinese('vu-lan', 7, 15, 'VN'),
  hindu('raksha-bandhan', 4, 15, 'morning'),
  hindu('janmashtami', 4, 23, 'midnight', second),
  hindu('ganesh-chaturthi', 5, 4, 'noon'),
  on('teachers-day', 905, 'IN'),
  on('teachers-day', 910, 'CN'),
  on('teachers-day', 928, 'TW'),
  on('teachers-day', 515, 'KR MX'),
  on('teachers-day', 1015, 'BR'),
  on('teachers-day', 1120, 'VN'),
  on('teachers-day', 1124, 'TR'),
  on('teachers-day', 1005),
  on('independence-day-mexico', 916, 'MX'),
  weekday('respect-for-the-aged-day', 9, MONDAY, 3, 'JP'),
  chinese('mid-autumn', 8, 15),
  korean('chuseok', 8, 15),
  chinese('double-ninth', 9, 9),
  hindu('navaratri', 6, 1, 'sunrise'),
  hindu('dussehra', 6, 10, 'afternoon', isShravana),
  hindu('karva-chauth', 6, 19, 'moonrise'),
  hindu('diwali', 6, 30, 'dusk', second),
  on('german-unity-day', 1003, 'DE'),
  on('national-day-china', 1001, 'CN'),
  on('republic-day-turkey', 1029, 'TR'),
  on('halloween', 1031),
  on('all-saints', 1101),
  on('day-of-the-dead', 1101, '', 2),
  on('st-martin', 1111, 'DE AT CH NL BE'),
  weekday('thanksgiving', 10, MONDAY, 2, 'CA'),
  weekday('thanksgiving', 11, THURSDAY, 4, 'US'),
  on('sinterklaas', 1205, 'NL'),
  on('nikolaus', 1206, 'DE AT CH'),
  row('advent', 'DE AT CH', advent),
  row('winter-solstice', 'CN TW HK MO SG MY', (y) => [c.solarTerm(y, 270)]),
  on('posadas', 1216, 'MX GT HN SV', 9),
  on('christmas', 1224, '', 2),
  hijri('ramadan', 9, 1),
  hijri('eid-al-fitr', 10, 1),
  hijri('eid-al-adha', 12, 10),
  hijri('hajj-return', 12, 14),
  hijri('islamic-new-year', 1, 1),
  hijri('ashura', 1, 10),
  hijri('mawlid', 3, 12),
  row('kandil', 'TR', kandil, true),
  hebrew('rosh-hashanah', 1, 1),
  hebrew('yom-kippur', 1, 10),
  hebrew('sukkot', 1, 15),
  row('hanukkah', '', hanukkah),
  hebrew('tu-bishvat', 5, 15),
  hebrew('purim', -7, 14),
  hebrew('passover', -6, 15),
  hebrew('shavuot', -4, 6),
  row('independence-day-israel', 'IL', (y) => c.hebrewDay(y, -5, 5).map(independence)),
  on('language-day', 221),
  easter('fat-thursday', -52, 'PL'),
  on('grandmothers-day', 121, 'PL'),
  on('pohela-boishakh', 415, 'IN'),
  on('pohela-boishakh', 414),
  hindu('durga-puja', 6, 7, 'sunrise'),
];
