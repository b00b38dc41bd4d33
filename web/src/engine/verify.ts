/** What a server sent, held against what this browser has verified: what does not fit is an alarm (spec/account-log.md §7). */
import { type AccountState, type Announced, PEOPLE_WAIT_MS } from '../protocol/account-state';
import { type Bytes, equal, hex, utf8 } from '../protocol/bytes';
import { accountOrigin, openCheckpoint } from '../protocol/checkpoint';
import type { Commit } from '../protocol/commit';
import type { Id } from '../protocol/ids';
import { VerifierKey } from '../protocol/note';
import { isRefused } from '../protocol/refusal';
import { Alarm, DeviceProblem } from './problems';

/** Extends the state by a leaf that obeys every rule. */
export async function verifyLeaf(reached: AccountState, leaf: Bytes, index: number): Promise<Commit> {
  const commit = await reached.extend(leaf);
  if (!isRefused(commit)) return commit;
  const evidence = { leaf: hex(leaf) };
  if (commit.error === 'head-moved') throw new Alarm('fork', `change ${index} does not extend what this browser has verified`, evidence);
  throw new Alarm('bad-commit', `change ${index} breaks a rule (${commit.error})`, evidence);
}

/** The head that the device handed over which let this one in: the log has to pass through it. */
export function checkExpected(reached: AccountState, expected: { size: number; root: Bytes; approver: Id } | null, me: Id): void {
  if (!expected || reached.size !== expected.size) return;
  const live = (id: Id) => reached.holder(id)?.removed === null;
  if (!equal(reached.root, expected.root) || !live(expected.approver) || !live(me)) {
    throw new Alarm('fork', `the log is another one than that of the device that let this one in, at change ${expected.size}`);
  }
}

/** What a browser's clock may be off, beside others, before it speaks of an early recovery. */
const CLOCK_SLACK_MS = 3600 * 1000;

/**
 * Holds what lets a device in by shares against this browser's own clock: the server has to keep the time, and here it is seen whether it did; spec/recovery-people.md §5.
 *
 * @param before What stood before the commit.
 * @param notYet When the log was followed the last time and the announcement was not there (Unix ms); undefined: not known.
 */
export function checkWaited(
  before: Announced | undefined,
  commit: Commit,
  leaf: Bytes,
  index: number,
  notYet: number | undefined,
  now: number,
): void {
  if (before?.by !== commit.author || !commit.operations.some((o) => o.op === 'holder-add')) return;
  const ahead = commit.time[0] > now + CLOCK_SLACK_MS;
  const early = notYet !== undefined && now - notYet < PEOPLE_WAIT_MS - CLOCK_SLACK_MS;
  if (!ahead && !early) return;
  const why = `change ${index} lets a device in by people's shares before three days are over`;
  throw new Alarm('bad-commit', why, { leaf: hex(leaf) });
}

/** @param ours The newest checkpoint that fitted: where it has the same size, the two together are proof. */
export async function checkCheckpoint(theirs: Bytes, reached: AccountState, key: VerifierKey, ours: string | undefined): Promise<void> {
  const text = new TextDecoder().decode(theirs);
  const origin = accountOrigin(key.name, reached.account);
  const opened = await openCheckpoint(theirs, origin, [key]);
  if (isRefused(opened)) throw new Alarm('bad-checkpoint', opened.error, { theirs: text });
  const size = Number(opened.size);
  if (size < reached.size)
    throw new Alarm('rollback', `the server shows ${size} changes where this browser has verified ${reached.size}`, { theirs: text });
  if (size > reached.size) throw new Alarm('bad-checkpoint', 'another size', { theirs: text });
  if (equal(opened.root, reached.root)) return;
  const signed = ours === undefined ? undefined : await openCheckpoint(utf8(ours), origin, [key]);
  if (ours !== undefined && signed && !isRefused(signed) && signed.size === opened.size && equal(signed.root, reached.root)) {
    throw new Alarm('equivocation', `two histories of ${size} changes, both signed by the server`, { theirs: text, ours });
  }
  throw new Alarm('fork', `the server's history of ${size} changes is another one`, { theirs: text });
}

/** The key that checks a server's checkpoints. */
export const newVerifier = (vkey: string): VerifierKey => {
  const key = VerifierKey.parse(vkey);
  if (isRefused(key)) throw new DeviceProblem('server-key-bad');
  return key;
};
