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
  /** An answer in the server's place. */
  instead: (url: string) => Response | null = () => null;
  readonly wire: Wire = async (url, init) => {
    if (this.cut) throw new TypeError('cut');
    const made = this.instead(url);
    if (made) return made;
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

const cardOf = (name: string, ...lines: string[]) =>
  ['BEGIN:VCARD', 'VERSION:3.0', `UID:${name}`, `FN:${name}`, ...lines, 'END:VCARD', ''].join('\r\n');

test('A file of cards that comes in without a network is kept in parts, known again, and sent', async () => {
  const { net, database, engine } = await scene();
  const size = engine.overview().size;
  const names = Array.from({ length: 450 }, (_, i) => `Person ${i}`);
  await engine.importCards(cardOf('Person 0', 'TEL:1'));
  net.cut = true;
  const file = names.map((n) => cardOf(n)).join('');
  expect(await engine.importCards(file)).toEqual({ added: 449, changed: 1, same: 0, unread: 0 });
  expect(await engine.importCards(file)).toEqual({ added: 0, changed: 0, same: 450, unread: 0 });
  expect(engine.contacts()).toHaveLength(450);
  expect(engine.waiting()).toHaveLength(3);
  await engine.close();
  const again = await opened(net, database);
  expect(again.engine.contacts()).toHaveLength(450);
  net.cut = false;
  again.engine.wake();
  await until(() => again.engine.waiting().length === 0, 'all was sent');
  expect(again.engine.overview().kinds[0]).toMatchObject({ count: 450, unread: 0 });
  // The first, and the parts of 200: those that fit go in one commit.
  expect(again.engine.overview().size).toBeLessThanOrEqual(size + 4);
  await again.engine.close();
});

test('A joining without a network is one change: it waits whole, is undone whole, and is given up whole', async () => {
  const { net, engine } = await scene();
  await engine.importCards(cardOf('Ada', 'TEL:020 7946 0001') + cardOf('Countess', 'TEL:020 7946 0001', 'EMAIL:c@example.org'));
  const [ada, countess] = ['Ada', 'Countess'].map((n) => engine.contacts().find((c) => c.name === n)!.record) as [string, string];
  const size = engine.overview().size;
  net.cut = true;
  await engine.joinContacts([ada, countess]);
  expect(engine.contacts().map((c) => [c.name, c.email])).toEqual([['Ada', ['c@example.org']]]);
  expect(new Set(engine.waiting().map((w) => w.n)).size).toBe(1);
  expect((await engine.history(1, ada)).map((v) => [v.waits, v.isHead])).toEqual([
    [true, true],
    [false, false],
  ]);
  // Given up: nothing of it stays.
  await engine.giveUp(engine.waiting()[0]!.n);
  expect(engine.contacts().map((c) => c.name)).toEqual(['Ada', 'Countess']);
  expect(engine.waiting()).toEqual([]);
  await engine.joinContacts([ada, countess]);
  await engine.undoJoin();
  expect(engine.contacts().map((c) => [c.name, c.email])).toEqual([
    ['Ada', []],
    ['Countess', ['c@example.org']],
  ]);
  net.cut = false;
  engine.wake();
  await until(() => engine.waiting().length === 0, 'all was sent');
  // The joining is in the log, and what undid it.
  expect(engine.overview().size).toBe(size + 2);
  expect(engine.contacts().map((c) => c.name)).toEqual(['Ada', 'Countess']);
  expect((await engine.history(1, countess)).map((v) => v.removed)).toEqual([false, true, false]);
  await engine.close();
});

test('An earlier version is brought back without a network, and of what was just edited the history has what waits', async () => {
  const { net, engine } = await scene();
  const edit = { tags: [], pinned: false, archived: false };
  const note = await engine.saveNote(null, { ...edit, body: 'one\n' });
  net.cut = true;
  await engine.saveNote(note, { ...edit, body: 'two\n' });
  const rows = await engine.history(2, note);
  expect(await Promise.all(rows.map((r) => engine.versionText(2, note, r.place)))).toEqual(['two\n', 'one\n']);
  await engine.putBack(2, [{ record: note, place: rows[1]!.place }]);
  expect((await engine.note(note)).fields.body).toBe('one\n');
  const fresh = await engine.saveNote(null, { ...edit, body: 'new\n' });
  expect((await engine.history(2, fresh)).map((r) => r.waits)).toEqual([true]);
  net.cut = false;
  engine.wake();
  await until(() => engine.waiting().length === 0, 'all was sent');
  expect(await engine.history(2, note)).toHaveLength(3);
  await engine.close();
});

test('A part that the server refuses for good is said, and what is behind it is not kept', async () => {
  const refused = new Response(JSON.stringify({ type: 'urn:candor:error:quota-exceeded', status: 507 }), {
    status: 507,
    headers: { 'Content-Type': 'application/problem+json' },
  });
  const file = Array.from({ length: 1400 }, (_, i) => cardOf(`Person ${i}`)).join('');
  for (let tries = 1; ; tries++) {
    const { net, engine } = await scene();
    let pushes = 0;
    net.instead = (url) => (url.endsWith('/commits') && ++pushes > 1 ? refused.clone() : null);
    const began = Date.now();
    const said: unknown = await engine.importCards(file).catch((e: unknown) => e);
    // A person waits four seconds for the server. A busy machine that takes longer for the first thousand cards is asked again.
    if (!(said instanceof Error) && Date.now() - began > 4000 && tries < 6) {
      await engine.close();
      continue;
    }
    expect(said).toMatchObject({ code: 'quota-exceeded' });
    expect(engine.waiting()).toEqual([]);
    // What the first commit took: whole parts.
    const taken = engine.contacts().length;
    expect([taken > 0, taken < 1400, taken % 200]).toEqual([true, true, 0]);
    await engine.close();
    return;
  }
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
