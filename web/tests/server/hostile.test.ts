import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import type { Wire } from '../../src/engine/gate';
import { type Cbor, decodeFirst, encode } from '../../src/protocol/cbor';
import { isRefused } from '../../src/protocol/refusal';
import { Server, until, wire } from './harness';

/** A server that lies in one way, once it is told to: what it sends is changed on its way to the browser. */
class Liar {
  lie: ((items: Cbor[]) => Cbor[] | 'cut') | null = null;

  readonly wire: Wire = async (url, init) => {
    const answer = await wire(url, init);
    if (!this.lie || !url.includes('/log?') || answer.status !== 200) return answer;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const items: Cbor[] = [];
    for (let at = 0; at < bytes.length; ) {
      const read = decodeFirst(bytes, at);
      if (isRefused(read)) throw new Error(read.error);
      items.push(read.value);
      at = read.end;
    }
    const told = this.lie(items);
    return new Response(told === 'cut' ? bytes.slice(0, 10) : new Blob(told.map(encode)), { status: 200 });
  };
}

const flip = (bytes: Cbor | undefined, at: number): Uint8Array => {
  if (!(bytes instanceof Uint8Array)) throw new Error('not bytes');
  const copy = bytes.slice();
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
};
const isLeaf = (item: Cbor): item is Cbor[] => Array.isArray(item) && item[0] === 0;

let server: Server;
let databases = 0;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

const EMPTY = { fn: '', org: '', title: '', nick: '', tel: [], email: [], adr: [], url: [], bday: '', anniversary: '', note: '', cats: [] };

/** A victim, and a second browser of the same account that makes a change for it to pull. */
async function scene() {
  const liar = new Liar();
  const database = `hostile-${++databases}`;
  const victim = new Engine(server.url, () => {}, { wire: liar.wire, database });
  await victim.start();
  const words = victim.newWords();
  await victim.found(words, 'victim', '', null);
  await victim.turnOn(1, '', 'shown');
  await victim.saveContact(null, { ...EMPTY, fn: 'Before' });
  await victim.syncNow();
  const other = new Engine(server.url, () => {}, { wire, database: `${database}-other` });
  await other.start();
  await other.recover(words, 'other', null);
  await other.turnOn(1, '', 'shown');
  await until(() => victim.overview().size === other.overview().size, 'the victim is up to date');
  return { liar, victim, other, database };
}

/** `kept`: changes that were good by themselves before the lie, signed by a device of the account; they stay. */
const LIES: [name: string, alarm: string, kept: number, lie: (items: Cbor[]) => Cbor[]][] = [
  ['a byte of a payload', 'bad-payload', 0, (items) => items.map((i) => (isLeaf(i) && i[3] ? [0, i[1]!, i[2]!, flip(i[3], 80), i[4]!] : i))],
  ['a byte of a signature', 'bad-commit', 0, (items) => items.map((i) => (isLeaf(i) ? [0, i[1]!, flip(i[2], -1), i[3]!, i[4]!] : i))],
  ['a leaf left out', 'fork', 0, (items) => items.slice(1)],
  [
    'the checkpoint changed',
    'bad-checkpoint',
    2,
    (items) =>
      items.map((i) =>
        isLeaf(i) ? i : [1, String(Array.isArray(i) ? i[1] : '').replace(/\n([A-Za-z0-9+/])/, (_, c: string) => `\n${c === 'A' ? 'B' : 'A'}`)],
      ),
  ],
  ['something after the checkpoint', 'bad-checkpoint', 2, (items) => [...items, items.at(-1)!]],
  [
    'more bytes than a commit names',
    'bad-payload',
    0,
    (items) => items.map((i) => (isLeaf(i) && i[3] instanceof Uint8Array ? [0, i[1]!, i[2]!, new Uint8Array([...i[3], 0]), i[4]!] : i)),
  ],
];

test.each(LIES)(
  '%s raises %s; what is not good is not taken, and the alarm stands after a restart until a person answers',
  async (_, alarm, kept, lie) => {
    const { liar, victim, other, database } = await scene();
    const before = victim.overview();
    // Both come in one answer: the victim hears of nothing while its answers are cut.
    liar.lie = () => 'cut';
    await other.saveContact(null, { ...EMPTY, fn: 'After' });
    await other.saveContact(null, { ...EMPTY, fn: 'Later' });
    liar.lie = lie;
    await until(
      async () =>
        Object.keys(await victim.alarmEvidence()).length >= 0 &&
        (await victim.syncNow().then(
          () => false,
          (e) => e.kind === alarm,
        )),
      `alarm ${alarm}`,
    );
    expect(victim.overview().size).toBe(before.size + kept);
    expect(victim.contacts()).toHaveLength(1 + kept);
    await expect(victim.saveContact(null, { ...EMPTY, fn: 'x' })).rejects.toMatchObject({ kind: alarm });

    liar.lie = null;
    await victim.close();
    const again = new Engine(server.url, () => {}, { wire, database });
    await again.start();
    await expect(again.syncNow()).rejects.toMatchObject({ kind: alarm });
    await again.answerAlarm();
    await until(() => again.contacts().length === 3, 'it goes on where it stood');
  },
);

test('An older checkpoint is a rollback', async () => {
  const { liar, victim, other } = await scene();
  let old: Cbor | undefined;
  liar.lie = (items) => {
    old ??= items.at(-1)!;
    return items;
  };
  await victim.syncNow();
  liar.lie = null;
  await other.saveContact(null, { ...EMPTY, fn: 'After' });
  await until(() => victim.contacts().length === 2, 'it came');
  liar.lie = () => [old!];
  await expect(victim.syncNow()).rejects.toMatchObject({ kind: 'rollback' });
});

test('An answer that is cut is no alarm: it is asked for again', async () => {
  const { liar, victim, other } = await scene();
  liar.lie = () => 'cut';
  await other.saveContact(null, { ...EMPTY, fn: 'After' });
  await expect(victim.syncNow()).rejects.toMatchObject({ code: 'unreachable' });
  liar.lie = null;
  await victim.syncNow();
  expect(victim.contacts()).toHaveLength(2);
});
