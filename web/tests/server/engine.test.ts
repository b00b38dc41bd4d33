import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { utf8 } from '../../src/protocol/bytes';
import { readLedger } from '../../src/protocol/ledger';
import { browser, Server, until } from './harness';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

const EMPTY = { fn: '', org: '', title: '', nick: '', tel: [], email: [], adr: [], url: [], bday: '', anniversary: '', note: '', cats: [] };

test('A browser founds an account, a CLI device joins by the words, and what either writes the other has', async () => {
  const { engine } = await browser(server.url);
  const words = engine.newWords();
  await engine.found(words, 'Browser', '', null);
  await engine.turnOn(1, 'de', 'the text that was shown');
  await engine.turnOn(2, 'de', 'the text that was shown');
  const ada = await engine.saveContact(null, { ...EMPTY, fn: 'Ada Lovelace', tel: [{ value: '+44 1', type: 'cell' }] });
  await engine.saveNote(null, { body: '# Shopping\n\n- [ ] tea\n', tags: ['home'], pinned: false, archived: false });

  const wordsFile = join(server.folder, 'words');
  writeFileSync(wordsFile, words, { mode: 0o600 });
  await server.candor('cli', 'recover', server.url, '--name', 'laptop', '--words-from', wordsFile, '--yes');
  await server.candor('cli', 'on', 'contacts', 'notes', '--yes');
  const folder = join(server.folder, 'folder');
  mkdirSync(join(folder, 'contacts'), { recursive: true });
  await server.candor('cli', 'sync', folder);
  const card = readFileSync(join(folder, 'contacts', 'Ada Lovelace.vcf'), 'utf8');
  expect(card).toContain('FN:Ada Lovelace\r\n');
  expect(readFileSync(join(folder, 'notes', 'Shopping.md'), 'utf8')).toContain('- [ ] tea');

  writeFileSync(
    join(folder, 'contacts', 'Bob.vcf'),
    'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob\r\nX-KEEP;A=1:as it is\r\nTEL;TYPE=home:1\r\nEND:VCARD\r\n',
  );
  await server.candor('cli', 'sync', folder);
  const bob = await until(() => engine.contacts().find((c) => c.name === 'Bob'), 'Bob came down');
  expect(bob.tel).toEqual(['1']);
  const before = await engine.contact(bob.record);
  await engine.saveContact(bob.record, { ...before.fields, tel: [{ value: '2', type: 'home' }], org: 'Candor' });
  await server.candor('cli', 'sync', folder);
  const back = readFileSync(join(folder, 'contacts', 'Bob.vcf'), 'utf8');
  expect(back).toContain('X-KEEP;A=1:as it is\r\nTEL;TYPE=home:2\r\n');
  expect(back).toContain('ORG:Candor\r\n');

  await engine.remove(1, [ada]);
  await server.candor('cli', 'sync', folder);
  expect(readdirSync(join(folder, 'contacts'))).toEqual(['Bob.vcf']);
  await engine.bringBack(1, ada);
  await server.candor('cli', 'sync', folder);
  expect(readdirSync(join(folder, 'contacts')).sort()).toEqual(['Ada Lovelace.vcf', 'Bob.vcf']);

  const devices = await engine.devices();
  expect(devices.map((d) => [d.name, d.isThis])).toEqual([
    ['Browser', true],
    ['', false],
    ['laptop', false],
  ]);
  expect((await engine.search('love')).found[0]?.title).toBe('Ada Lovelace');
  await engine.revoke(devices[2]!.id);
  await engine.saveContact(ada, { ...(await engine.contact(ada)).fields, note: 'after the revocation' });
  await expect(server.candor('cli', 'sync', folder)).rejects.toThrow();

  const ledger = await engine.ledgerText();
  expect(readLedger(utf8(ledger))).toMatchObject({ brokenAt: 0, torn: false });
  await engine.signOut();
  expect(await engine.ledger(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
});

test('A browser comes in by the words, another is paired with it, and both read what a CLI device backed up', async () => {
  const wordsFile = join(server.folder, 'words2');
  writeFileSync(wordsFile, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', wordsFile, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', 'messages', 'photos', '--yes');
  const folder = join(server.folder, 'phone-folder');
  mkdirSync(join(folder, 'contacts'), { recursive: true });
  for (let i = 0; i < 300; i++)
    writeFileSync(join(folder, 'contacts', `c${i}.vcf`), `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u${i}\r\nFN:Person ${i}\r\nTEL:${i}\r\nEND:VCARD\r\n`);
  mkdirSync(join(folder, 'inbox'), { recursive: true });
  writeFileSync(
    join(folder, 'inbox', 'sms-1.xml'),
    '<?xml version="1.0"?>\n<smses count="1">\n<sms address="7" date="1714564800123" type="1" body="hello there" read="1" />\n</smses>\n',
  );
  // Longer than a piece of 8 MiB, and no picture that could be looked into.
  const video = Buffer.alloc(9_000_000, 'not really a video ');
  mkdirSync(join(folder, 'photos'), { recursive: true });
  writeFileSync(join(folder, 'photos', 'long.mp4'), video);
  await server.candor('phone', 'sync', folder);

  const first = await browser(server.url);
  const words = readFileSync(wordsFile, 'utf8');
  await expect(first.engine.recover(words.replace(/^\s*\w+/, 'zoo'), 'x', null)).rejects.toMatchObject({ name: 'DeviceProblem' });
  await first.engine.recover(words, 'Browser', null);
  await first.engine.turnOn(1, '', 'shown');
  expect(first.engine.contacts()).toHaveLength(300);
  expect(first.engine.contacts()[2]?.name).toBe('Person 2');

  await first.engine.turnOn(4, '', 'shown');
  const [film] = first.engine.photos();
  expect(film).toMatchObject({ size: video.length });
  for (const [at, length] of [
    [0, 10],
    [8_388_600, 20],
    [8_999_990, 100],
    [16_383, 2],
  ] as const) {
    expect(Buffer.from(await first.engine.fileAt(4, film!.record, 0, at, length)).equals(video.subarray(at, at + length))).toBe(true);
  }
  expect(Buffer.from((await first.engine.file(4, film!.record, 0)).bytes).equals(video)).toBe(true);

  const second = await browser(server.url);
  const { link } = await second.engine.pairStart('Tablet');
  const approving = first.engine.approveStart(link).then(() => first.engine.approveMeet());
  const shown = await second.engine.pairMeet();
  const there = await approving;
  expect(there).toEqual({ name: 'Tablet', words: shown });
  await Promise.all([first.engine.approveFinish(), second.engine.pairFinish(null)]);
  await second.engine.turnOn(3, '', 'shown');
  expect(second.engine.conversations()).toMatchObject([{ thread: '7', last: 'hello there', count: 1 }]);
  expect(second.engine.messages('7')).toMatchObject([{ body: 'hello there', outgoing: false }]);
  expect(second.engine.overview().kinds.map((k) => k.on)).toEqual([false, false, true, false]);

  await second.engine.turnOff(3);
  expect(second.engine.conversations()).toEqual([]);
  await expect(second.engine.saveContact(null, { ...EMPTY, fn: 'no' })).rejects.toMatchObject({ code: 'kind-off' });
});

test('Two browsers that edit one contact and one note at once have one of each, with what both wrote, and the program adds nothing', async () => {
  const first = await browser(server.url);
  const words = first.engine.newWords();
  await first.engine.found(words, 'one', '', null);
  for (const kind of [1, 2] as const) await first.engine.turnOn(kind, '', 'shown');
  const id = await first.engine.saveContact(null, { ...EMPTY, fn: 'Ada' });
  const edit = { tags: [], pinned: false, archived: false };
  const list = await first.engine.saveNote(null, { ...edit, body: '# List\n\n- tea\n- milk\n' });
  const second = await browser(server.url);
  await second.engine.recover(words, 'two', null);
  for (const kind of [1, 2] as const) await second.engine.turnOn(kind, '', 'shown');
  // Both saw the same version: the second writes without having heard of the first.
  const seen = (await second.engine.contact(id)).fields;
  await Promise.all([first.engine.saveContact(id, { ...seen, org: 'from one' }), second.engine.saveContact(id, { ...seen, note: 'from two' })]);
  await Promise.all([
    first.engine.saveNote(list, { ...edit, body: '# List\n\n- green tea\n- milk\n' }),
    second.engine.saveNote(list, { ...edit, body: '# List\n\n- tea\n- milk\n- bread\n' }),
  ]);
  await until(async () => {
    await Promise.all([first.engine.syncNow(), second.engine.syncNow()]);
    const found = await Promise.all([first, second].flatMap((b) => [b.engine.contact(id), b.engine.note(list)]));
    return found.every((f) => f.versions === 1);
  }, 'one version of each on both');
  const [one, two] = [await first.engine.contact(id), await second.engine.contact(id)];
  expect(one.raw).toBe(two.raw);
  expect(one.fields).toMatchObject({ org: 'from one', note: 'from two' });
  expect((await second.engine.note(list)).fields.body).toBe('# List\n\n- green tea\n- milk\n- bread\n');
  const file = join(server.folder, 'words3');
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor('third', 'recover', server.url, '--name', 'three', '--words-from', file, '--yes');
  await server.candor('third', 'on', 'contacts', 'notes', '--yes');
  const folder = join(server.folder, 'third-folder');
  mkdirSync(folder);
  await server.candor('third', 'sync', folder);
  expect(readFileSync(join(folder, 'contacts', 'Ada.vcf'), 'utf8')).toBe(one.raw);
  expect(readFileSync(join(folder, 'notes', 'List.md'), 'utf8')).toContain('- green tea\n- milk\n- bread\n');
});

test('A browser that was given a time forgets everything when it is over', async () => {
  // Where a busy machine takes longer than the short time for what is done in it, a long one.
  for (const time of [1500, 30_000]) {
    const { engine, notices } = await browser(server.url);
    const over = Date.now() + time;
    try {
      await engine.found(engine.newWords(), 'short', '', over);
      await engine.turnOn(1, '', 'shown');
      await engine.saveContact(null, { ...EMPTY, fn: 'Ada' });
    } catch (e) {
      if (time === 1500 && Date.now() >= over) continue;
      throw e;
    }
    await until(() => notices.some((n) => n.problem === 'expired'), 'it says that it is over');
    expect(() => engine.contacts()).toThrow();
    expect(await engine.ledger(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    return;
  }
});

test('A browser shows the device that people announced, and stops it', async () => {
  const { engine } = await browser(server.url);
  const words = engine.newWords();
  await engine.found(words, 'Browser', '', null);
  const wordsFile = join(server.folder, 'words-people');
  writeFileSync(wordsFile, words, { mode: 0o600 });
  await server.candor('owner', 'recover', server.url, '--name', 'laptop', '--words-from', wordsFile, '--yes');
  const { shares } = JSON.parse(await server.candor('owner', 'people', 'set', '2', '3', '--json')) as { shares: string[] };
  await until(() => engine.overview().hasPeople, 'the browser knows of the people');
  expect((await engine.devices()).map((d) => [d.type, d.name])).toContainEqual([5, '2 of 3']);
  expect(engine.overview().coming).toBeNull();
  expect(await engine.object()).toBe(false);

  const files = shares.slice(1).map((share, i) => {
    const file = join(server.folder, `share-${i}`);
    writeFileSync(file, share, { mode: 0o600 });
    return file;
  });
  const comeIn = () => server.candor('newcomer', 'recover', server.url, '--people', ...files.flatMap((f) => ['--share-from', f]), '--name', 'new');
  const from = Date.now();
  await comeIn();
  const coming = await until(() => engine.overview().coming, 'the announcement is shown');
  expect(coming.until).toBeGreaterThanOrEqual(from + 72 * 3600 * 1000 - 1000);
  expect(coming.until).toBeLessThanOrEqual(Date.now() + 72 * 3600 * 1000);
  expect(await engine.object()).toBe(true);
  expect(engine.overview().coming).toBeNull();
  await expect(comeIn()).rejects.toThrow(/objected/);
  // Nothing is forgotten with the page: what was said is in the log, and the next announcement is shown again.
  await comeIn();
  await until(() => engine.overview().coming, 'the second announcement is shown');
});
