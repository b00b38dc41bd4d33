import { expect, test } from 'vitest';
import { Pace } from '../src/engine/pace';

test('A pace is that of the last ten seconds, and begins anew with another count', () => {
  let now = 0;
  const pace = new Pace(() => now);
  const at = (seconds: number, done: number, total: number) => {
    now = seconds * 1000;
    return Math.round(pace.of({ done, total }).rate);
  };
  expect(at(0, 0, 1000)).toBe(0);
  expect(at(1, 10, 1000)).toBe(10);
  expect(at(20, 20, 1000)).toBe(1);
  expect(at(31, 720, 1000)).toBe(64);
  expect(at(32, 0, 1000)).toBe(0);
  expect(at(33, 5, 50)).toBe(0);
  expect(at(34, 25, 50)).toBe(20);
});
