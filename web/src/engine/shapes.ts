/** What the engine tells of an account and its devices. */
import { hex } from '../protocol/bytes';
import { HOLDER_PEOPLE, type Id, KINDS, type Kind } from '../protocol/ids';
import type { Account } from './account';
import { type Entry, someOf } from './library';
import type { DeviceRow } from './store';
import { newVerifier } from './verify';

/** How much there is of a kind. */
export interface KindCounts {
  /** Without previews. */
  readonly count: number;
  /** Heads that are known but cannot be shown: their bytes are not here, or nobody can read them. */
  readonly unread: number;
  readonly removed: number;
}

export interface KindRow extends KindCounts {
  readonly kind: Kind;
  readonly on: boolean;
  readonly since: number | null;
  readonly law: string;
  /** Other live devices that have announced to erase it. */
  readonly exists: boolean;
  /** Not among the kinds that the person gave this browser: it cannot be turned on here. */
  readonly leftOut: boolean;
}

export interface Overview {
  readonly account: Id;
  readonly device: Id;
  readonly name: string;
  readonly serverName: string;
  readonly size: number;
  readonly root: string;
  readonly region: string;
  readonly law: string;
  readonly kinds: KindRow[];
  readonly until: number | null;
  /** People have shares that together let a device in. */
  readonly hasPeople: boolean;
  /** They announced a device; it may come in at `until` (Unix ms), unless a device objects. */
  readonly coming: { device: Id; until: number } | null;
}

export interface DeviceInfo {
  readonly id: Id;
  readonly type: number;
  readonly name: string;
  readonly isThis: boolean;
  readonly live: boolean;
  readonly lastHeard: number | null;
  readonly on: Kind[];
}

export interface NoteEdit {
  readonly body: string;
  readonly tags: string[];
  readonly pinned: boolean;
  readonly archived: boolean;
}

const OF = new Set(['of']);
const counted = new WeakMap<readonly Entry[], Omit<KindCounts, 'removed'>>();

/** @param shown What is not removed: the same array until something changes. @param all How many there are, removed ones among them. */
export function countsOf(kind: Kind, shown: readonly Entry[], all: number): KindCounts {
  let known = counted.get(shown);
  if (!known) {
    const own = kind === 4 ? shown.filter((e) => !someOf(e, OF)?.view.has('of')) : shown;
    known = { count: own.length, unread: own.filter((e) => e.place === null && !e.summary).length };
    counted.set(shown, known);
  }
  return { ...known, removed: all - shown.length };
}

export function overviewOf(account: Account, row: DeviceRow, counts: (kind: Kind) => KindCounts): Overview {
  const state = account.state.current;
  return {
    account: account.id,
    device: account.me,
    name: row.name,
    serverName: newVerifier(row.vkey).name,
    size: account.size,
    root: hex(state.root),
    region: state.region,
    law: state.law,
    until: row.until,
    hasPeople: state.live.some((h) => h.keys.type === HOLDER_PEOPLE && h.lastSeq > 0),
    coming: account.coming(),
    kinds: KINDS.map((kind) => {
      const consent = state.holder(account.me)?.consents[kind];
      return {
        kind,
        on: account.isOn(kind),
        ...counts(kind),
        since: consent?.on ? consent.place[0] : null,
        law: consent?.law ?? '',
        exists: state.vault(kind).keys.length > 0,
        leftOut: row.kinds?.includes(kind) === false,
      };
    }),
  };
}
