import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import type { Wire } from '../../src/engine/gate';
import type { Notice } from '../../src/engine/rpc';
import { Server, until, wire } from './harness';

let server: Server;
let databases = 0;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

const EMPTY = { fn: '', org: '', title: '', nick: '', tel: [], email: [], adr: [], url: [], bday: '', anniversary: '', note: '', cats: [] };

/** A network that a test cuts, or whose answers to pushes get lost on the way back. */
class Net {
  cut = false;
  loseAnswers = false;
  pushes = 0;
  readonly wire: Wire = async (url, init) => {
    if (this.cut) throw new TypeError('cut');
    const push = url.endsWith('/commits');
    if (push) this.pushes++;
    const answer = await wire(url, init);
    if (push && this.loseAnswers) throw new TypeError('lost');
    return answer;
  };
}

async function opened(net: Net, database: string) {
  const notices: Notice[] = [];
  const engine = new Engine(server.url, (n) => notices.push(n), { wire: net.wire, database });
  await engine.start();
  return { engine, notices };
}

async function scene() {
  const net = new Net();
  const database = `offline-${++databases}`;
  const { engine, notices } = await opened(net, database);
  const words = engine.newWords();
  await engine.found(words, 'browser', '', null);
  await engine.turnOn(1, 'de', 'shown');
  await engine.turnOn(2, 'de', 'shown');
  return { net, database, engine, notices, words };
}

async function phone(words: string, name: string): Promise<string> {
  const file = join(server.folder, `${name}-words`);
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor(name, 'recover', server.url, '--name', name, '--words-from', file, '--yes');
  await server.candor(name, 'on', 'contacts', 'notes', '--yes');
  const folder = join(server.folder, `${name}-folder`);
  mkdirSync(folder);
  return folder;
}

test('Edits made without a network are shown at once, outlive a restart, and are sent in their order', async () => {
  const { net, database, engine, notices, words } = await scene();
  const bob = await engine.saveContact(null, { ...EMPTY, fn: 'Bob' });
  const size = engine.overview().size;
  net.cut = true;
  const ada = await engine.saveContact(null, { ...EMPTY, fn: 'Ada' });
  await engine.saveContact(ada, { ...EMPTY, fn: 'Ada', org: 'first' });
  await engine.saveContact(ada, { ...(await engine.contact(ada)).fields, org: 'second' });
  await engine.saveNote(null, { body: '# On the train\n', tags: [], pinned: false, archived: false }, [
    { name: 'seat.txt', data: new Blob(['12 A']) },
  ]);
  await engine.remove(1, [bob]);
  expect(engine.contacts().map((c) => [c.name, c.org])).toEqual([['Ada', 'second']]);
  expect(engine.notes().map((n) => n.title)).toEqual(['On the train']);
  expect(engine.waiting().map((w) => [w.kind, w.title, w.removed])).toEqual([
    [1, 'Ada', false],
    [1, 'Ada', false],
    [1, 'Ada', false],
    [2, 'On the train', false],
    [1, '', true],
  ]);
  await until(() => notices.at(-1)?.waiting === 5, 'the page is told how many wait');
  await engine.close();

  const again = await opened(net, database);
  expect(again.engine.contacts().map((c) => [c.name, c.org])).toEqual([['Ada', 'second']]);
  expect(Buffer.from((await again.engine.file(2, again.engine.notes()[0]!.record, 0)).bytes).toString()).toBe('12 A');
  net.cut = false;
  again.engine.wake();
  await until(() => again.notices.at(-1)?.waiting === 0, 'all was sent');
  expect(again.engine.waiting()).toEqual([]);
  // Three versions of Ada, the last together with the removal of Bob, and the note: none twice.
  expect(again.engine.overview().size).toBe(size + 4);
  expect((await again.engine.contact(ada)).versions).toBe(1);

  const folder = await phone(words, 'phone-a');
  await server.candor('phone-a', 'sync', folder);
  expect(readFileSync(join(folder, 'contacts', 'Ada.vcf'), 'utf8')).toContain('ORG:second\r\n');
  expect(() => readFileSync(join(folder, 'contacts', 'Bob.vcf'))).toThrow();
  expect(readFileSync(join(folder, 'notes', 'seat.txt'), 'utf8')).toBe('12 A');
  await again.engine.close();
});

test('A change whose answer was lost is not made twice, not even after a restart', async () => {
  const { net, database, engine } = await scene();
  const size = engine.overview().size;
  net.loseAnswers = true;
  const ada = await engine.saveContact(null, { ...EMPTY, fn: 'Ada' });
  expect(engine.waiting()).toHaveLength(1);
  await engine.close();
  net.loseAnswers = false;
  const pushes = net.pushes;
  const again = await opened(net, database);
  await until(() => again.engine.waiting().length === 0, 'it is found in the log');
  expect(again.engine.overview().size).toBe(size + 1);
  expect(net.pushes).toBe(pushes);
  await again.engine.remove(1, [ada]);
  expect(again.engine.contacts()).toEqual([]);
  await again.engine.close();
});

test('What waits is sealed in the store, and goes with a kind that is turned off', async () => {
  const { net, database, engine } = await scene();
  net.cut = true;
  await engine.saveContact(null, { ...EMPTY, fn: 'Ada Lovelace', note: 'a secret of two browsers' });
  const rows = await new Promise<unknown[]>((done) => {
    const request = indexedDB.open(database);
    request.onsuccess = () => {
      const all = request.result.transaction('outbox').objectStore('outbox').getAll();
      all.onsuccess = () => done(all.result);
    };
  });
  expect(rows).toHaveLength(1);
  const [{ sealed }] = rows as [{ sealed: Uint8Array }];
  expect(Buffer.from(sealed).includes('Lovelace')).toBe(false);
  await engine.turnOff(1).catch(() => {});
  expect(engine.waiting()).toEqual([]);
  await engine.close();
});

test('A change that the server will not take is told to who made it, and does not wait', async () => {
  const { net, database, engine } = await scene();
  const { wire: real } = net;
  let refuse = true;
  const refusing: Wire = async (url, init) =>
    refuse && url.endsWith('/commits') ? new Response(JSON.stringify({ type: 'urn:candor:error:quota-exceeded' }), { status: 507 }) : real(url, init);
  await engine.close();
  const other = new Engine(server.url, () => {}, { wire: refusing, database });
  await other.start();
  await expect(other.saveContact(null, { ...EMPTY, fn: 'Too much' })).rejects.toMatchObject({ code: 'quota-exceeded' });
  expect(other.waiting()).toEqual([]);
  expect(other.contacts()).toEqual([]);
  refuse = false;
  await other.saveContact(null, { ...EMPTY, fn: 'Enough' });
  expect(other.contacts()).toHaveLength(1);
  await other.close();
});
