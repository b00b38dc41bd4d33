/**
 * Merging two edits of a contact, property by property; spec/records.md §5.1. The same cards give the same bytes as on every device, and no value that anyone added is lost. Cards that
 * are not plain, or of two versions, are left (`null`) to a device that has the whole of the format.
 */
import type { Bytes } from '../protocol/bytes';
import { equal } from '../protocol/bytes';
import {
  isListed,
  isType,
  lineOf,
  matchOf,
  type Parameter,
  type PlainCard,
  type Property,
  parametersOf,
  readPlainCard,
  sameCard,
  sameParameters,
  types,
  typeWords,
  valuesOf,
  writeCard,
} from './card-plain';

/** What a contact has once. A card that breaks this with two is merged as a set, as the others are. */
const ONCE = new Set([
  'FN',
  'N',
  'BDAY',
  'ANNIVERSARY',
  'X-ANNIVERSARY',
  'DEATHDATE',
  'GENDER',
  'X-GENDER',
  'UID',
  'KIND',
  'X-KIND',
  'X-ADDRESSBOOKSERVER-KIND',
  'SORT-STRING',
  'PHOTO',
  'CLASS',
  'REV',
  'PRODID',
  'X-ABSHOWAS',
  'X-PHONETIC-FIRST-NAME',
  'X-PHONETIC-MIDDLE-NAME',
  'X-PHONETIC-LAST-NAME',
]);
const SATELLITES = ['X-ABLABEL', 'X-ABADR'];
const CONFLICT = 'X-CANDOR-CONFLICT';
const RECORD = '\u001e';

const upper = (text: string): string => text.toUpperCase();
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** @returns The merged bytes, a side's own where the merge is that side's card; null where it is left. */
export function mergeContacts(basis: Bytes | null, older: Bytes, newer: Bytes): Bytes | null {
  if (basis && equal(basis, older)) return newer;
  if (basis && equal(basis, newer)) return older;
  const [start, o, n] = [basis && readPlainCard(basis), readPlainCard(older), readPlainCard(newer)];
  if (!o || !n || (basis && !start) || o.version !== n.version || (start && start.version !== n.version)) return null;
  let merged: PlainCard;
  if (sameCard(n, o) || (start && sameCard(start, o))) merged = n;
  else if (start && sameCard(start, n)) merged = o;
  else merged = { version: n.version, properties: new Run(start, n, o).merge() };
  if (sameCard(merged, n)) return newer;
  return sameCard(merged, o) ? older : writeCard(merged);
}

/** What is merged as one: a property, or a property with the label and other satellites of its group. */
class Item {
  readonly name: string;
  readonly satellites: string;
  readonly parameters: string;
  readonly match: string;
  readonly key: string;
  /** 1 for the first item of this content in its card, 2 for one that says the same again. */
  occurrence = 1;

  constructor(readonly properties: Property[]) {
    this.name = upper(this.main.name);
    this.satellites = properties.slice(1).map(lineOf).join(RECORD);
    this.parameters = parametersOf(this.main);
    this.match = matchOf(this.main);
    this.key = `${lineOf(this.main)}${RECORD}${this.satellites}`;
  }
  get main(): Property {
    return this.properties[0]!;
  }
  /** Everything but the value. */
  get sides(): string {
    return `${this.parameters}${RECORD}${this.satellites}`;
  }
  inGroup(group: string): Item {
    return new Item(this.properties.map((p) => ({ ...p, group })));
  }

  static of(card: PlainCard | null): Item[] {
    const bundles: Property[][] = [];
    const groups = new Map<string, Property[]>();
    for (const p of card?.properties ?? []) {
      const known = p.group === null ? undefined : groups.get(upper(p.group));
      if (known) known.push(p);
      else {
        const bundle = [p];
        bundles.push(bundle);
        if (p.group !== null) groups.set(upper(p.group), bundle);
      }
    }
    const isSatellite = (p: Property) => (SATELLITES.includes(upper(p.name)) ? 1 : 0);
    const items = bundles.map((b) => new Item([...b].sort((x, y) => isSatellite(x) - isSatellite(y))));
    const seen = counts([]);
    for (const item of items) {
      item.occurrence = (seen.get(item.key) ?? 0) + 1;
      seen.set(item.key, item.occurrence);
    }
    return items;
  }
}

