/** What an account is opened with, what is asked of it, and the clock of its commits. */
import type { Bytes } from '../protocol/bytes';
import { compareTimes, type Operation, type Place, type Time } from '../protocol/commit';
import type { Id } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import type { VerifierKey } from '../protocol/note';
import type { Content } from '../protocol/record';
import type { ServerApi } from './server-api';
import type { Store } from './store';

/** One change of a record: new content, or null for a removal. */
export interface Change {
  readonly record: Id;
  readonly parents: Place[];
  readonly content: Content | null;
  /** Chosen before, where files were sealed for it; else made here. */
  readonly revision?: Id;
}

/** What a commit says: operations, the sealed records of its puts one behind the other, and sealed keys that travel beside it. */
export interface Made {
  readonly operations: Operation[];
  readonly bundle?: Bytes;
  readonly vaults?: Bytes[];
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface AccountOptions {
  readonly store: Store;
  readonly api: ServerApi;
  readonly me: HolderSecret;
  readonly storeKey: CryptoKey;
  readonly serverKey: VerifierKey;
  readonly expected: { size: number; root: Bytes; approver: Id } | null;
  readonly now?: () => number;
  /** Opens before the index is read: who shows records waits for them by `ready`. Else it is all there. */
  readonly early?: boolean;
  /** Called after anything changed. */
  readonly changed?: (progress: Progress | null) => void;
}

const MAX_LEAD_MS = 24 * 3600 * 1000;

/** After the own last reading, not before the clock, and after what was seen unless that lies a day ahead. @param now Unix ms. */
export function nextTime(last: Time, seen: Time, now: number): Time {
  const wall = Math.max(0, now);
  const floor = compareTimes(seen, last) > 0 && seen[0] - wall <= MAX_LEAD_MS ? seen : last;
  if (wall > floor[0]) return [wall, 0];
  return floor[1] < 65_535 ? [floor[0], floor[1] + 1] : [floor[0] + 1, 0];
}
