/** Contacts that may be one person: they share a number, an address or a name. A person decides. */
import type { Id } from '../protocol/ids';

export interface Person {
  readonly record: Id;
  readonly name: string;
  readonly tel: readonly string[];
  readonly email: readonly string[];
}

export interface Duplicate {
  readonly why: 'tel' | 'email' | 'name';
  readonly records: Id[];
}

/** What nearly everybody of a firm has is no sign. */
const MOST = 8;
/** The last digits tell a number with and without the code of its country apart from others. */
const DIGITS = 9;
const LEAST_DIGITS = 6;

const folded = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[\s,.]+/)
    .filter(Boolean)
    .sort()
    .join(' ');

const number = (tel: string): string => {
  const digits = tel.replace(/\D/g, '');
  return digits.length >= LEAST_DIGITS ? digits.slice(-DIGITS) : '';
};

/** Each contact is in one set at most; the strongest reason of a set is named. */
export function findDuplicates(people: readonly Person[]): Duplicate[] {
  const parent = new Map<Id, Id>(people.map((p) => [p.record, p.record]));
  const top = (id: Id): Id => {
    let at = id;
    for (let up = parent.get(at)!; up !== at; up = parent.get(at)!) at = up;
    return at;
  };
  const why = new Map<Id, Duplicate['why']>();
  const ORDER = ['tel', 'email', 'name'] as const;
  const keys = {
    tel: (p: Person) => p.tel.map(number),
    email: (p: Person) => p.email.map((e) => e.trim().toLowerCase()),
    name: (p: Person) => [folded(p.name)],
  };
  for (const reason of ORDER) {
    const byKey = new Map<string, Id[]>();
    for (const p of people)
      for (const key of new Set(keys[reason](p))) if (key !== '') byKey.set(key, [...(byKey.get(key)?.slice(0, MOST) ?? []), p.record]);
    for (const [first, ...others] of byKey.values()) {
      if (others.length === 0 || others.length >= MOST) continue;
      for (const other of others) {
        const [a, b] = [top(first!), top(other)];
        if (a !== b) parent.set(b, a);
        if (!why.has(a)) why.set(a, why.get(b) ?? reason);
      }
    }
  }
  const sets = new Map<Id, Id[]>();
  for (const p of people) sets.set(top(p.record), [...(sets.get(top(p.record)) ?? []), p.record]);
  return [...sets].filter(([, records]) => records.length > 1).map(([id, records]) => ({ why: why.get(id) ?? 'name', records }));
}