function counts(items: Item[]): Map<string, number> {
  const out = new Map<string, number>();
  for (const item of items) out.set(item.key, (out.get(item.key) ?? 0) + 1);
  return out;
}

/** The three-way choice of one text; null where both sides changed it differently. Without a base, silence yields. */
function pick(start: string | null, newer: string, older: string): string | null {
  if (newer === older || older === (start ?? '')) return newer;
  return newer === (start ?? '') ? older : null;
}

const say = (item: Item | null, name: string): string =>
  (item?.main.parameters ?? [])
    .filter((q) => !isType(q) && upper(q.name) === name)
    .map((q) => q.values.join(','))
    .join(';');

/** Joins two edits of one item, or two additions of one value: value, label and each parameter from the side that changed it, types as a set. Null where both changed one of these. */
function combine(start: Item | null, newer: Item, older: Item): Item | null {
  const match = pick(start?.match ?? null, newer.match, older.match);
  const satellites = pick(start?.satellites ?? null, newer.satellites, older.satellites);
  if (match === null || satellites === null) return null;
  const parameters: Parameter[] = [];
  const names = [...newer.main.parameters, ...older.main.parameters].filter((q) => !isType(q)).map((q) => upper(q.name));
  for (const name of new Set(names)) {
    const n = say(newer, name);
    const picked = pick(start ? say(start, name) : null, n, say(older, name));
    if (picked === null && !['PREF', 'X-PREF', 'VALUE'].includes(name)) return null;
    const from = picked === null || picked === n ? newer : older;
    parameters.push(...from.main.parameters.filter((q) => !isType(q) && upper(q.name) === name));
  }
  const words = mergedTypes(start, newer, older);
  if (words.length > 0) parameters.unshift({ name: 'TYPE', values: words });
  const isFromOlder = match !== newer.match || newer.main.raw === start?.main.raw;
  const raw = isFromOlder && match === older.match ? older.main.raw : newer.main.raw;
  const sides = satellites === newer.satellites ? newer : older;
  const group = sides.properties.length === 1 ? newer.main.group : (newer.main.group ?? older.main.group);
  const others = (list: Parameter[]) => list.filter((q) => !isType(q));
  const own = typeWords(newer.main);
  const isSame =
    words.length === own.length && words.every((w, i) => w === own[i]) && sameParameters(others(parameters), others(newer.main.parameters));
  const main: Property = { group, name: newer.main.name, parameters: isSame ? newer.main.parameters : parameters, raw };
  return new Item([main, ...sides.properties.slice(1).map((p) => ({ ...p, group }))]);
}

function mergedTypes(start: Item | null, newer: Item, older: Item): string[] {
  const had = start ? types(start.main) : [];
  const [mine, other] = [types(newer.main), types(older.main)];
  const kept = typeWords(newer.main).filter((t) => other.includes(t.toLowerCase()) || !had.includes(t.toLowerCase()));
  const added = typeWords(older.main).filter((t) => !mine.includes(t.toLowerCase()) && !had.includes(t.toLowerCase()));
  return [...kept, ...added.sort(byCode)];
}

class Run {
  private readonly newer: Item[];
  private readonly older: Item[];
  private readonly start: Item[];
  /** What becomes of each item of the newer card: another in its place, or null to drop it. Not listed: it stays. */
  private readonly inPlace = new Map<Item, Item | null>();
  private readonly added: Item[] = [];
  private conflicts: Item[] = [];

  constructor(start: PlainCard | null, newer: PlainCard, older: PlainCard) {
    [this.start, this.newer, this.older] = [Item.of(start), Item.of(newer), Item.of(older)];
  }

