import { expect, test } from 'vitest';
import type { Entry } from '../src/engine/library';
import { conversations, notes, photos } from '../src/engine/lists';
import type { Cbor } from '../src/protocol/cbor';

const entry = (record: string, view: Record<string, Cbor>, name = ''): Entry => ({
  record,
  heads: [{ place: [1, 0], removed: false, time: [1000, 0], author: 'a' }],
  place: [1, 0],
  summary: { name, files: [], view: new Map(Object.entries(view)) },
});

test('A photo has its preview, its turned sides, and its place in the timeline', () => {
  const photo = entry('aa'.repeat(16), { type: 'image/jpeg', w: 400, h: 300, orient: 6, taken: '2024-05-01T10:00:00', lat: 525200066, lon: 0 });
  const later = entry('bb'.repeat(16), { type: 'image/png', utc: Date.UTC(2025, 0, 1) });
  const preview = entry('cc'.repeat(16), { of: new Uint8Array(16).fill(0xaa), thumb: true, type: 'image/webp' });
  const rows = photos([photo, later, preview]);
  expect(rows.map((r) => r.record)).toEqual([later.record, photo.record]);
  expect(rows[1]).toMatchObject({ preview: preview.record, width: 300, height: 400, lat: 52.5200066, lon: 0 });
});

test('A conversation is named by its messages, else by a contact with the number, else by the number', () => {
  const messages = [
    entry('1', { thread: '+491', body: 'a', date: 1 }),
    entry('2', { thread: '+491', body: 'b', date: 2 }),
    entry('3', { thread: '7', body: 'c', date: 3, name: 'Bank' }),
  ];
  const rows = conversations(messages, [entry('9', { fn: 'Ada', tel: ['+49 1'] })]);
  expect(rows.map((r) => [r.name, r.last, r.count])).toEqual([
    ['Bank', 'c', 1],
    ['Ada', 'b', 2],
  ]);
});

test('Pinned notes stand first; fields of a wrong type are as good as absent', () => {
  const rows = notes([
    entry('1', { title: 'old', updated: 5 }),
    entry('2', { title: 7, updated: 9 }, 'n.md'),
    entry('3', { title: 'pinned', pinned: true, updated: 1 }),
  ]);
  expect(rows.map((r) => r.title)).toEqual(['pinned', 'n.md', 'old']);
});
