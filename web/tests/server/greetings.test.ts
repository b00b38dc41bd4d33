import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodePack, packsOf } from '../../greetings';
import type { Greeting } from '../../src/formats/greeting-pack';
import { hex } from '../../src/protocol/bytes';
import { sha256 } from '../../src/protocol/hash';
import { browser, Server, serverProgram, wire } from './harness';

const folder = resolve(import.meta.dirname, '../../../shelf/greetings');
const one = (text: string): Greeting => ({ occasion: 'good-night', kind: 0, text, author: 'a', licence: 'b' });
let server: Server;

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server?.stop());

test('The packs of the bundle are, to the byte, those that the server program builds', async () => {
  const to = join(server.folder, 'packs');
  await promisify(execFile)(serverProgram, ['shelf', 'build', '--from', folder, '--to', to]);
  for (const [language, file] of packsOf(folder))
    expect([language, hex(sha256(file))]).toEqual([language, hex(sha256(readFileSync(join(to, `candor-${language}.pack`))))]);
});

/** A browser whose server has this pack. */
async function browserWith(pack: () => Uint8Array<ArrayBuffer> | null) {
  const asked: { url: string; init: RequestInit }[] = [];
  const { engine } = await browser(server.url, async (url, init) => {
    if (!url.includes('/greetings/')) return wire(url, init);
    asked.push({ url, init });
    const bytes = pack();
    return bytes ? new Response(bytes) : new Response(null, { status: 404 });
  });
  return { engine, asked };
}

test('A pack is fetched whole by a request with nothing of the person in it, written into the ledger, and kept while it is the app’s own', async () => {
  const file = encodePack('de', [one('Gute Nacht.')]);
  const { engine, asked } = await browserWith(() => file);
  const current = hex(sha256(file));
  expect((await engine.greetings('de', current)).entries.map((e) => e.text)).toEqual(['Gute Nacht.']);
  await engine.greetings('de', current);
  expect(asked.map((a) => [a.url, a.init.method, a.init.headers, a.init.credentials, a.init.body])).toEqual([
    [`${server.url}/greetings/candor-de.pack`, 'GET', {}, 'omit', null],
  ]);
  const lines = (await engine.ledger(Number.MAX_SAFE_INTEGER, 10)).map((l) => JSON.parse(l));
  expect(lines.find((l) => l.ev === 'out')).toMatchObject({
    purpose: 'shelf',
    kind: 'none',
    consent: -1,
    target: '/greetings/candor-de.pack',
    body: 0,
  });
  // A new version of the app has another.
  await engine.greetings('de', 'other');
  expect(asked.length).toBe(2);
  await engine.close();
});

test('A pack that is refused replaces nothing, and the first one that is refused shows nothing', async () => {
  const good = encodePack('de', [one('Gute Nacht.')], 'candor', 2);
  let served: Uint8Array<ArrayBuffer> | null = good.slice(1);
  const { engine } = await browserWith(() => served);
  await expect(engine.greetings('de', '')).rejects.toMatchObject({ code: 'greetings-refused', detail: 'bad-size' });
  served = null;
  await expect(engine.greetings('de', '')).rejects.toMatchObject({ code: 'greetings-refused', detail: 'not-found' });
  served = good;
  await engine.greetings('de', '');
  const bent = good.slice();
  bent[good.length - 1] = 1;
  for (const [bad, why] of [
    [bent, 'bad-size'],
    [encodePack('en', [one('Good night.')], 'candor', 3), 'other-language'],
    [encodePack('de', [one('Alt.')], 'candor', 1), 'older'],
    [null, 'not-found'],
  ] as const) {
    served = bad;
    const { entries, refused } = await engine.greetings('de', '');
    expect([entries.map((e) => e.text), refused]).toEqual([['Gute Nacht.'], why]);
  }
  await expect(engine.greetings('../v1', '')).rejects.toMatchObject({ code: 'no-such-record' });
  await engine.close();
});
