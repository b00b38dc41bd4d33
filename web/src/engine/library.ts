/**
 * Records by kind, as the heads of the log have them, and what lists and searches read of each: its view. All of it is in memory; what is kept is a sequence of sealed segments,
 * of which a later row of a record takes the place of an earlier one. Thumbnails are not in it: they are read from the sealed payload when they are shown.
 */
import { type Bytes, equal, hex, unhex } from '../protocol/bytes';
import { type Cbor, type CborMap, decode, decodeSome, encode, Shape } from '../protocol/cbor';
import { type Commit, comparePlaces, compareTimes, type Place, type Time } from '../protocol/commit';
import { isVoid, placeKey } from '../protocol/heads';
import { type Id, KINDS, type Kind } from '../protocol/ids';
import { type Content, decodeFile, encodeFile, type RecordFile } from '../protocol/record';
import { isRefused, must, total } from '../protocol/refusal';

const SEGMENT_ROWS = 2000;
const MAX_SUMMARY = Number.MAX_SAFE_INTEGER;

export interface Head {
  readonly place: Place;
  readonly removed: boolean;
  readonly time: Time;
  readonly author: Id;
}

/** What is known of a record without opening its payload. */
export interface Summary {
  readonly name: string;
  readonly view: CborMap;
  readonly files: RecordFile[];
}

export interface Entry {
  readonly record: Id;
  heads: Head[];
  /** Of the newest revision whose payload was here; it stays when the record is removed, for the bin. */
  summary: Summary | null;
  /** The revision that `summary` is of. */
  place: Place | null;
}

/** An entry whose summary lies packed, as the index has it, until it is asked for: most of many records are never looked at. */
class Packed implements Entry {
  private opened: Summary | null | undefined;

  constructor(
    readonly record: Id,
    public heads: Head[],
    public place: Place | null,
    /** CBOR of {@link writeSummary}; null: there is none. */
    private packed: Bytes | null,
  ) {}

  get summary(): Summary | null {
    if (this.opened === undefined) this.opened = this.packed && readSummary(this.packed);
    return this.opened;
  }

  set summary(summary: Summary | null) {
    this.packed = summary && encode(writeSummary(summary));
    this.opened = undefined;
  }

  get bytes(): Bytes | null {
    return this.packed;
  }
}

/** Fields of an entry's view, and its name, for those who go through very many entries: nothing is kept of them. Null where nothing was read of the record. */
export function someOf(entry: Entry, fields: ReadonlySet<string>): { name: string; view: CborMap } | null {
  if (!(entry instanceof Packed)) return entry.summary;
  const some = entry.bytes && decodeSome(entry.bytes, fields);
  return some && !isRefused(some) && typeof some.first === 'string' ? { name: some.first, view: some.view } : null;
}

/** How the library comes by what it does not keep itself. */
export interface Source {
  /** The put or remove at a place, from the leaves that are kept. */
  operationAt(place: Place): Promise<{ kind: Kind; record: Id } | undefined>;
}

const newest = (heads: readonly Head[]): Head =>
  [...heads].sort((a, b) => compareTimes(a.time, b.time) || (a.author < b.author ? -1 : 1) || comparePlaces(a.place, b.place)).at(-1)!;

/** The head that is shown: an edit beats a removal, the later beats the earlier. */
export function shownHead(entry: Entry): Head {
  if (entry.heads.length === 1) return entry.heads[0]!;
  const puts = entry.heads.filter((h) => !h.removed);
  return newest(puts.length > 0 ? puts : entry.heads);
}

export const isRemoved = (entry: Entry): boolean => entry.heads.every((h) => h.removed);

export class Library {
  private readonly kinds = new Map<Kind, Map<Id, Entry>>(KINDS.map((k) => [k, new Map()]));
  private readonly voids = new Map<string, Place>();
  /** Records whose rows changed since the last segment. */
  private readonly dirty = new Map<Kind, Set<Id>>(KINDS.map((k) => [k, new Set()]));
  /** Heads whose payload has not been read. */
  private readonly unread = new Map<Kind, Set<Id>>(KINDS.map((k) => [k, new Set()]));

  /** Counts up with every change: what was made of the entries of one revision is good until the next. */
  revision = 0;
  /** Kinds with rows of an earlier version, which take longer to read. */
  readonly old = new Set<Kind>();
  /** Records that changed since somebody began to follow them, of each kind, and whether nothing had been read of them before; null: all, as before anybody did. */
  readonly touched = new Map<Kind, Map<Id, boolean> | null>(KINDS.map((k) => [k, null]));
  /** Counts up when contents are dropped or forgotten: what was made of them must go too. */
  forgotten = 0;
  /** Counts up with every segment that is read at the start: nothing changed, but there is more. */
  reads = 0;

  constructor(private readonly source: Source) {}

