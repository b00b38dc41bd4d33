/** What Candor wants of a TIFF structure: an Exif block of a photo. Exif 2.32 §4.6; total: offsets that lead nowhere cost the detail, not the photo. */
import type { Bytes } from '../protocol/bytes';
import { ascii, cleanText, viewOf } from './media-source';
import { exifTime, inferOffset, type LocalTime, zoneOffset } from './photo-time';

const MAX_ENTRIES = 512;
const MAX_VALUE = 4096;
const MAX_TEXT = 200;
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

export interface Exif {
  make?: string | undefined;
  model?: string | undefined;
  orient?: number | undefined;
  width?: number | undefined;
  height?: number | undefined;
  /** Clock at the place; offset in minutes where the file says so, or the satellites' clock does. */
  original?: LocalTime | undefined;
  digitized?: LocalTime | undefined;
  modified?: LocalTime | undefined;
  /** Unix ms. */
  gpsUtc?: number | undefined;
  lat?: number | undefined;
  lon?: number | undefined;
  alt?: number | undefined;
  live?: string | undefined;
}

type Entry = { type: number; count: number; at: number };
type Directory = Map<number, Entry>;

class Tiff {
  private readonly view: DataView;
  constructor(
    private readonly bytes: Bytes,
    private readonly little: boolean,
  ) {
    this.view = viewOf(bytes);
  }

  u16(at: number): number | undefined {
    return at >= 0 && at + 2 <= this.bytes.length ? this.view.getUint16(at, this.little) : undefined;
  }
  u32(at: number): number | undefined {
    return at >= 0 && at + 4 <= this.bytes.length ? this.view.getUint32(at, this.little) : undefined;
  }

  /** @param base What offsets count from: a maker's note has its own. */
  directory(at: number, base = 0): Directory {
    const found: Directory = new Map();
    const count = Math.min(this.u16(base + at) ?? 0, MAX_ENTRIES);
    for (let i = 0; i < count; i++) {
      const entry = base + at + 2 + 12 * i;
      const [tag, type, values] = [this.u16(entry), this.u16(entry + 2), this.u32(entry + 4)];
      if (tag === undefined || type === undefined || values === undefined) break;
      const length = (SIZES[type] ?? 0) * values;
      const where = length <= 4 ? entry + 8 : base + (this.u32(entry + 8) ?? -1);
      if (length > 0 && length <= MAX_VALUE && where >= 0 && where + length <= this.bytes.length && !found.has(tag))
        found.set(tag, { type, count: values, at: where });
    }
    return found;
  }

  text(d: Directory, tag: number): string | undefined {
    const e = d.get(tag);
    return e?.type === 2 ? cleanText(this.bytes.subarray(e.at, e.at + e.count), MAX_TEXT) : undefined;
  }
  number(d: Directory, tag: number): number | undefined {
    const e = d.get(tag);
    return e?.type === 3 ? this.u16(e.at) : e?.type === 4 ? this.u32(e.at) : e?.type === 1 ? this.bytes[e.at] : undefined;
  }
  /** Unsigned rationals; 0/0 is how some cameras write "none". */
  rationals(d: Directory, tag: number, most: number): number[] {
    const e = d.get(tag);
    if (e?.type !== 5 || e.count > most) return [];
    return Array.from({ length: e.count }, (_, i) => {
      const [top, bottom] = [this.u32(e.at + 8 * i)!, this.u32(e.at + 8 * i + 4)!];
      return bottom === 0 ? (top === 0 ? 0 : Number.NaN) : top / bottom;
    });
  }
  place(d: Directory, tag: number): Entry | undefined {
    return d.get(tag);
  }
}