  merge(): Property[] {
    for (const name of new Set([...this.newer, ...this.older].map((i) => i.name))) {
      const [b, n, o] = [this.start, this.newer, this.older].map((items) => items.filter((i) => i.name === name)) as [Item[], Item[], Item[]];
      const isSingle = [b, n, o].every((items) => items.length <= 1 && items.every((i) => i.properties.length === 1));
      if (isSingle && ONCE.has(name)) this.mergeOne(name, b[0], n[0], o[0]);
      else if (isListed(name)) this.mergeWords(b, n, o);
      else this.mergeSet(b, n, o);
    }
    return this.assemble();
  }

  private mergeOne(name: string, b: Item | undefined, n: Item | undefined, o: Item | undefined): void {
    if (n?.key === o?.key) return;
    if (!n) {
      if (o!.key !== b?.key) this.added.push(o!);
    } else if (!o) {
      if (n.key === b?.key) this.inPlace.set(n, null);
    } else if (name === 'PRODID') return;
    else if (name === 'REV') {
      if (revision(o) > revision(n)) this.inPlace.set(n, o);
    } else if (n.key === b?.key) this.inPlace.set(n, o);
    else if (o.key !== b?.key)
      this.conflicts.push(
        new Item([{ group: null, name: CONFLICT, parameters: [{ name: 'NAME', values: [name] }, ...o.main.parameters], raw: o.main.raw }]),
      );
  }

  /** Word by word, over however many properties the words are spread; words beside other parameters are other words. */
  private mergeWords(b: Item[], n: Item[], o: Item[]): void {
    for (const sides of new Set([...n, ...o].map((i) => i.sides))) {
      const [mine, theirs] = [n.filter((i) => i.sides === sides), o.filter((i) => i.sides === sides)];
      const [had, my, their] = [wordsOf(b.filter((i) => i.sides === sides)), wordsOf(mine), wordsOf(theirs)];
      let added = [...their].filter((w) => !my.has(w) && !had.has(w)).sort(byCode);
      for (const item of mine) {
        const words = [...wordsOf([item])];
        const kept = [...words.filter((w) => their.has(w) || !had.has(w)), ...added];
        if (kept.length === 0 && words.length > 0) this.inPlace.set(item, null);
        else if (kept.length !== words.length || kept.some((w, i) => w !== words[i])) this.inPlace.set(item, withWords(item, kept));
        added = [];
      }
      if (added.length > 0) this.added.push(withWords(theirs[0]!, added));
    }
  }

  private mergeSet(b: Item[], n: Item[], o: Item[]): void {
    const [had, mine, theirs] = [counts(b), counts(n), counts(o)];
    const kept = (key: string): number => {
      const [h, m, t] = [had.get(key) ?? 0, mine.get(key) ?? 0, theirs.get(key) ?? 0];
      return m === h ? t : t === h ? m : Math.max(m, t);
    };
    for (const item of n) if (item.occurrence > kept(item.key)) this.inPlace.set(item, null);
    const fresh = n.filter((i) => i.occurrence > (theirs.get(i.key) ?? 0) && i.occurrence <= kept(i.key));
    const other = o.filter((i) => i.occurrence > (mine.get(i.key) ?? 0) && i.occurrence <= kept(i.key));
    const lost = b.filter((i) => i.occurrence > (mine.get(i.key) ?? 0) || i.occurrence > (theirs.get(i.key) ?? 0));
    if (lost.length === 1 && fresh.length === 1 && other.length === 1 && n.length === o.length) {
      const one = combine(lost[0]!, fresh[0]!, other[0]!);
      if (one) {
        this.inPlace.set(fresh[0]!, one);
        other.pop();
      }
    } else this.combineSameValue(b, n, o, lost.length > 0, fresh, other);
    this.added.push(...other);
    // Each took away another one of two names: a card without any name is no card.
    if (n[0]?.name === 'FN' && other.length === 0 && n.every((i) => this.inPlace.get(i) === null)) this.inPlace.delete(n[0]);
  }