  entries(kind: Kind): IterableIterator<Entry> {
    return this.kinds.get(kind)!.values();
  }
  entry(kind: Kind, record: Id): Entry | undefined {
    return this.kinds.get(kind)!.get(record);
  }
  count(kind: Kind): number {
    return this.kinds.get(kind)!.size;
  }
  get voidPlaces(): Place[] {
    return [...this.voids.values()];
  }

  /** Follows one verified commit. What it does to heads is done even where payloads are absent. */
  async apply(commit: Commit): Promise<void> {
    this.revision++;
    for (const o of commit.operations) if (o.op === 'erase') this.drop(o.kind);
    const { kind } = commit;
    if (kind === 0) return;
    const entries = this.kinds.get(kind)!;
    for (const [i, o] of commit.operations.entries()) {
      if (o.op !== 'put' && o.op !== 'remove') continue;
      const place: Place = [commit.prevSize, i];
      if (await this.isVoid(kind, o.record, o.parents)) {
        this.voids.set(placeKey(place), place);
        continue;
      }
      const entry = entries.get(o.record) ?? new Packed(o.record, [], null, null);
      const ended = new Set(o.parents.map(placeKey));
      entry.heads = entry.heads.filter((h) => !ended.has(placeKey(h.place)));
      entry.heads.push({ place, removed: o.op === 'remove', time: commit.time, author: commit.author });
      entries.set(o.record, entry);
      this.dirty.get(kind)!.add(o.record);
      this.touch(kind, o.record, false);
      if (o.op === 'put') this.unread.get(kind)!.add(o.record);
    }
  }

  private async isVoid(kind: Kind, record: Id, parents: Place[]): Promise<boolean> {
    const heads = this.entry(kind, record)?.heads ?? [];
    // The plain case: parents are heads of this very record.
    if (parents.every((p) => heads.some((h) => comparePlaces(h.place, p) === 0))) return false;
    const found = new Map<string, { kind: Kind; record: Id }>();
    for (const p of parents) {
      const at = this.voids.has(placeKey(p)) ? undefined : await this.source.operationAt(p);
      if (at) found.set(placeKey(p), at);
    }
    return isVoid({ at: (p) => found.get(placeKey(p)) }, kind, record, parents);
  }

  /** Records with a put as their shown head that has not been read. */
  unreadOf(kind: Kind): Entry[] {
    const entries = this.kinds.get(kind)!;
    return [...this.unread.get(kind)!].map((id) => entries.get(id)!).filter((e) => e && !isRemoved(e));
  }

  /** Takes what a payload says. `null`: nobody can read it; it is not tried again. */
  read(kind: Kind, entry: Entry, place: Place, content: Content | null): void {
    this.revision++;
    this.unread.get(kind)!.delete(entry.record);
    if (!content) return;
    const view = new Map(content.view);
    if (view.has('thumb')) view.set('thumb', true);
    this.touch(kind, entry.record, entry.place === null);
    entry.summary = { name: content.name, view, files: content.files };
    entry.place = place;
    this.dirty.get(kind)!.add(entry.record);
  }

  private touch(kind: Kind, record: Id, isFirst: boolean): void {
    const touched = this.touched.get(kind);
    if (touched) touched.set(record, isFirst || touched.get(record) === true);
  }

  /** From now on {@link touched} names the records of a kind that change, and no others. */
  follow(kind: Kind): Map<Id, boolean> | null {
    const before = this.touched.get(kind)!;
    this.touched.set(kind, new Map());
    return before;
  }

  private forget(kind: Kind): void {
    this.revision++;
    this.forgotten++;
    this.touched.set(kind, null);
  }

  drop(kind: Kind): void {
    this.forget(kind);
    this.kinds.get(kind)!.clear();
    this.dirty.get(kind)!.clear();
    this.unread.get(kind)!.clear();
  }

  /** Keeps the heads of a kind that is off, and forgets what was read. */
  forgetContents(kind: Kind): void {
    this.forget(kind);
    for (const entry of this.entries(kind)) {
      entry.summary = null;
      entry.place = null;
      this.unread.get(kind)!.add(entry.record);
    }
  }

  /** Rows that changed, as plaintext segments; where they are most of a kind, all of its rows. */
  takeDirty(): { segments: { kind: Kind; plain: Bytes }[]; whole: Kind[] } {
    const segments: { kind: Kind; plain: Bytes }[] = [];
    const whole: Kind[] = [];
    for (const [kind, ids] of this.dirty) {
      if (ids.size > SEGMENT_ROWS && ids.size * 2 > this.count(kind)) {
        whole.push(kind);
        segments.push(...this.allSegments(kind));
      } else segments.push(...this.segmentsFrom(kind, ids));
      ids.clear();
    }
    return { segments, whole };
  }

