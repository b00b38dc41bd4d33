/** When a photo was taken: what the clock at the place showed, and the instant. As src/Formats/Photos/PhotoTime.cs reads it. */

export interface LocalTime {
  /** `2024-05-01T10:11:12.5`. */
  readonly local: string;
  /** Minutes from UTC; undefined: not known. */
  readonly offset: number | undefined;
}

const MAX_OFFSET = 14 * 60;

const two = (n: number): string => String(n).padStart(2, '0');

function make(parts: readonly number[], fraction = ''): string | undefined {
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number];
  if (year < 1826 || year > 9998 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  const digits = fraction.replace(/[\0 ]/g, '');
  const rest = /^[0-9]{1,7}$/.test(digits) ? digits.replace(/0+$/, '') : '';
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${rest === '' ? '' : `.${rest}`}`;
}

/** Exif's "2024:05:01 10:11:12", whatever stands between the digits; blanks and zeros are no time. */
export function exifTime(text: string | undefined, fraction?: string): string | undefined {
  const m = text && /^([0-9]{4}).([0-9]{2}).([0-9]{2}).([0-9]{2}).([0-9]{2}).([0-9]{2})/.exec(text);
  return m ? make(m.slice(1, 7).map(Number), fraction) : undefined;
}

/** "+02:00", "-0800" or "Z", in minutes. */
export function zoneOffset(text: string | undefined): number | undefined {
  if (text === 'Z') return 0;
  const m = text && /^([+-])([0-9]{2}):?([0-9]{2})$/.exec(text);
  if (!m || Number(m[3]) > 59) return undefined;
  const minutes = Number(m[2]) * 60 + Number(m[3]);
  return minutes > MAX_OFFSET ? undefined : m[1] === '-' ? -minutes : minutes;
}

/** The offset that makes a local time and the satellites' UTC one instant, to the quarter hour; undefined if they are minutes apart. */
export function inferOffset(local: string, utc: number): number | undefined {
  const minutes = (Date.parse(`${local}Z`) - utc) / 60_000;
  const offset = Math.round(minutes / 15) * 15;
  return Math.abs(minutes - offset) <= 5 && Math.abs(offset) <= MAX_OFFSET ? offset + 0 : undefined;
}

/** Seconds since 1904 in UTC, as movie headers count, in Unix ms; zero is no time. */
export function movieTime(seconds: number): number | undefined {
  const ms = (seconds - 2_082_844_800) * 1000;
  return seconds > 0 && seconds <= 10_000_000_000 && isPlausible(ms) ? ms : undefined;
}

export const isPlausible = (ms: number): boolean => ms >= Date.UTC(1826, 0, 1) && ms < Date.UTC(9999, 0, 1);

const DATE_AND_TIME =
  /(?<![0-9])((?:19|20)[0-9][0-9])[-_.]?([01][0-9])[-_.]?([0-3][0-9])(?:[-_ T.]|\sat\s)?([0-2][0-9])[-_.:]?([0-5][0-9])[-_.:]?([0-5][0-9])([0-9]{3})?(?![0-9])/;
const DATE_ALONE = /(?<![0-9])((?:19|20)[0-9][0-9])[-_.]?([01][0-9])[-_.]?([0-3][0-9])(?![0-9])/;
/** Milliseconds since 1970, from 2001 to 2033: many programs name what they save so. */
const MILLISECONDS = /(?<![0-9])1[0-9]{12}(?![0-9])/;

/** The time that phones put into file names; a date alone counts as its noon. Pixel phones name files by UTC. */
export function nameTime(name: string): { local?: string; utc?: number } {
  if (name.length > 255) return {};
  const m = DATE_AND_TIME.exec(name);
  const time = m && make(m.slice(1, 7).map(Number), m[7]);
  if (time) return /^PXL_/i.test(name) ? { utc: Date.parse(`${time}Z`) } : { local: time };
  const ms = MILLISECONDS.exec(name);
  if (ms) return { utc: Number(ms[0]) };
  const d = DATE_ALONE.exec(name);
  const noon = d && make([...d.slice(1, 4).map(Number), 12, 0, 0]);
  return noon ? { local: noon } : {};
}

/** The instant of a local time; without an offset a guess with this browser's zone. */
export function instantOf(t: LocalTime): number {
  const ms = t.offset === undefined ? Date.parse(t.local) : Date.parse(`${t.local}Z`) - t.offset * 60_000;
  return Math.floor(ms);
}
/** What a clock in this browser's zone shows at an instant. */
export function localOf(utc: number): string {
  const d = new Date(utc);
  return make([d.getFullYear(), d.getMonth() + 1, d.getDate(), d.getHours(), d.getMinutes(), d.getSeconds()]) ?? '1970-01-01T00:00:00';
}