/** @param bytes From the TIFF header on. Undefined where there is none. */
export function readExif(bytes: Bytes): Exif | undefined {
  const order = ascii(bytes, 0, 2);
  if (bytes.length < 8 || (order !== 'II' && order !== 'MM')) return undefined;
  const tiff = new Tiff(bytes, order === 'II');
  if (tiff.u16(2) !== 42) return undefined;
  const main = tiff.directory(tiff.u32(4) ?? 0);
  const sub = (tag: number): Directory => {
    const at = tiff.number(main, tag);
    return at === undefined ? new Map() : tiff.directory(at);
  };
  const [details, gps] = [sub(0x8769), sub(0x8825)];
  const orient = tiff.number(main, 0x0112);
  const exif: Exif = {
    make: tiff.text(main, 0x010f),
    model: tiff.text(main, 0x0110),
    orient: orient !== undefined && orient >= 1 && orient <= 8 ? orient : undefined,
    width: tiff.number(details, 0xa002),
    height: tiff.number(details, 0xa003),
    live: appleId(tiff, bytes, details),
    ...readGps(tiff, gps),
  };
  const time = (d: Directory, tag: number, fraction: number, offset: number): LocalTime | undefined => {
    const local = exifTime(tiff.text(d, tag), tiff.text(details, fraction));
    if (local === undefined) return undefined;
    const said = zoneOffset(tiff.text(details, offset));
    return { local, offset: said ?? (exif.gpsUtc === undefined ? undefined : inferOffset(local, exif.gpsUtc)) };
  };
  exif.original = time(details, 0x9003, 0x9291, 0x9011);
  exif.digitized = time(details, 0x9004, 0x9292, 0x9012);
  exif.modified = time(main, 0x0132, 0x9290, 0x9010);
  return exif;
}

function readGps(tiff: Tiff, gps: Directory): Pick<Exif, 'lat' | 'lon' | 'alt' | 'gpsUtc'> {
  const degrees = (tag: number, negative: string): number | undefined => {
    const parts = tiff.rationals(gps, tag, 3);
    const side = tiff.text(gps, tag - 1);
    // Without a word on the hemisphere it could be any of two places.
    if (parts.length === 0 || !side) return undefined;
    const sum = parts.reduce((all, part, i) => all + part / 60 ** i, 0);
    return Number.isFinite(sum) ? (side[0]!.toUpperCase() === negative ? -sum : sum) : undefined;
  };
  const [lat, lon] = [degrees(2, 'S'), degrees(4, 'W')];
  const out: Pick<Exif, 'lat' | 'lon' | 'alt' | 'gpsUtc'> = {};
  if (isPlace(lat, lon)) {
    out.lat = lat;
    out.lon = lon;
    const [metres] = tiff.rationals(gps, 6, 1);
    if (metres !== undefined && metres < 100_000) out.alt = tiff.number(gps, 5) === 1 ? -metres : metres;
  }
  const clock = tiff.rationals(gps, 7, 3);
  const day = exifTime(`${tiff.text(gps, 0x1d) ?? ''} 00:00:00`);
  const seconds = clock.length === 3 ? clock[0]! * 3600 + clock[1]! * 60 + clock[2]! : Number.NaN;
  if (day !== undefined && seconds >= 0 && seconds < 86_401) out.gpsUtc = Date.parse(`${day}Z`) + Math.round(seconds * 1000);
  return out;
}

/** No place: coordinates beyond the Earth, and (0, 0), which cameras write for "none". */
export const isPlace = (lat: number | undefined, lon: number | undefined): boolean =>
  lat !== undefined && lon !== undefined && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && !(lat === 0 && lon === 0);

/** Of Apple's maker's note: "Apple iOS", a NUL, two bytes of version, "MM", then a directory whose offsets count from the note's first byte. */
function appleId(tiff: Tiff, bytes: Bytes, details: Directory): string | undefined {
  const note = tiff.place(details, 0x927c);
  if (!note || ascii(bytes, note.at, 10) !== 'Apple iOS\0') return undefined;
  const big = new Tiff(bytes, false);
  return big.text(big.directory(14, note.at), 0x0011);
}
