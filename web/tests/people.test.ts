import { expect, test } from 'vitest';
import { checkWaited } from '../src/engine/verify';
import type { Announced } from '../src/protocol/account-state';
import { decodeCommit, decodeLeaf } from '../src/protocol/commit';
import { bytesOf, good, readVectors } from './vectors';

const HOUR = 3600 * 1000;
const letIn = bytesOf(readVectors('people.json').find((c) => c.name === 'they let it in after 72 hours')!.leaf);
const commit = good(decodeCommit(good(decodeLeaf(letIn)).body));
const stood: Announced = {
  by: commit.author,
  keys: { type: 1, signing: new Uint8Array(32), agreement: new Uint8Array(32) },
  place: [9, 0],
  time: [commit.time[0] - 72 * HOUR, 0],
};
const check =
  (notYet: number | undefined, now: number, before: Announced | undefined = stood) =>
  () =>
    checkWaited(before, commit, letIn, 12, notYet, now);

test('A device that people let in before three days of this browser’s own clock is an alarm, with the leaf as evidence', () => {
  const now = commit.time[0];
  expect(check(now - 70 * HOUR, now)).toThrow(expect.objectContaining({ kind: 'bad-commit', evidence: { leaf: expect.stringMatching(/^82/) } }));
  expect(check(now - 71 * HOUR, now)).not.toThrow();
  // A time that has not come yet: the people, or the server, wrote what they liked.
  expect(check(undefined, now - 2 * HOUR)).toThrow(expect.objectContaining({ kind: 'bad-commit' }));
  expect(check(undefined, now - HOUR)).not.toThrow();
});

test('A browser that was away for three days, or that sees another holder let a device in, has nothing to say', () => {
  const now = commit.time[0];
  expect(check(now - 80 * HOUR, now)).not.toThrow();
  expect(check(now, now, { ...stood, by: '00'.repeat(16) })).not.toThrow();
  expect(() => checkWaited(undefined, commit, letIn, 12, now, now)).not.toThrow();
});
