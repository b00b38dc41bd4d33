import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import { Store } from '../../src/engine/store';
import type { Kind } from '../../src/protocol/ids';
import { browser, Server, wire } from './harness';

let server: Server;
let words = '';
let databases = 0;

beforeAll(async () => {
  server = await Server.start();
  words = (await server.candor('none', 'words')).trim();
  const file = join(server.folder, 'words');
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', file, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', '--yes');
  const folder = join(server.folder, 'folder');
  for (const kind of ['contacts', 'notes']) mkdirSync(join(folder, kind), { recursive: true });
  writeFileSync(join(folder, 'contacts', 'a.vcf'), 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Ada\r\nEND:VCARD\r\n');
  writeFileSync(join(folder, 'notes', 'n.md'), '# Milk\n');
  await server.candor('phone', 'sync', folder);
});
afterAll(() => server.stop());

async function opened(database: string): Promise<Engine> {
  const engine = new Engine(server.url, () => {}, { wire, database });
  await engine.start();
  return engine;
}

test('A kind that was left out has no key and no bytes in this browser, is never asked for, and stays out after a restart', async () => {
  const database = `limits-${++databases}`;
  let engine = await opened(database);
  await engine.recover(words, 'library computer', Date.now() + 3_600_000, [2]);
  await engine.turnOn(2, '', 'shown');
  expect(engine.notes().map((n) => n.title)).toEqual(['Milk']);
  for (let i = 0; i < 2; i++) {
    await expect(engine.turnOn(1, '', 'shown')).rejects.toMatchObject({ code: 'kind-left-out' });
    expect(engine.overview().kinds.map((k) => [k.kind, k.on, k.leftOut])).toEqual([
      [1, false, true],
      [2, true, false],
      [3, false, true],
      [4, false, true],
    ]);
    expect(engine.overview().until).toBeGreaterThan(Date.now());
    expect(engine.contacts()).toEqual([]);
    await engine.syncNow();
    const targets = (await engine.ledger(Number.MAX_SAFE_INTEGER, 1000)).map((l) => JSON.parse(l)).filter((l) => l.ev === 'out');
    expect(targets.filter((l) => l.kind === 'contacts' || /contacts|kinds=1|vaults\/1/.test(l.target))).toEqual([]);
    await engine.close();
    const store = await Store.open(database);
    expect(Object.keys((await store.get('vaults')) ?? {})).toEqual(['2']);
    // Of the phone's two records one came, by itself; none came along with the log.
    expect([(await store.payloadKeys()).size, (await store.bundleIndexes()).size]).toEqual([1, 0]);
    store.close();
    engine = await opened(database);
  }
  // Other devices see what is on in it, as of any device.
  const other = await browser(server.url);
  await other.engine.recover(words, 'home', null);
  expect((await other.engine.devices()).find((d) => d.name === 'library computer')?.on).toEqual([2]);
  await other.engine.close();
  await engine.close();
});

test.each([
  ['nothing said', null, []],
  ['all of them', [4, 3, 2, 1] as Kind[], []],
  ['two of them, one twice, and one that there is not', [2, 2, 1, 9 as Kind] as Kind[], [3, 4]],
])('With %s the kinds that are left out are these', async (_, kinds, out) => {
  const engine = await opened(`limits-${++databases}`);
  await engine.recover(words, 'browser', null, kinds);
  expect(engine.overview().kinds.flatMap((k) => (k.leftOut ? [k.kind] : []))).toEqual(out);
  await engine.close();
});
