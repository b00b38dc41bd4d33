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

/** A browser whose server has these packs, by language. */
async function browserWith(packs: Record<string, Uint8Array<ArrayBuffer>>) {
  const asked: { url: string; init: RequestInit }[] = [];
  const net = { cut: false };
  const { engine } = await browser(server.url, async (url, init) => {
    const language = /\/greetings\/candor-(.+)\.pack$/.exec(url)?.[1];
    if (!language) return wire(url, init);
    asked.push({ url, init });
    if (net.cut) throw new TypeError('cut');
    const bytes = packs[language];
    return bytes ? new Response(bytes) : new Response(null, { status: 404 });
  });
  return { engine, asked, net };
}

const digest = (packs: Record<string, Uint8Array<ArrayBuffer>>) => Object.fromEntries(Object.entries(packs).map(([l, p]) => [l, hex(sha256(p))]));
const texts = (read: { entries: readonly Greeting[] }) => read.entries.map((e) => e.text);

test('All packs are fetched whole, whatever language is read, by requests with nothing of the person in them, and kept while they are the app’s own', async () => {
  const packs = { en: encodePack('en', [one('Good night.')]), de: encodePack('de', [one('Gute Nacht.')]), he: encodePack('he', [one('לילה טוב')]) };
  const { engine, asked } = await browserWith(packs);
  const current = digest(packs);
  const [german, english] = await Promise.all([engine.greetings('de', current), engine.greetings('en', current)]);
  expect([texts(german), texts(english)]).toEqual([['Gute Nacht.'], ['Good night.']]);
  await engine.greetings('he', current);
  expect(asked.map((a) => [a.url, a.init.method, a.init.headers, a.init.credentials, a.init.body])).toEqual(
    ['de', 'en', 'he'].map((l) => [`${server.url}/greetings/candor-${l}.pack`, 'GET', {}, 'omit', null]),
  );
  const lines = (await engine.ledger(Number.MAX_SAFE_INTEGER, 10)).map((l) => JSON.parse(l)).filter((l) => l.ev === 'out');
  expect(lines.map((l) => [l.purpose, l.kind, l.consent, l.body])).toEqual(Array.from({ length: 3 }, () => ['shelf', 'none', -1, 0]));
  // A new version of the app has another German pack.
  packs.de = encodePack('de', [one('Schlaf gut.')], 'candor', 2);
  expect(texts(await engine.greetings('en', digest(packs)))).toEqual(['Good night.']);
  expect(asked.slice(3).map((a) => a.url)).toEqual([`${server.url}/greetings/candor-de.pack`]);
  expect(texts(await engine.greetings('de', digest(packs)))).toEqual(['Schlaf gut.']);
  expect(asked.length).toBe(4);
  await engine.close();
});

test('A pack that is refused replaces nothing, and the first one that is refused shows nothing', async () => {
  const good = encodePack('de', [one('Gute Nacht.')], 'candor', 2);
  const packs: Record<string, Uint8Array<ArrayBuffer>> = { de: good.slice(1), en: encodePack('en', [one('Good night.')]) };
  const { engine, net } = await browserWith(packs);
  const current = { de: 'of another build', en: digest(packs).en! };
  await expect(engine.greetings('de', current)).rejects.toMatchObject({ code: 'greetings-refused', detail: 'bad-size' });
  // The others are not harmed by it.
  expect(texts(await engine.greetings('en', current))).toEqual(['Good night.']);
  delete packs.de;
  await expect(engine.greetings('de', current)).rejects.toMatchObject({ code: 'greetings-refused', detail: 'not-found' });
  net.cut = true;
  await expect(engine.greetings('de', current)).rejects.toMatchObject({ code: 'greetings-not-here' });
  net.cut = false;
  packs.de = good;
  await engine.greetings('de', current);
  const bent = good.slice();
  bent[good.length - 1] = 1;
  for (const [bad, why] of [
    [bent, 'bad-size'],
    [encodePack('en', [one('Good night.')], 'candor', 3), 'other-language'],
    [encodePack('de', [one('Alt.')], 'candor', 1), 'older'],
    [null, 'not-found'],
  ] as const) {
    if (bad) packs.de = bad;
    else delete packs.de;
    const read = await engine.greetings('de', current);
    expect([texts(read), read.refused]).toEqual([['Gute Nacht.'], why]);
  }
  net.cut = true;
  expect(await engine.greetings('de', current)).toMatchObject({ refused: '' });
  await expect(engine.greetings('../v1', current)).rejects.toMatchObject({ code: 'no-such-record' });
  await expect(engine.greetings('fr', current)).rejects.toMatchObject({ code: 'no-such-record' });
  await engine.close();
});
