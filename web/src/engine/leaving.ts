/** Erasing a kind for good: announced, and a day later done; spec/http-api.md §3.1, spec/account-log.md §3.4. */
import { type Bytes, concat, equal, hex, utf8 } from '../protocol/bytes';
import { parseCheckpoint, writeProof } from '../protocol/checkpoint';
import type { Operation } from '../protocol/commit';
import { sha256 } from '../protocol/hash';
import { KINDS, type Kind } from '../protocol/ids';
import { inclusionOf, leafHash } from '../protocol/merkle';
import { isRefused } from '../protocol/refusal';
import type { Account } from './account';
import { nextEpoch } from './key-ring';
import { DeviceProblem, ServerRefused } from './problems';

/** The hash in a consent that is turned off to erase. */
const NOTICE = sha256(utf8('candor/v1 erase'));
const DAY_MS = 24 * 3600 * 1000;

/** Turns the kind off with the notice, which every other device shows to its person. What this browser kept of it goes at once. */
export async function announce(account: Account, kind: Kind): Promise<void> {
  await account.exclusively(async () => {
    await account.pullCore();
    const given = account.state.current.holder(account.me)?.consents[kind];
    if (!given) return;
    const off: Operation = { op: 'consent', kind, on: false, law: given.law, hash: NOTICE };
    await account.commitCore(0, async () => ({ operations: [off] }));
  });
  await account.turnOff(kind);
}

/** When this device announced to erase a kind; null: it did not, took it back, or has done it: what another device began of the kind since then is not meant. */
export async function announcedAt(account: Account, kind: Kind): Promise<number | null> {
  const given = account.state.current.holder(account.me)?.consents[kind];
  const vault = account.state.current.vault(kind);
  if (!given || given.on || !equal(given.hash, NOTICE) || vault.keys.length === 0 || given.place[0] <= vault.erasedAt) return null;
  return (await account.commitAt(given.place[0]))?.time[0] ?? null;
}

/** Erases what was announced a day ago. The server looks at its own clock: where it says that it is too soon, the next sync asks again. */
export async function eraseDue(account: Account, now = Date.now()): Promise<void> {
  for (const kind of KINDS) {
    const at = await announcedAt(account, kind);
    if (at === null || now - at < DAY_MS) continue;
    try {
      await account.exclusively(() =>
        account.commitCore(0, async () => {
          const state = account.state.current;
          const next = await nextEpoch(await account.keyRing.newestRoot(state), state, null, kind);
          return { operations: [await erasure(account, kind), ...next.operations], vaults: next.sealedKeys };
        }),
      );
    } catch (e) {
      if (!(e instanceof ServerRefused) || e.code !== 'too-soon') throw e;
    }
  }
}

/** Names every blob that any put of the kind has named: the receipt that stands in the log. */
export async function erasure(account: Account, kind: Kind): Promise<Operation> {
  const names = new Map<string, Uint8Array>();
  for (let index = 0; index < account.size; index++) {
    const commit = await account.commitAt(index);
    if (commit?.kind !== kind) continue;
    for (const o of commit.operations) if (o.op === 'put') for (const blob of o.blobs) names.set(hex(blob), blob);
  }
  const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
  const epochs = account.state.current.vault(kind).keys.map((k) => k.epoch);
  return { op: 'erase', kind, epochs, blobCount: sorted.length, hash: sha256(concat(...sorted)) };
}

/** Kinds that were erased, and when by the clock of who did it. Of each the last time. */
export async function erased(account: Account): Promise<{ kind: Kind; at: number }[]> {
  const found: { kind: Kind; at: number }[] = [];
  for (const kind of KINDS) {
    const { erasedAt } = account.state.current.vault(kind);
    const commit = erasedAt < 0 ? undefined : await account.commitAt(erasedAt);
    if (commit) found.push({ kind, at: commit.time[0] });
  }
  return found;
}

export interface Receipt {
  /** As `candor receipt save` names it: the two files are this with `.entry` and `.tlog-proof`. */
  readonly name: string;
  readonly entry: Bytes;
  readonly proof: Bytes;
}

/** That the last erasure of a kind stands in the account's log, under the server's signature: spec/checkpoint.md §4. Checked by anyone, without a server. */
export async function receiptOf(account: Account, kind: Kind, note: string | undefined): Promise<Receipt> {
  const index = account.state.current.vault(kind).erasedAt;
  const head = note === undefined ? null : parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1));
  const size = head && !isRefused(head) ? Number(head.size) : 0;
  if (note === undefined || index < 0 || index >= size) throw new DeviceProblem('no-such-record');
  const hashes: Bytes[] = [];
  for (let i = 0; i < size; i++) {
    const leaf = await account.leafAt(i);
    if (!leaf) throw new DeviceProblem('store-damaged');
    hashes.push(leafHash(leaf));
  }
  const name = `change-${String(index).padStart(6, '0')}-erasure`;
  return { name, entry: (await account.leafAt(index))!, proof: utf8(writeProof(index, inclusionOf(index, hashes), note)) };
}
