/** Sealed records as they lie in a commit's bundle (spec/http-api.md §4 and §5): where each is, whether it is what its put says, and what is in it. */

import { type Bytes, equal, hex, joined } from '../protocol/bytes';
import { type Commit, MAX_BUNDLE, MAX_INLINE, type Operation, type Put } from '../protocol/commit';
import { sha256Large } from '../protocol/hash';
import { type Id, type Kind, randomId } from '../protocol/ids';
import { ROLE_RECORD } from '../protocol/keys';
import { blobNames, type Content, decodeContent, encodeContent } from '../protocol/record';
import { isRefused } from '../protocol/refusal';
import { openPadded, sealPadded } from '../protocol/sealing';
import type { Change, Made } from './account-options';
import type { VaultKeys } from './key-ring';
import { Alarm, DeviceProblem } from './problems';
import { MAX_BLOB } from './server-api';
import type { BundleRow } from './store';

/** The puts of a commit with their numbers, and where each payload lies in its bundle. */
export function* bundlePlaces(commit: Commit, gone: ReadonlySet<number>, maxInline: number): Generator<{ op: number; put: Put; at: number }> {
  let at = 0;
  for (const [op, o] of commit.operations.entries()) {
    if (o.op !== 'put' || o.length > maxInline || gone.has(op)) continue;
    yield { op, put: o, at };
    at += o.length;
  }
}

const found = new WeakMap<BundleRow, Map<number, number>>();

/** Where each payload lies in its bundle, by the number of its operation; made once for a bundle. */
export function offsetsOf(commit: Commit, row: BundleRow): ReadonlyMap<number, number> {
  let offsets = found.get(row);
  if (!offsets) {
    offsets = new Map();
    for (const { op, at } of bundlePlaces(commit, new Set(row.gone), MAX_INLINE)) offsets.set(op, at);
    found.set(row, offsets);
  }
  return offsets;
}

const HASHED_AT_ONCE = 256;

/** Every payload of a pull has the hash and length of its put, and nothing else is there. */
export async function checkBundle(commit: Commit, row: BundleRow): Promise<void> {
  let end = 0;
  const places = [...bundlePlaces(commit, new Set(row.gone), MAX_INLINE)];
  const check = async ({ op, put, at }: (typeof places)[number]) => {
    const where = `change ${commit.prevSize}, operation ${op}`;
    if (at + put.length > row.bundle.length) throw new Alarm('bad-payload', `${where}: cut short`);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', row.bundle.subarray(at, at + put.length)));
    if (!equal(hash, put.hash)) throw new Alarm('bad-payload', `${where}: another hash`);
  };
  for (let i = 0; i < places.length; i += HASHED_AT_ONCE) await Promise.all(places.slice(i, i + HASHED_AT_ONCE).map(check));
  for (const { put, at } of places) end = at + put.length;
  if (end !== row.bundle.length) throw new Alarm('bad-payload', `change ${commit.prevSize}: more bytes than it names`);
}

/** What a put sealed; null where nobody can read it. */
export async function openRecord(account: Id, kind: Kind, keys: VaultKeys, put: Put, sealed: Bytes): Promise<Content | null> {
  const key = keys.byEpoch.get(put.epoch);
  if (!key) return null;
  const slot = { account, kind, record: put.record, revision: put.revision, epoch: put.epoch, role: ROLE_RECORD };
  const plain = await openPadded(key, slot, sealed);
  if (isRefused(plain)) return null;
  const content = decodeContent(plain);
  return isRefused(content) ? null : content;
}

/** Operations that make changes of one kind, their records sealed under the newest key. @param put Sends one that is too large for a bundle. */
export async function sealChanges(
  account: Id,
  kind: Kind,
  keys: VaultKeys,
  changes: Change[],
  put: (hash: Bytes, sealed: Bytes) => Promise<unknown>,
): Promise<Made> {
  const operations: Operation[] = [];
  const bundle: Bytes[] = [];
  for (const { record, parents, content, revision = randomId() } of changes) {
    if (!content) {
      operations.push({ op: 'remove', record, parents });
      continue;
    }
    const slot = { account, kind, record, revision, epoch: keys.newest, role: ROLE_RECORD };
    const sealed = await sealPadded(keys.byEpoch.get(keys.newest)!, slot, encodeContent(content));
    if (sealed.length > MAX_BLOB) throw new DeviceProblem('record-too-large');
    const hash = await sha256Large(sealed);
    const blobs = blobNames(content.files);
    if (sealed.length > MAX_INLINE) {
      await put(hash, sealed);
      if (!blobs.some((b) => equal(b, hash))) blobs.push(hash);
      blobs.sort((a, b) => (hex(a) < hex(b) ? -1 : 1));
    } else bundle.push(sealed);
    operations.push({ op: 'put', record, revision, epoch: keys.newest, parents, hash, length: sealed.length, blobs });
  }
  const all = joined(bundle);
  if (all.length > MAX_BUNDLE) throw new DeviceProblem('record-too-large');
  return { operations, bundle: all };
}
