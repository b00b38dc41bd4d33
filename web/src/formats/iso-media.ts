/**
 * The ISO base media family by its headers alone: HEIC and AVIF pictures (ISO/IEC 14496-12 §8.11, 23008-12 §6.5), MP4 and MOV films. Total and bounded: boxes that do not fit end the walk.
 */
import type { Bytes } from '../protocol/bytes';
import { type Exif, isPlace, readExif } from './exif';
import { ascii, Cursor, cleanText, type MediaSource } from './media-source';
import type { Facts } from './photo';
import { exifTime, movieTime, zoneOffset } from './photo-time';

const MAX_BOXES = 2048;
const MAX_ITEMS = 20_000;
const MAX_BOX = 4 << 20;
const MAX_EXIF = 1 << 20;
const MAX_TEXT = 512;

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

async function* boxes(source: MediaSource, start: number, end: number): AsyncGenerator<Box> {
  for (let count = 0, at = start; count < MAX_BOXES && at + 8 <= end; count++) {
    const head = await source.block(at, Math.min(16, end - at), 16);
    if (!head) return;
    const c = new Cursor(head);
    let size = c.take(4);
    const type = ascii(head, 4, 4);
    let header = 8;
    if (size === 1) {
      c.skip(4);
      size = c.take(8);
      header = 16;
    } else if (size === 0) size = end - at;
    if (c.failed || size < header || size > end - at) return;
    yield { type, start: at + header, end: at + size };
    at += size;
  }
}

