/**
 * What a photo or film says of itself, out of its headers alone, and the view of its record (spec/records.md §3). The file is never changed. Total: damage costs details, never the
 * file. What src/Formats/Photos reads in C#, so that a photo that a browser brings stands in the same place of the timeline.
 */
import { type Bytes, fromUtf8 } from '../protocol/bytes';
import type { Cbor, CborMap } from '../protocol/cbor';
import { type Exif, readExif } from './exif';
import { isoType, readFilm, readHeif } from './iso-media';
import { ascii, Cursor, type MediaSource, viewOf } from './media-source';
import { safeFileName } from './note';
import { instantOf, isPlausible, type LocalTime, localOf, nameTime } from './photo-time';

const MAX_XMP = 65_536;
const MAX_SEGMENTS = 512;
const UNKNOWN = 'application/octet-stream';

export interface Facts {
  type: string;
  /** Pixels as stored, before `orient`; 0: unknown. */
  width: number;
  height: number;
  orient: number;
  exif?: Exif | undefined;
  quickTime?: LocalTime | undefined;
  movieUtc?: number | undefined;
  lat?: number | undefined;
  lon?: number | undefined;
  alt?: number | undefined;
  make?: string | undefined;
  model?: string | undefined;
  live?: string | undefined;
  dur?: number | undefined;
  /** Where a film lies inside of the file. */
  motion?: { start: number; length: number } | undefined;
}

export async function readPhoto(source: MediaSource): Promise<Facts> {
  const facts: Facts = { type: UNKNOWN, width: 0, height: 0, orient: 1 };
  const head = (await source.block(0, Math.min(64, source.size), 64)) ?? new Uint8Array(0);
  const starts = (text: string, at = 0) => ascii(head, at, text.length) === text;
  if (starts('\xff\xd8\xff')) await readJpeg(source, facts);
  else if (starts('\x89PNG\r\n\x1a\n')) {
    const c = new Cursor(head.subarray(16));
    Object.assign(facts, { type: 'image/png', width: c.take(4), height: c.take(4) });
    await readChunks(source, facts, 8, false);
  } else if (starts('RIFF') && starts('WEBP', 8)) {
    Object.assign(facts, { type: 'image/webp', ...webpSize(head) });
    await readChunks(source, facts, 12, true);
  } else if (starts('GIF87a') || starts('GIF89a')) {
    Object.assign(facts, { type: 'image/gif', width: head[6]! + 256 * head[7]!, height: head[8]! + 256 * head[9]! });
  } else {
    const type = await isoType(source);
    if (type) facts.type = type;
    if (type?.startsWith('image/')) await readPicture(source, facts);
    else if (type) await readFilm(source, facts);
  }
  return facts;
}

function takeExif(facts: Facts, bytes: Bytes): void {
  facts.exif ??= readExif(bytes);
}

async function readPicture(source: MediaSource, facts: Facts): Promise<void> {
  const heif = await readHeif(source);
  Object.assign(facts, { width: heif.width, height: heif.height, orient: heif.orient, exif: heif.exif });
  if (heif.film) facts.motion = await film(source, heif.film.start, heif.film.end - heif.film.start);
  for (const xmp of heif.xmp) facts.motion ??= await motionOf(source, xmp);
}

/** The segments up to the picture itself (ITU T.81, B.1). */
async function readJpeg(source: MediaSource, facts: Facts): Promise<void> {
  facts.type = 'image/jpeg';
  let at = 2;
  for (let n = 0; n < MAX_SEGMENTS; n++) {
    const head = await source.block(at, 4, 4);
    if (head?.[0] !== 0xff) return;
    const marker = head[1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) break;
    const length = viewOf(head).getUint16(2);
    if (length < 2) return;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame || marker === 0xe1) {
      const body = await source.block(at + 4, length - 2, MAX_XMP);
      if (!body) return;
      if (isFrame && facts.width === 0 && body.length >= 5) {
        const v = viewOf(body);
        Object.assign(facts, { height: v.getUint16(1), width: v.getUint16(3) });
      } else if (ascii(body, 0, 6) === 'Exif\0\0') takeExif(facts, body.slice(6));
      else if (ascii(body, 4, 25) === '://ns.adobe.com/xap/1.0/\0') facts.motion ??= await motionOf(source, body.slice(29));
    }
    at += 2 + length;
  }
  facts.orient = facts.exif?.orient ?? 1;
  facts.motion ??= await samsungFilm(source);
}

