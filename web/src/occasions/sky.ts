/**
 * Where sun and moon stand, well enough for a calendar: the sun to 0.01°, the moon to about 0.02°, which moves the end of a lunar day by some two minutes. The series are those of
 * J. Meeus, Astronomical Algorithms, chapters 25 and 47, the moon's cut off below 0.003° (spec/occasions.md §7). Moments are days from 2000-01-01 12:00 UT; degrees run from 0 to 360.
 */
import type { Day } from './day';

/** Multiples of the elongation D, the sun's anomaly M, the moon's M' and F, and the sine's coefficient in millionths of a degree. */
const MOON: readonly (readonly [d: number, m: number, a: number, f: number, sine: number])[] = [
  [0, 0, 1, 0, 6288774],
  [2, 0, -1, 0, 1274027],
  [2, 0, 0, 0, 658314],
  [0, 0, 2, 0, 213618],
  [0, 1, 0, 0, -185116],
  [0, 0, 0, 2, -114332],
  [2, 0, -2, 0, 58793],
  [2, -1, -1, 0, 57066],
  [2, 0, 1, 0, 53322],
  [2, -1, 0, 0, 45758],
  [0, 1, -1, 0, -40923],
  [1, 0, 0, 0, -34720],
  [0, 1, 1, 0, -30383],
  [2, 0, 0, -2, 15327],
  [0, 0, 1, 2, -12528],
  [0, 0, 1, -2, 10980],
  [4, 0, -1, 0, 10675],
  [0, 0, 3, 0, 10034],
  [4, 0, -2, 0, 8548],
  [2, 1, -1, 0, -7888],
  [2, 1, 0, 0, -6766],
  [1, 0, -1, 0, -5163],
  [1, 1, 0, 0, 4987],
  [2, -1, 1, 0, 4036],
  [2, 0, 2, 0, 3994],
  [4, 0, 0, 0, 3861],
  [2, 0, -3, 0, 3665],
];
/** Seconds by which even time runs ahead of the earth's turning, in these decades. */
const DELTA_T = 72;
/** 2000-01-01 as a `Day`. */
const EPOCH = 10957;

export const MOON_SPEED = 12.190749;
export const SUN_SPEED = 0.985647;

const sin = (degrees: number): number => Math.sin((degrees * Math.PI) / 180);
const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);
const turn = (degrees: number): number => degrees - 360 * Math.floor(degrees / 360);
const centuries = (moment: number): number => (moment + DELTA_T / 86_400) / 36_525;
const nutation = (t: number): number => 0.00478 * sin(125.04 - 1934.136 * t);

/** Midnight at the start of a day, in a zone that is `hours` ahead of UT. */
export const midnight = (day: Day, hours: number): number => day - EPOCH - 0.5 - hours / 24;

/** The day of a moment in a zone. */
export const dayOf = (moment: number, hours: number): Day => Math.floor(moment + 0.5 + hours / 24) + EPOCH;

/** Apparent geocentric longitude of the sun, of date. */
export function sun(moment: number): number {
  const t = centuries(moment);
  const anomaly = 357.52911 + t * (35999.05029 - 0.0001537 * t);
  const centre =
    (1.914602 - t * (0.004817 + 0.000014 * t)) * sin(anomaly) + (0.019993 - 0.000101 * t) * sin(2 * anomaly) + 0.000289 * sin(3 * anomaly);
  return turn(280.46646 + t * (36000.76983 + 0.0003032 * t) + centre - 0.00569 - nutation(t));
}

/** How far the moon is ahead of the sun: 0 at new moon, 180 at full moon. A lunar day (tithi) is 12 of these degrees. */
export function elongation(moment: number): number {
  const t = centuries(moment);
  const d = 297.8501921 + t * (445267.1114034 - 0.0018819 * t);
  const m = 357.5291092 + t * (35999.0502909 - 0.0001536 * t);
  const a = 134.9633964 + t * (477198.8675055 + 0.0087414 * t);
  const f = 93.272095 + t * (483202.0175233 - 0.0036539 * t);
  const e = 1 - t * (0.002516 + 0.0000074 * t);
  let sum = 0;
  for (const [td, tm, ta, tf, sine] of MOON) sum += (tm === 0 ? 1 : e) * sine * sin(td * d + tm * m + ta * a + tf * f);
  return turn(218.3164477 + t * (481267.88123421 - 0.0015786 * t) + sum / 1e6 - nutation(t) - sun(moment));
}

/** The sun's longitude from the fixed stars, by the Lahiri ayanamsa. */
export const siderealSun = (moment: number): number => turn(sun(moment) - 23.857 - ((moment / 365.2422) * 50.29) / 3600);

/** The first moment from `from` on at which an angle that grows by about `speed` degrees a day comes to `goal`. */
export function next(angle: (moment: number) => number, goal: number, from: number, speed: number): number {
  let at = from + turn(goal - angle(from)) / speed;
  for (let i = 0; i < 12; i++) at += (turn(goal - angle(at) + 180) - 180) / speed;
  return at;
}

/** Sunrise and sunset of a day: the upper limb at the horizon, with refraction (−0.833°). @param latitude Degrees, between the polar circles. @param longitude Degrees east. */
export function daylight(day: Day, latitude: number, longitude: number, hours: number): { rise: number; set: number } {
  const mean = midnight(day, hours) + 0.5 + hours / 24 - longitude / 360;
  const at = sun(mean);
  const obliquity = 23.4393 - 0.013 * centuries(mean);
  const declination = Math.asin(sin(obliquity) * sin(at));
  const ascension = turn((Math.atan2(cos(obliquity) * sin(at), cos(at)) * 180) / Math.PI);
  const longitudeOfMean = turn(280.46646 + 36000.76983 * centuries(mean));
  // True noon is early by the equation of time.
  const noon = mean - (turn(longitudeOfMean - 0.0057 - ascension + 180) - 180) / 360;
  const half = Math.acos((sin(-0.833) - sin(latitude) * Math.sin(declination)) / (cos(latitude) * Math.cos(declination))) / (2 * Math.PI);
  return { rise: noon - half, set: noon + half };
}