/** Boxes inside of bytes that are here. */
function inner(bytes: Bytes, start: number): { type: string; bytes: Bytes }[] {
  const found: { type: string; bytes: Bytes }[] = [];
  for (let at = start; at + 8 <= bytes.length && found.length < MAX_BOXES; ) {
    const size = new Cursor(bytes.subarray(at, at + 4)).take(4);
    if (size < 8 || size > bytes.length - at) break;
    found.push({ type: ascii(bytes, at + 4, 4), bytes: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return found;
}

const BRANDS: Record<string, string> = {
  heic: 'image/heic',
  heix: 'image/heic',
  heim: 'image/heic',
  heis: 'image/heic',
  hevc: 'image/heic',
  hevx: 'image/heic',
  avif: 'image/avif',
  avis: 'image/avif',
  mif1: 'image/heif',
  msf1: 'image/heif',
};

/** The media type by the brands; undefined: not of this family. */
export async function isoType(source: MediaSource): Promise<string | undefined> {
  const head = await source.block(0, Math.min(256, source.size), 256);
  if (!head || head.length < 12) return undefined;
  const type = ascii(head, 4, 4);
  // QuickTime files from before "ftyp".
  if (type === 'moov' || type === 'mdat' || type === 'wide' || type === 'pnot') return 'video/quicktime';
  if (type !== 'ftyp') return undefined;
  const size = Math.min(new Cursor(head).take(4), head.length);
  const major = ascii(head, 8, 4);
  let image = BRANDS[major];
  // A film may list image brands; its major brand says what it is. The minor version stands between.
  for (let at = 16; image === 'image/heif' && at + 4 <= size; at += 4) image = BRANDS[ascii(head, at, 4)] ?? image;
  return image ?? (major === 'qt  ' ? 'video/quicktime' : major.startsWith('3gp') ? 'video/3gpp' : 'video/mp4');
}

// --- pictures ------------------------------------------------------------------------------------------------------------------------------------------------

export interface Heif {
  readonly width: number;
  readonly height: number;
  readonly orient: number;
  readonly exif: Exif | undefined;
  readonly xmp: Bytes[];
  /** Where a "mpvd" box has a film. */
  readonly film: { start: number; end: number } | null;
}

export async function readHeif(source: MediaSource): Promise<Heif> {
  let meta: Bytes | undefined;
  let film: Heif['film'] = null;
  let metaStart = 0;
  for await (const box of boxes(source, 0, source.size)) {
    if (box.type === 'meta' && !meta) {
      meta = await source.block(box.start, box.end - box.start, MAX_BOX);
      metaStart = box.start;
    } else if (box.type === 'mpvd') film ??= { start: box.start, end: box.end };
  }
  const parts = meta ? inner(meta, 4) : [];
  const part = (type: string) => parts.find((p) => p.type === type)?.bytes;
  const pitm = part('pitm');
  const primary = pitm ? versioned(pitm, (c, version) => c.take(version === 0 ? 2 : 4)) : 0;
  const types = itemTypes(part('iinf'));
  const data = part('idat');
  const dataStart = data && meta ? metaStart + (data.byteOffset - meta.byteOffset) : 0;
  let exif: Exif | undefined;
  const xmp: Bytes[] = [];
  for (const { id, extents } of locations(part('iloc'), dataStart)) {
    const type = types.get(id);
    if (type !== 'Exif' && type !== 'mime') continue;
    const bytes = await joinExtents(source, extents);
    if (!bytes) continue;
    if (type === 'mime') xmp.push(bytes);
    else {
      // Four bytes say how far behind them the TIFF header is.
      const skip = new Cursor(bytes).take(4);
      exif ??= readExif(bytes.subarray(4 + skip));
    }
  }
  return { ...properties(part('iprp'), primary), exif, xmp, film };
}

const versioned = <T>(bytes: Bytes, read: (c: Cursor, version: number, flags: number) => T): T => {
  const c = new Cursor(bytes);
  const version = c.take(1);
  return read(c, version, c.take(3));
};

function itemTypes(bytes: Bytes | undefined): Map<number, string> {
  const types = new Map<number, string>();
  if (!bytes) return types;
  for (const entry of inner(bytes, bytes[0] === 0 ? 6 : 8)) {
    versioned(entry.bytes, (c, version) => {
      if (version < 2) return;
      const id = c.take(version === 2 ? 2 : 4);
      c.skip(2);
      if (!c.failed && !types.has(id)) types.set(id, ascii(entry.bytes, c.at, 4));
    });
  }
  return types;
}

type Extent = { start: number; length: number };

function locations(bytes: Bytes | undefined, dataStart: number): { id: number; extents: Extent[] }[] {
  if (!bytes) return [];
  return versioned(bytes, (c, version) => {
    const found: { id: number; extents: Extent[] }[] = [];
    const sizes = c.take(2);
    const [offset, length, base, index] = [
      sizes >> 12,
      (sizes >> 8) & 15,
      (sizes >> 4) & 15,
      version === 1 || version === 2 ? sizes & 15 : 0,
    ] as const;
    if (Math.max(offset, length, base, index) > 8) return found;
    for (let left = Math.min(c.take(version < 2 ? 2 : 4), MAX_ITEMS); left > 0 && !c.failed; left--) {
      const id = c.take(version < 2 ? 2 : 4);
      const construction = version === 1 || version === 2 ? c.take(2) & 15 : 0;
      const external = c.take(2) !== 0;
      const start = c.take(base);
      const extents: Extent[] = [];
      for (let n = c.take(2); n > 0 && !c.failed; n--) {
        c.take(index);
        const at = start + c.take(offset) + (construction === 1 ? dataStart : 0);
        const long = c.take(length);
        if (extents.length < 16) extents.push({ start: at, length: long });
      }
      if (!c.failed && !external && construction <= 1) found.push({ id, extents });
    }
    return found;
  });
}

async function joinExtents(source: MediaSource, extents: Extent[]): Promise<Bytes | undefined> {
  const total = extents.reduce((sum, e) => sum + e.length, 0);
  if (total === 0 || total > MAX_EXIF) return undefined;
  const all = new Uint8Array(total);
  let at = 0;
  for (const e of extents) {
    const bytes = await source.block(e.start, e.length, MAX_EXIF);
    if (!bytes) return undefined;
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** Size and turning of the primary item: its properties are numbered from 1 in ipco and assigned in ipma. */
function properties(bytes: Bytes | undefined, primary: number): { width: number; height: number; orient: number } {
  const out = { width: 0, height: 0, orient: 1 };
  const parts = bytes ? inner(bytes, 0) : [];
  const known = parts.find((p) => p.type === 'ipco');
  const boxesOf = known ? inner(known.bytes, 0) : [];
  for (const { bytes: ipma } of parts.filter((p) => p.type === 'ipma')) {
    versioned(ipma, (c, version, flags) => {
      for (let left = Math.min(c.take(4), MAX_ITEMS); left > 0 && !c.failed; left--) {
        const id = c.take(version < 1 ? 2 : 4);
        for (let n = c.take(1); n > 0 && !c.failed; n--) {
          // The top bit says "essential".
          const index = flags & 1 ? c.take(2) & 0x7fff : c.take(1) & 0x7f;
          const property = boxesOf[index - 1];
          if (id === primary && property) apply(out, property);
        }
      }
    });
  }
  if (out.width === 0) {
    // Nothing is said of the primary item: the largest picture is the likeliest.
    for (const b of boxesOf.filter((p) => p.type === 'ispe')) {
      const size = ispe(b.bytes);
      if (size.width * size.height > out.width * out.height) Object.assign(out, size);
    }
  }
  return out;
}

const ispe = (bytes: Bytes) => {
  const c = new Cursor(bytes);
  c.skip(4);
  return { width: c.take(4), height: c.take(4) };
};

const MIRRORED: Record<string, number> = { '1,1': 2, '3,0': 2, '1,0': 4, '3,1': 4, '6,1': 5, '8,0': 5, '6,0': 7, '8,1': 7 };

function apply(out: { width: number; height: number; orient: number }, property: { type: string; bytes: Bytes }): void {
  const first = property.bytes[0] ?? 0;
  if (property.type === 'ispe' && out.width === 0) Object.assign(out, ispe(property.bytes));
  else if (property.type === 'irot') out.orient = [1, 8, 3, 6][first & 3]!;
  else if (property.type === 'imir') out.orient = MIRRORED[`${out.orient},${first & 1}`] ?? out.orient;
}

// --- films ---------------------------------------------------------------------------------------------------------------------------------------------------

/** Length, size, time, place and camera out of the movie box, wherever in the file it stands. */
export async function readFilm(source: MediaSource, facts: Facts): Promise<void> {
  for await (const box of boxes(source, 0, source.size)) {
    if (box.type !== 'moov') continue;
    for await (const part of boxes(source, box.start, box.end)) {
      if (part.type !== 'mvhd' && part.type !== 'udta' && part.type !== 'meta' && part.type !== 'trak') continue;
      // Of a track only its head is needed, which stands before the tables.
      const bytes = await source.block(part.start, Math.min(part.end - part.start, part.type === 'trak' ? 65_536 : MAX_BOX), MAX_BOX);
      if (!bytes) continue;
      if (part.type === 'mvhd') movieHeader(bytes, facts);
      else if (part.type === 'trak') track(bytes, facts);
      else if (part.type === 'udta') userData(bytes, facts);
      else appleMeta(bytes, facts);
    }
    return;
  }
}

function movieHeader(bytes: Bytes, facts: Facts): void {
  versioned(bytes, (c, version) => {
    const wide = version === 1 ? 8 : 4;
    const created = c.take(wide);
    c.skip(wide);
    const scale = c.take(4);
    const duration = c.take(wide);
    if (c.failed) return;
    facts.movieUtc = movieTime(created);
    const seconds = scale === 0 ? 0 : duration / scale;
    if (seconds > 0 && seconds < 10_000_000) facts.dur = Math.floor(seconds * 1000);
  });
}

const TURNS: Record<string, number> = { '0,1,-1,0': 6, '-1,0,0,-1': 3, '0,-1,1,0': 8, '-1,0,0,1': 2, '1,0,0,-1': 4 };

/** Of the first track with a picture: size (16.16) and the matrix that turns it. */
function track(bytes: Bytes, facts: Facts): void {
  if (facts.width > 0) return;
  const head = inner(bytes, 0).find((b) => b.type === 'tkhd');
  if (!head || !/hdlr.{8}vide/s.test(ascii(bytes, 0, bytes.length))) return;
  versioned(head.bytes, (c, version) => {
    c.skip((version === 1 ? 8 : 4) * 3 + 8 + 16);
    const matrix = Array.from({ length: 9 }, () => Math.sign(c.take(4) << 0));
    const [width, height] = [c.take(4) >>> 16, c.take(4) >>> 16];
    if (c.failed || width === 0 || height === 0) return;
    Object.assign(facts, { width, height, orient: TURNS[[0, 1, 3, 4].map((i) => matrix[i]! + 0).join()] ?? 1 });
  });
}

const text = (b: Bytes): string | undefined => (b.length > MAX_TEXT ? undefined : cleanText(b, MAX_TEXT));

/** QuickTime's own texts: two bytes of length, two of language, the text. */
function userData(bytes: Bytes, facts: Facts): void {
  for (const item of inner(bytes, 0)) {
    const length = new Cursor(item.bytes).take(2);
    const said = item.bytes.length >= 4 + length ? text(item.bytes.subarray(4, 4 + length)) : undefined;
    if (item.type === '\u00a9xyz') place(said, facts);
    else if (item.type === '\u00a9mak') facts.make ??= said;
    else if (item.type === '\u00a9mod') facts.model ??= said;
  }
}

/** Apple's metadata: "keys" names them, "ilst" holds a box per value whose type is the key's number from 1. */
function appleMeta(bytes: Bytes, facts: Facts): void {
  // A "meta" box has version and flags in MP4 and none in QuickTime.
  const parts = inner(bytes, ascii(bytes, 4, 4) === 'hdlr' ? 0 : 4);
  const keys = parts.find((p) => p.type === 'keys');
  const names = keys ? inner(keys.bytes, 8).map((k) => text(k.bytes) ?? '') : [];
  for (const value of inner(parts.find((p) => p.type === 'ilst')?.bytes ?? new Uint8Array(0), 0)) {
    const n = [...value.type].reduce((sum, ch) => sum * 256 + ch.charCodeAt(0), 0);
    const data = inner(value.bytes, 0).find((b) => b.type === 'data');
    const said = data && data.bytes.length > 8 ? text(data.bytes.subarray(8)) : undefined;
    const key = names[n - 1]?.replace(/^com\.(?:apple\.quicktime|android)\./, '');
    if (key === 'content.identifier') facts.live = said;
    else if (key === 'creationdate' && said) {
      const local = exifTime(said);
      if (local) facts.quickTime = { local, offset: zoneOffset(/[+-][0-9:]+$|Z$/.exec(said.slice(19))?.[0]) };
    } else if (key === 'location.ISO6709') place(said, facts);
    else if (key === 'make' || key === 'manufacturer') facts.make = said;
    else if (key === 'model') facts.model = said;
  }
}

/** ISO 6709 in decimal degrees: "+48.8577+002.295+035/". */
function place(said: string | undefined, facts: Facts): void {
  const m = said && /^([+-][0-9]{1,3}(?:\.[0-9]+)?)([+-][0-9]{1,3}(?:\.[0-9]+)?)([+-][0-9]+(?:\.[0-9]+)?)?/.exec(said);
  if (!m || facts.lat !== undefined) return;
  const [lat, lon, alt] = [Number(m[1]), Number(m[2]), m[3] === undefined ? undefined : Number(m[3])];
  if (isPlace(lat, lon)) Object.assign(facts, { lat, lon, alt });
}