/** PNG's and WebP's chunks: each may have an Exif block. */
async function readChunks(source: MediaSource, facts: Facts, start: number, little: boolean): Promise<void> {
  for (let at = start, n = 0; n < MAX_SEGMENTS; n++) {
    const head = await source.block(at, 8, 8);
    if (!head) break;
    const length = viewOf(head).getUint32(little ? 4 : 0, little);
    const name = ascii(head, little ? 0 : 4, 4);
    if (name === 'eXIf' || name === 'EXIF') {
      const body = await source.block(at + 8, length, 1 << 20);
      if (body) takeExif(facts, ascii(body, 0, 6) === 'Exif\0\0' ? body.slice(6) : body);
    }
    at += little ? 8 + length + (length & 1) : 12 + length;
  }
  facts.orient = facts.exif?.orient ?? 1;
}

function webpSize(head: Bytes): { width: number; height: number } {
  const kind = ascii(head, 12, 4);
  if (head.length < 30) return { width: 0, height: 0 };
  const v = viewOf(head);
  const u24 = (at: number) => v.getUint16(at, true) + 65_536 * head[at + 2]!;
  if (kind === 'VP8X') return { width: u24(24) + 1, height: u24(27) + 1 };
  if (kind === 'VP8 ') return { width: v.getUint16(26, true) & 0x3fff, height: v.getUint16(28, true) & 0x3fff };
  const bits = v.getUint32(21, true);
  return kind === 'VP8L' ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 } : { width: 0, height: 0 };
}

// --- motion photos -------------------------------------------------------------------------------------------------------------------------------------------

/** A film starts with a "ftyp" box; anything else is not one, whoever says so. */
async function film(source: MediaSource, start: number, length: number): Promise<Facts['motion']> {
  const head = start > 0 && length >= 16 && start <= source.size - length ? await source.block(start, 8, 8) : undefined;
  return head && ascii(head, 4, 4) === 'ftyp' ? { start, length } : undefined;
}

const xmpValue = (text: string, name: string): string | undefined =>
  new RegExp(`[:<\\s]${name}(?:\\s*=\\s*["']([^"']{0,64})["']|>([^<]{0,64})<)`)
    .exec(text)
    ?.slice(1)
    .find((v) => v !== undefined);

/** Android Motion Photo 1.0 (Container:Directory of items), and MicroVideo before it. */
async function motionOf(source: MediaSource, xmp: Bytes): Promise<Facts['motion']> {
  const text = fromUtf8(xmp) ?? '';
  if (!text.includes('MotionPhoto') && !text.includes('MicroVideo')) return undefined;
  if (xmpValue(text, 'MotionPhoto') === '1') {
    const items = text
      .split(/<(?:\w+:)?(?:Item|li)\b/)
      .slice(1)
      .map((part) => ({ semantic: xmpValue(part, 'Semantic') ?? '', length: Number(xmpValue(part, 'Length') ?? 0) }))
      .filter((i) => i.semantic !== '' || i.length > 0);
    const at = items.findIndex((i) => i.semantic === 'MotionPhoto');
    const behind = items.slice(Math.max(0, at)).reduce((sum, i) => sum + i.length, 0);
    const found = at >= 0 ? await film(source, source.size - behind, items[at]!.length) : undefined;
    if (found) return found;
  }
  const back = xmpValue(text, 'MicroVideo') === '1' ? Number(xmpValue(text, 'MicroVideoOffset') ?? 0) : 0;
  return back > 0 ? film(source, source.size - back, back) : undefined;
}

