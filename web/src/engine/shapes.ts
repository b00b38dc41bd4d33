/** What the engine tells of an account and its devices. */
import { hex } from '../protocol/bytes';
import { HOLDER_PEOPLE, type Id, KINDS, type Kind } from '../protocol/ids';
import type { Account } from './account';
import { type Entry, isRemoved } from './library';
import type { DeviceRow } from './store';
import { newVerifier } from './verify';

export interface KindRow {
  readonly kind: Kind;
  readonly on: boolean;
  readonly count: number;
  /** Heads that are known but cannot be shown: their bytes are not here, or nobody can read them. */
  readonly unread: number;
  readonly removed: number;
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

export function overviewOf(account: Account, row: DeviceRow, entriesOf: (kind: Kind) => Entry[]): Overview {
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
      const entries = entriesOf(kind);
      const live = entries.filter((e) => !isRemoved(e));
      const own = kind === 4 ? live.filter((e) => !e.summary?.view.has('of')) : live;
      return {
        kind,
        on: account.isOn(kind),
        count: own.length,
        unread: own.filter((e) => !e.summary).length,
        removed: entries.length - live.length,
        since: consent?.on ? consent.place[0] : null,
        law: consent?.law ?? '',
        exists: state.vault(kind).keys.length > 0,
        leftOut: row.kinds?.includes(kind) === false,
      };
    }),
  };
}
