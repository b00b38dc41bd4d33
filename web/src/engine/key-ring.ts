/** Root keys and vault keys of this device: in memory only, made anew from the log and the device's own key; spec/keys.md. */
import type { AccountState } from '../protocol/account-state';
import { type Bytes, equal, fromUtf8 } from '../protocol/bytes';
import { decodeCommit, decodeLeaf, type HolderAdd, type Keyring, type Operation, type Vault } from '../protocol/commit';
import { sha256 } from '../protocol/hash';
import { HOLDER_PASSWORD, type HolderKeys, holderId, type Id, KINDS, type Kind } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import * as keys from '../protocol/keys';
import { openAccountSecret } from '../protocol/password';
import { isRefused } from '../protocol/refusal';
import { SEALED_KEY } from '../protocol/sealing';
import { DeviceProblem } from './problems';

export interface VaultKeys {
  /** By epoch. */
  readonly byEpoch: Map<number, Bytes>;
  readonly newest: number;
  readonly idKey: Bytes;
  readonly contentKey: Bytes;
}

export type SealedVaultKeys = { epoch: number; sealed: Bytes }[];

export class KeyRing {
  private roots = new Map<number, Bytes>();
  private readonly vaults = new Map<Kind, VaultKeys>();

  constructor(
    private readonly me: HolderSecret,
    /** A leaf of the log, for this device's own wraps of earlier epochs. */
    private readonly leafAt: (index: number) => Promise<Bytes | undefined>,
  ) {}

  vault(kind: Kind, state: AccountState): VaultKeys | undefined {
    const known = this.vaults.get(kind);
    return known && known.newest === state.vault(kind).keys.at(-1)?.epoch ? known : undefined;
  }

  forget(kind: Kind): void {
    this.vaults.delete(kind);
  }
  forgetRoots(): void {
    this.roots = new Map();
  }

  /** Takes sealed vault keys if they are exactly those whose hashes the log has, and open. */
  async take(kind: Kind, state: AccountState, sealed: SealedVaultKeys): Promise<boolean> {
    const expected = state.vault(kind).keys;
    if (expected.length === 0 || sealed.length !== expected.length) return false;
    const byEpoch = new Map<number, Bytes>();
    for (const [i, { epoch, hash }] of expected.entries()) {
      const own = sealed[i]!;
      const root = await this.root(state, epoch);
      if (own.epoch !== epoch || !equal(sha256(own.sealed), hash) || !root) return false;
      const key = await keys.openVaultKey(root, state.account, kind, epoch, own.sealed);
      if (isRefused(key)) return false;
      byEpoch.set(epoch, key);
    }
    const oldest = byEpoch.get(expected[0]!.epoch)!;
    this.vaults.set(kind, {
      byEpoch,
      newest: expected.at(-1)!.epoch,
      idKey: keys.idKey(oldest, state.account, kind),
      contentKey: keys.contentKey(oldest, state.account, kind),
    });
    return true;
  }

  /** The root key of an epoch: the newest by our wrap, earlier ones by `previous`, or by our own wrap of then. */
  async root(state: AccountState, epoch: number): Promise<Bytes | undefined> {
    const known = this.roots.get(epoch);
    if (known) return known;
    let key: Bytes | undefined;
    if (epoch === state.epoch) {
      const wrap = state.holder(this.me.id)?.wrap;
      const opened = wrap && (await keys.unwrapRootKey(this.me, state.account, epoch, wrap.suite, wrap.bytes));
      if (opened && !isRefused(opened)) key = opened;
    } else if (epoch < state.epoch && epoch > 0) {
      const next = await this.root(state, epoch + 1);
      const previous = state.previous(epoch + 1);
      const opened = next && previous && (await keys.openPreviousRoot(next, state.account, epoch + 1, previous));
      key = opened && !isRefused(opened) ? opened : await this.ownWrap(state, epoch);
    }
    if (key) this.roots.set(epoch, key);
    return key;
  }

  /** Whoever made the next epoch may have sealed something else than the key of the one before: then our own wrap of that epoch, from the log. */
  private async ownWrap(state: AccountState, epoch: number): Promise<Bytes | undefined> {
    let at = 0;
    for (let index = 0; index < state.size; index++) {
      const leaf = await this.leafAt(index);
      const read = leaf && decodeLeaf(leaf);
      const commit = read && !isRefused(read) ? decodeCommit(read.body) : undefined;
      if (!commit || isRefused(commit) || commit.kind !== 0) continue;
      for (const o of commit.operations) {
        if (o.op === 'keyring') at = o.epoch;
        if (at > epoch) return undefined;
        const wrap =
          o.op === 'keyring' ? o.wraps.find((w) => w.holder === this.me.id) : o.op === 'grant' && o.wrap.holder === this.me.id ? o.wrap : undefined;
        if (at !== epoch || !wrap) continue;
        const key = await keys.unwrapRootKey(this.me, state.account, epoch, wrap.suite, wrap.bytes);
        return isRefused(key) ? undefined : key;
      }
    }
    return undefined;
  }

