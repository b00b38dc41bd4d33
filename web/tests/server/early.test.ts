import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDB } from 'idb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import type { Notice } from '../../src/engine/rpc';
import { picture } from '../browser/sample';
import { Server, until, wire } from './harness';

let server: Server;
const words = (): string => readFileSync(join(server.folder, 'words'), 'utf8');
beforeAll(async () => {
  server = await Server.start();
  const file = join(server.folder, 'words');
  writeFileSync(file, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--words-from', file, '--yes');
  await server.candor('phone', 'on', 'all', '--yes');
  const folder = join(server.folder, 'phone-folder');
  for (const name of ['contacts', 'inbox', 'photos']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'contacts', 'ada.vcf'), 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ada\r\nTEL:+491\r\nEND:VCARD\r\n');
  const sms = [1, 2, 3].map((i) => `<sms address="+491" date="${1714564800000 + i}" type="1" body="hello number ${i}" read="1" />`).join('\n');
  writeFileSync(join(folder, 'inbox', 'sms-1.xml'), `<?xml version="1.0"?>\n<smses count="3">\n${sms}\n</smses>\n`);
  writeFileSync(join(folder, 'photos', 'sun.png'), picture(64, 48, 1));
  await server.candor('phone', 'backup', folder);
});
afterAll(() => server.stop());

/** An engine as the worker has it: it starts before it has read what there is. */
async function early(database: string, through = wire, notify: (n: Notice) => void = () => {}): Promise<Engine> {
  const engine = new Engine(server.url, notify, { wire: through, database, early: true });
  await engine.start();
  return engine;
}

/** A call as the worker makes it. */
async function ask<T>(engine: Engine, method: string, call: () => T): Promise<T> {
  await engine.before(method, []);
  return call();
}

const noNetwork = () => Promise.reject(new Error('no network'));

async function stored(database: string): Promise<{ brief?: Uint8Array; timeline?: Uint8Array }> {
  const db = await openDB(database);
  const [brief, timeline] = [await db.get('meta', 'brief'), await db.get('meta', 'timeline')];
  db.close();
  return { brief, timeline };
}

test('What the first screens say before everything is read is what they said before, it lies there sealed, and none of a kind that is off', async () => {
  const database = 'early';
  const engine = await early(database);
  await engine.recover(words(), 'Browser', null);
  for (const kind of [1, 3, 4] as const) await engine.turnOn(kind, '', 'shown');
  await engine.syncNow();
  const said = { overview: engine.overview(), photos: engine.photos(), conversations: engine.conversations() };
  expect(said).toMatchObject({ photos: [{ width: 64 }], conversations: [{ name: 'Ada', last: 'hello number 3', count: 3 }] });
  await engine.close();

  const { brief, timeline } = await stored(database);
  for (const row of [brief, timeline]) expect(Buffer.from(row!).toString('latin1')).not.toMatch(/hello|sun\.png|image/);

  const again = await early(database, noNetwork);
  expect(await ask(again, 'overview', () => again.overview())).toEqual(said.overview);
  expect(await ask(again, 'photos', () => again.photos())).toEqual(said.photos);
  expect(await ask(again, 'conversations', () => again.conversations())).toEqual(said.conversations);
  // And when it is read.
  expect((await again.search('number')).found).toHaveLength(3);
  expect(again.overview()).toEqual(said.overview);
  expect(again.photos()).toEqual(said.photos);
  await again.turnOff(3).catch(() => {});
  await again.close();
  expect(await stored(database)).toEqual({ brief: undefined, timeline: undefined });
});

test('A brief of another log is not believed: the records are waited for', async () => {
  const database = 'early-other';
  const engine = await early(database);
  await engine.recover(words(), 'Browser', null);
  await engine.turnOn(1, '', 'shown');
  await engine.syncNow();
  const old = await stored(database);
  await engine.saveContact(null, {
    fn: 'Grace',
    org: '',
    title: '',
    nick: '',
    tel: [],
    email: [],
    adr: [],
    url: [],
    bday: '',
    anniversary: '',
    note: '',
    cats: [],
  });
  await until(() => engine.overview().kinds[0]!.count === 2, 'the contact is there');
  await engine.close();
  const db = await openDB(database);
  await db.put('meta', old.brief, 'brief');
  db.close();
  const again = await early(database, noNetwork);
  expect((await ask(again, 'overview', () => again.overview())).kinds[0]!.count).toBe(2);
  await again.close();
});

test('A store that cannot be read is said to be damaged after the start, and can be erased', async () => {
  const database = 'early-damaged';
  const engine = await early(database);
  await engine.recover(words(), 'Browser', null);
  await engine.turnOn(1, '', 'shown');
  await engine.close();
  const db = await openDB(database);
  await db.clear('leaves');
  for (const key of await db.getAllKeys('segments')) await db.put('segments', { kind: 1, sealed: new Uint8Array(64) }, key);
  db.close();
  const problems: string[] = [];
  const again = await early(database, wire, (n) => problems.push(n.problem));
  await until(() => problems.includes('store-damaged'), 'the damage is told');
  await expect(ask(again, 'contacts', () => again.contacts())).rejects.toThrow('store-damaged');
  await again.signOut();
  await again.close();
  const fresh = new Engine(server.url, () => {}, { wire, database });
  expect(await fresh.start()).toBe('fresh');
  await fresh.close();
});