/** Samsung's trailer, little-endian, read from the end: "SEFT", the directory's length, before it "SEFH", version, count and per block: zero, type, distance, size. */
async function samsungFilm(source: MediaSource): Promise<Facts['motion']> {
  const end = await source.block(source.size - 8, 8, 8);
  if (!end || ascii(end, 4, 4) !== 'SEFT') return undefined;
  const length = viewOf(end).getUint32(0, true);
  const start = source.size - 8 - length;
  const directory = await source.block(start, length, MAX_XMP);
  if (!directory || length < 12 || ascii(directory, 0, 4) !== 'SEFH') return undefined;
  const v = viewOf(directory);
  for (let at = 12; at + 12 <= length; at += 12) {
    if (v.getUint16(at + 2, true) !== 0x0a30) continue;
    const block = start - v.getUint32(at + 4, true);
    const head = await source.block(block, 8, 8);
    if (!head) continue;
    const name = viewOf(head).getUint32(4, true);
    const data = block + 8 + name;
    const inside = await source.block(data, 12, 12);
    if (inside && ascii(inside, 0, 4) === 'mpv2') return film(source, viewOf(inside).getUint32(4), viewOf(inside).getUint32(8));
    return film(source, data, v.getUint32(at + 8, true) - 8 - name);
  }
  return undefined;
}

// --- the record ----------------------------------------------------------------------------------------------------------------------------------------------

export interface Taken {
  /** As the file says it; undefined where it says only the instant. */
  readonly local: string | undefined;
  readonly utc: number | undefined;
  /** For the folder: local, else the instant in this browser's zone, else the file's own time. */
  readonly shown: string | undefined;
}

/** The most telling first, as src/Formats/Photos/PhotoMetadata.cs has it. @param modified The file's own time, Unix ms. */
export function takenOf(f: Facts, name: string, modified: number | undefined): Taken {
  const said = (t: LocalTime | undefined): Taken | undefined => t && { local: t.local, utc: instantOf(t), shown: t.local };
  const instant = (utc: number | undefined): Taken | undefined => (utc === undefined ? undefined : { local: undefined, utc, shown: localOf(utc) });
  const named = nameTime(name);
  return (
    said(f.exif?.original) ??
    said(f.quickTime) ??
    said(f.exif?.digitized) ??
    instant(f.exif?.gpsUtc) ??
    instant(f.movieUtc) ??
    said(f.exif?.modified) ??
    (named.local === undefined ? undefined : said({ local: named.local, offset: undefined })) ??
    (named.utc === undefined ? undefined : { local: localOf(named.utc), utc: named.utc, shown: localOf(named.utc) }) ?? {
      local: undefined,
      utc: undefined,
      shown: modified !== undefined && isPlausible(modified) ? localOf(modified) : undefined,
    }
  );
}

export function photoView(f: Facts, taken: Taken, size: number, modified: number | undefined): CborMap {
  const view: CborMap = new Map();
  const set = (key: string, value: Cbor | undefined) => {
    if (value !== undefined) view.set(key, value);
  };
  const [width, height] = [f.width || (f.exif?.width ?? 0), f.height || (f.exif?.height ?? 0)];
  const [lat, lon, alt] = f.lat === undefined ? [f.exif?.lat, f.exif?.lon, f.exif?.alt] : [f.lat, f.lon, f.alt];
  set('type', f.type);
  set('size', size);
  if (width > 0 && height > 0) {
    set('w', width);
    set('h', height);
    set('orient', f.orient);
  }
  set('taken', taken.local);
  set('utc', taken.utc);
  set('make', f.make ?? f.exif?.make);
  set('model', f.model ?? f.exif?.model);
  set('dur', f.dur);
  set('live', f.live ?? f.exif?.live);
  set('modified', modified);
  if (f.motion) set('motion', [f.motion.start, f.motion.length]);
  if (lat !== undefined && lon !== undefined) {
    set('lat', Math.round(lat * 1e7));
    set('lon', Math.round(lon * 1e7));
    set('alt', alt === undefined ? undefined : Math.round(alt * 1000));
  }
  return view;
}

/** Where it stands below photos/: year, month, and the file's own name made safe. */
export function photoPath(taken: Taken, name: string): string {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot).replace(/[^.\w]/g, '')] : [name, ''];
  const folder = taken.shown ? taken.shown.slice(0, 7).replace('-', '/') : 'unknown-date';
  return `${folder}/${safeFileName(stem, ending.slice(0, 16))}`;
}