  /** The newest root key. Without it this device can do nothing: it was removed, or whoever made the newest keyring locked it out. */
  async newestRoot(state: AccountState): Promise<Bytes> {
    const key = await this.root(state, state.epoch);
    if (!key) throw new DeviceProblem(state.holder(this.me.id)?.removed === null ? 'locked-out' : 'removed');
    return key;
  }

  async nameOf(state: AccountState, holder: Id): Promise<string> {
    const h = state.holder(holder);
    // A password has its account secret there (spec/recovery-password.md §4), which no list shows.
    if (!h || h.name.length === 0 || h.keys.type === HOLDER_PASSWORD) return '';
    const root = await this.root(state, h.addedEpoch);
    const name = root && (await keys.openHolderName(root, state.account, holder, h.addedEpoch, h.name));
    return (name && !isRefused(name) ? fromUtf8(name) : undefined) ?? '?';
  }

  /** The account secret that belongs to the password, as paper has it; null where none is set, or whoever set it wrote none that opens. */
  async accountSecret(state: AccountState): Promise<string | null> {
    const h = state.live.find((l) => l.keys.type === HOLDER_PASSWORD);
    const root = h && (await this.root(state, h.addedEpoch));
    const secret = root && (await openAccountSecret(root, state.account, h.id, h.addedEpoch, h.name));
    return secret && !isRefused(secret) ? secret : null;
  }
}

async function wrapFor(root: Bytes, account: Id, epoch: number, holder: HolderKeys): Promise<{ holder: Id; suite: number; bytes: Bytes }> {
  const bytes = await keys.wrapRootKey(root, account, epoch, holder);
  if (isRefused(bytes)) throw new DeviceProblem('holder-keys-bad');
  return { holder: holderId(holder), suite: 1, bytes };
}

/** Operations of the first commit but for `found`: the holders and the keyring of epoch 1. */
export async function firstKeyring(account: Id, me: HolderKeys, deviceName: string, phrase: HolderKeys): Promise<Operation[]> {
  const root = keys.newKey();
  const wraps = await Promise.all([me, phrase].map((h) => wrapFor(root, account, 1, h)));
  wraps.sort((a, b) => (a.holder < b.holder ? -1 : 1));
  const add = (k: HolderKeys, name: Bytes): HolderAdd => ({ op: 'holder-add', keys: k, name });
  return [
    add(me, await keys.sealHolderName(root, account, holderId(me), 1, deviceName)),
    add(phrase, new Uint8Array(0)),
    { op: 'keyring', epoch: 1, wraps, previous: new Uint8Array(0) },
  ];
}

/** A holder let in under the current epoch. */
export async function addHolder(root: Bytes, state: AccountState, holder: HolderKeys, name: string): Promise<Operation[]> {
  return [
    { op: 'holder-add', keys: holder, name: await keys.sealHolderName(root, state.account, holderId(holder), state.epoch, name) },
    { op: 'grant', wrap: await wrapFor(root, state.account, state.epoch, holder) },
  ];
}

export async function newVault(root: Bytes, state: AccountState, kind: Kind, epoch: number): Promise<{ operation: Vault; sealed: Bytes }> {
  const sealed = await keys.sealVaultKey(root, state.account, kind, epoch, keys.newKey());
  return { operation: { op: 'vault', kind, epoch, hash: sha256(sealed), length: SEALED_KEY }, sealed };
}

/** A keyring of the next epoch for those who remain, and a new key for every kind that remains. */
export async function nextEpoch(root: Bytes, state: AccountState, without: Id | null, erased: Kind | null) {
  const epoch = state.epoch + 1;
  const next = keys.newKey();
  const remaining = state.live.filter((h) => h.id !== without);
  const wraps = await Promise.all(remaining.map((h) => wrapFor(next, state.account, epoch, h.keys)));
  wraps.sort((a, b) => (a.holder < b.holder ? -1 : 1));
  const keyring: Keyring = { op: 'keyring', epoch, wraps, previous: await keys.sealPreviousRoot(next, state.account, epoch, root) };
  const operations: Operation[] = [keyring];
  const sealedKeys: Bytes[] = [];
  for (const kind of KINDS) {
    if (kind === erased || state.vault(kind).keys.length === 0) continue;
    const { operation, sealed } = await newVault(next, state, kind, epoch);
    operations.push(operation);
    sealedKeys.push(sealed);
  }
  return { operations, sealedKeys };
}