  private segmentsFrom(kind: Kind, ids: Iterable<Id>): { kind: Kind; plain: Bytes }[] {
    const out: { kind: Kind; plain: Bytes }[] = [];
    const rows = [...ids].map((id) => this.entry(kind, id)).filter((e): e is Entry => e !== undefined);
    for (let i = 0; i < rows.length; i += SEGMENT_ROWS) out.push({ kind, plain: encode(rows.slice(i, i + SEGMENT_ROWS).map(row)) });
    return out;
  }

  /** All rows of a kind anew. */
  allSegments(kind: Kind): { kind: Kind; plain: Bytes }[] {
    this.dirty.get(kind)!.clear();
    return this.segmentsFrom(kind, this.kinds.get(kind)!.keys());
  }

  /** How many segments a kind's rows need. */
  segmentsOf(kind: Kind): number {
    return Math.ceil(this.count(kind) / SEGMENT_ROWS);
  }

  setVoids(voids: Place[]): void {
    for (const v of voids) this.voids.set(placeKey(v), v);
  }

  /** Reads a segment; they come in their order. False where it is damaged: then the index has to be made anew. @param isNew Its rows are among those that changed. */
  load(kind: Kind, plain: Bytes, isNew = false): boolean {
    this.reads++;
    const read = readSegment(plain);
    if (!read) return false;
    const { rows, isOld } = read;
    if (isOld) this.old.add(kind);
    if (isNew) for (const { record } of rows) this.touch(kind, record, false);
    const [entries, unread] = [this.kinds.get(kind)!, this.unread.get(kind)!];
    for (const entry of rows) {
      entries.set(entry.record, entry);
      if (isUnread(entry)) unread.add(entry.record);
      else unread.delete(entry.record);
    }
    return true;
  }
}

/** Its newest version stands in the log, and nobody has read it here yet. */
export function isUnread(entry: Entry): boolean {
  const shown = shownHead(entry);
  return !shown.removed && (entry.place === null || comparePlaces(entry.place, shown.place) !== 0);
}

/** The rows of a segment; null where it is damaged. `isOld`: some are of the earlier form. */
export function readSegment(plain: Bytes): { rows: Entry[]; isOld: boolean } | null {
  let isOld = false;
  const rows = total(() =>
    new Shape('malformed').list(must(decode(plain)), SEGMENT_ROWS).map((value) => {
      isOld ||= Array.isArray(value) && Array.isArray(value[3]);
      return readRow(value);
    }),
  );
  return isRefused(rows) ? null : { rows, isOld };
}

const placeRow = (p: Place): Cbor => [p[0], p[1]];

const writeSummary = (s: Summary): Cbor => [s.name, s.view, s.files.map(encodeFile)];

function readSummary(packed: Bytes): Summary | null {
  const read = total(() => summaryFrom(new Shape('malformed'), must(decode(packed))));
  return isRefused(read) ? null : read;
}

function summaryFrom(s: Shape, value: Cbor): Summary {
  const [name, view, files] = s.array(value, 3);
  return { name: s.text(name, 1024), view: s.map(view), files: s.list(files, 4096).map((f) => decodeFile(s, f)) };
}

function row(e: Entry): Cbor {
  const heads = e.heads.map((h): Cbor => [h.place[0], h.place[1], h.removed, h.time[0], h.time[1], unhex(h.author)]);
  const packed = e instanceof Packed ? e.bytes : e.summary && encode(writeSummary(e.summary));
  return [unhex(e.record), heads, e.place ? placeRow(e.place) : null, packed];
}

/** Few devices write many records: the id of the last one is made once. */
let lastAuthor: { bytes: Bytes; id: Id } | undefined;

function authorOf(bytes: Bytes): Id {
  if (!lastAuthor || !equal(lastAuthor.bytes, bytes)) lastAuthor = { bytes, id: hex(bytes) };
  return lastAuthor.id;
}

function readRow(value: Cbor): Entry {
  const s = new Shape('malformed');
  const [record, heads, place, summary] = s.array(value, 4);
  const at = place === null ? null : s.array(place, 2);
  // Rows of earlier versions have the summary itself, not its bytes.
  const packed = summary === null ? null : Array.isArray(summary) ? encode(writeSummary(summaryFrom(s, summary))) : s.bytes(summary, MAX_SUMMARY, 1);
  return new Packed(
    hex(s.bytes(record, 16)),
    s.list(heads, 4096, 1).map((h) => {
      const f = s.array(h, 6);
      return { place: [s.uint(f[0]), s.uint(f[1])], removed: s.bool(f[2]), time: [s.uint(f[3]), s.uint(f[4])], author: authorOf(s.bytes(f[5], 16)) };
    }),
    at ? [s.uint(at[0]), s.uint(at[1])] : null,
    packed,
  );
}
