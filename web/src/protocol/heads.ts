/** Which operations are the heads of a record, and which are void; spec/account-log.md §6. */
import type { Place } from './commit';
import type { Id, Kind } from './ids';

export interface HeadEntry {
  readonly kind: Kind;
  readonly record: Id;
}

/** Answers what earlier operations there are. A store that keeps records has it; the vectors have it in memory. */
export interface Places {
  /** The put or remove at this place, unless there is none or it is void. */
  at(place: Place): HeadEntry | undefined;
}

/** An operation whose parents are not all puts or removes of its own record and kind. It is no head and ends none. */
export const isVoid = (places: Places, kind: Kind, record: Id, parents: readonly Place[]): boolean =>
  parents.some((p) => {
    const parent = places.at(p);
    return parent?.kind !== kind || parent.record !== record;
  });

export const placeKey = (place: Place): string => `${place[0]}.${place[1]}`;
export const parsePlaceKey = (key: string): Place => {
  const [index, op] = key.split('.');
  return [Number(index), Number(op)];
};