  /**
   * Both sides added, or changed what stands beside, one and the same value. Only where no card says that value twice, and where a value is new, only if nothing of this name was changed
   * or removed: else it cannot be told what became what, and both stand.
   */
  private combineSameValue(b: Item[], n: Item[], o: Item[], anyLost: boolean, fresh: Item[], other: Item[]): void {
    const [starts, mine, theirs] = [onlyOnes(b), onlyOnes(n), onlyOnes(o)];
    const open = new Set(other);
    for (const item of fresh) {
      const same = theirs.get(item.match);
      if (!mine.get(item.match) || !same || !open.has(same)) continue;
      const start = starts.get(item.match);
      if (start === null || (start === undefined && anyLost)) continue;
      const combined = combine(start ?? null, item, same);
      if (!combined) continue;
      this.inPlace.set(item, combined);
      other.splice(other.indexOf(same), 1);
    }
  }

  /** The newer card's order; what the older one adds stands behind the last of its name, by content; conflicts stand last. */
  private assemble(): Property[] {
    const items: Item[] = [];
    for (const item of this.newer) {
      const instead = this.inPlace.has(item) ? this.inPlace.get(item)! : item;
      if (instead) items.push(instead);
    }
    const known = new Set([...items, ...this.added].filter((i) => i.name === CONFLICT).map((i) => i.key));
    this.conflicts = this.conflicts.filter((i) => !known.has(i.key) && known.add(i.key));
    const additions = [...this.added, ...this.conflicts].sort((a, b) => byCode(a.key, b.key) || a.occurrence - b.occurrence);
    const last = new Map(items.map((item, i) => [item.name, i]));
    const ordered: Item[] = [];
    for (const [i, item] of items.entries()) {
      ordered.push(item);
      if (last.get(item.name) === i) ordered.push(...additions.filter((a) => a.name === item.name));
    }
    const rest = additions.filter((a) => !last.has(a.name));
    ordered.push(...rest.sort((a, b) => byCode(a.name, b.name)));
    return this.inFreeGroups(ordered);
  }

  private inFreeGroups(ordered: Item[]): Property[] {
    const mine = new Set(this.newer.filter((i) => !this.inPlace.has(i)));
    const taken = new Set([...mine].flatMap((i) => (i.main.group === null ? [] : [upper(i.main.group)])));
    const used = new Set([...this.newer, ...this.older].flatMap((i) => i.properties.flatMap((p) => (p.group === null ? [] : [upper(p.group)]))));
    let number = 0;
    const out: Property[] = [];
    for (const item of ordered) {
      let placed = item;
      const { group } = item.main;
      if (!mine.has(item) && group !== null) {
        if (taken.has(upper(group))) {
          do number++;
          while (used.has(`ITEM${number}`));
          placed = item.inGroup(`item${number}`);
        }
        taken.add(upper(placed.main.group!));
      }
      out.push(...placed.properties);
    }
    return out;
  }
}

/** REV as digits that sort by time. */
const revision = (item: Item): string => item.main.raw.replace(/[^0-9]/g, '');

const wordsOf = (items: Item[]): Set<string> =>
  new Set(
    items
      .flatMap((i) => valuesOf(i.main))
      .map((v) => v.trim())
      .filter((v) => v !== ''),
  );

const withWords = (item: Item, words: string[]): Item =>
  new Item([{ ...item.main, raw: words.map((w) => w.replace(/[\\,;]/g, '\\$&').replace(/\n/g, '\\n')).join(',') }, ...item.properties.slice(1)]);

/** The item of each value; null where there are several. */
function onlyOnes(items: Item[]): Map<string, Item | null> {
  const out = new Map<string, Item | null>();
  for (const item of items) out.set(item.match, out.has(item.match) ? null : item);
  return out;
}
