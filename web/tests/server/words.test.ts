import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Engine } from '../../src/engine/engine';
import { unhex } from '../../src/protocol/bytes';
import { sha256 } from '../../src/protocol/hash';
import { browser, Server, wire } from './harness';

let server: Server;
let engine: Engine;
let words = '';
let accountSecret = '';
beforeAll(async () => {
  server = await Server.start();
  ({ engine } = await browser(server.url));
  words = engine.newWords();
  await engine.found(words, 'Browser', '', null);
  for (const kind of [1, 2, 3] as const) await engine.turnOn(kind, '', 'shown');
});
afterAll(async () => {
  await engine.close();
  await server.stop();
});

const card = (...lines: string[]) => `BEGIN:VCARD\r\n${lines.map((l) => `${l}\r\n`).join('')}END:VCARD\r\n`;

test('A file of cards of three versions comes in once, whatever it says of itself, and goes out byte for byte', async () => {
  const old = card('VERSION:2.1', 'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Eva', 'TEL;CELL:1');
  const three = card('VERSION:3.0', 'UID:b', 'FN:Bob', 'X-KEEP;A=1:as it is', 'TEL;TYPE=home:+44 20 7946 0001');
  const four = card('VERSION:4.0', 'UID:urn:uuid:4FBE8971-0BC3-424C-9C26-36C3E1EFF6B1', 'FN:Cleo', 'TEL;VALUE=uri;PREF=1:tel:+33-1', 'BDAY:19900131');
  const file = `${old}\r\nbetween\r\n${three}${four}${card('VERSION:3.0', 'NOTE:nobody')}`;
  expect(await engine.importCards(file)).toEqual({ added: 3, changed: 0, same: 0, unread: 1 });
  expect(await engine.importCards(file)).toEqual({ added: 0, changed: 0, same: 3, unread: 1 });
  expect(await engine.importCards(three.replace('Bob', 'Robert'))).toEqual({ added: 0, changed: 1, same: 0, unread: 0 });
  const rows = engine.contacts();
  expect(rows.map((r) => r.name)).toEqual(['Cleo', 'Eva Müller', 'Robert']);
  const all = await engine.cards(
    rows.map((r) => r.record),
    false,
  );
  expect(all).toBe(four + old + three.replace('Bob', 'Robert'));
  const in30 = await engine.cards([rows[0]!.record], true);
  expect(in30).toContain('VERSION:3.0\r\n');
  expect(in30).toContain('TEL;TYPE=pref:+33-1\r\n');
  expect(in30).toContain('BDAY:1990-01-31\r\n');
});

test('Every field can be edited; labels of the person’s own stand as Apple has them, and unknown lines stay', async () => {
  const robert = engine.contacts().find((c) => c.name === 'Robert')!.record;
  const { fields } = await engine.contact(robert);
  await engine.saveContact(
    robert,
    {
      ...fields,
      tel: [
        { value: '+44 20 7946 0001', type: 'work' },
        { value: '2', type: 'boat' },
      ],
      adr: [{ value: '', type: 'home', parts: ['', '', '1 Long; Street', 'Oslo', '', '0150', 'Norway'] }],
      anniversary: '2010-06-05',
    },
    { mediaType: 'image/jpeg', base64: 'aGVsbG8=' },
  );
  const after = await engine.contact(robert);
  expect(after.raw).toContain('X-KEEP;A=1:as it is\r\nTEL;TYPE=work:+44 20 7946 0001\r\n');
  expect(after.raw).toContain('item1.TEL:2\r\nitem1.X-ABLabel:boat\r\n');
  expect(after.raw).toContain('ADR;TYPE=home:;;1 Long\\; Street;Oslo;;0150;Norway\r\n');
  expect(after.raw).toContain('X-ANNIVERSARY:2010-06-05\r\n');
  expect(after.photo).toEqual({ mediaType: 'image/jpeg', base64: 'aGVsbG8=' });
  expect(after.fields.tel).toEqual([
    { value: '+44 20 7946 0001', type: 'work' },
    { value: '2', type: 'boat' },
  ]);
  await engine.saveContact(robert, { ...after.fields, tel: after.fields.tel.slice(0, 1) }, null);
  const third = await engine.contact(robert);
  expect(third.raw).not.toContain('item1');
  expect(third.photo).toBeNull();
});

test('Contacts that share a number are found; joining them loses no line and is undone as one', async () => {
  const more = card(
    'VERSION:3.0',
    'UID:b2',
    'FN:Bobby',
    'TEL;TYPE=work:020 7946 0001',
    'EMAIL:bobby@example.org',
    'item3.URL:http://b',
    'item3.X-ABLabel:page',
  );
  await engine.importCards(more);
  const [found, ...others] = engine.duplicates();
  expect(others).toEqual([]);
  expect(found).toMatchObject({ why: 'tel' });
  const robert = engine.contacts().find((c) => c.name === 'Robert')!.record;
  const bobby = engine.contacts().find((c) => c.name === 'Bobby')!.record;
  expect([...found!.records].sort()).toEqual([robert, bobby].sort());
  const before = (await engine.contact(robert)).raw;
  await engine.joinContacts([robert, bobby]);
  const joined = await engine.contact(robert);
  expect(joined.fields).toMatchObject({
    fn: 'Robert',
    nick: 'Bobby',
    email: [{ value: 'bobby@example.org' }],
    url: [{ value: 'http://b', type: 'page' }],
  });
  expect(joined.raw).toContain('X-KEEP;A=1:as it is\r\n');
  expect(engine.contacts().map((c) => c.name)).not.toContain('Bobby');
  await engine.undoJoin();
  expect((await engine.contact(robert)).raw).toBe(before);
  expect(engine.contacts().map((c) => c.name)).toContain('Bobby');
});

test('Every version of a note is in its history, and an earlier one comes back as a new one', async () => {
  const edit = { tags: [], pinned: false, archived: false };
  const note = await engine.saveNote(null, { ...edit, body: 'one\n' });
  await engine.saveNote(note, { ...edit, body: 'two\n' });
  const rows = await engine.history(2, note);
  expect(rows.map((r) => [r.device, r.isHead])).toEqual([
    ['Browser', true],
    ['Browser', false],
  ]);
  expect(await Promise.all(rows.map((r) => engine.versionText(2, note, r.place)))).toEqual(['two\n', 'one\n']);
  await engine.putBack(2, [{ record: note, place: rows[1]!.place }]);
  expect((await engine.note(note)).fields.body).toBe('one\n');
  expect(await engine.history(2, note)).toHaveLength(3);
});

test('An export of messages comes in once, with its pictures, and goes out byte for byte; the program has the same messages', async () => {
  const sms = '<sms address="7" date="1714564800123" type="1" body="a &gt; b" read="1" />';
  const mms =
    '<mms date="1714565000999" msg_box="1" address="+15550100001" m_id="abc" read="0"><parts><part seq="0" ct="text/plain" text="Look" /><part seq="1" ct="image/jpeg" name="i.jpg" data="aGVsbG8=" /></parts><addrs><addr address="+15550100001" type="137" charset="106" /></addrs></mms>';
  const xml = `<?xml version="1.0"?>\n<smses count="3">\n  ${sms}\n  ${sms}\n  ${mms}\n</smses>\n`;
  expect(await engine.importMessages(xml)).toEqual({ added: 3, changed: 0, same: 0, unread: 0 });
  expect(await engine.importMessages(xml)).toEqual({ added: 0, changed: 0, same: 3, unread: 0 });
  const [picture] = engine.messages('+15550100001');
  expect(picture).toMatchObject({ body: 'Look', files: [{ mediaType: 'image/jpeg', size: 5 }] });
  expect(Buffer.from((await engine.file(3, picture!.record, 0)).bytes).toString()).toBe('hello');
  expect(await engine.messageXml(engine.messageRecords(null))).toBe(`  ${sms}\n  ${sms}\n  ${mms}\n`);
  expect(await engine.messageXml(engine.messageRecords('7'))).toBe(`  ${sms}\n  ${sms}\n`);
  const file = join(server.folder, 'words');
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor('cli', 'recover', server.url, '--name', 'laptop', '--words-from', file, '--yes');
  await server.candor('cli', 'on', 'messages', '--yes');
  const folder = join(server.folder, 'folder');
  mkdirSync(join(folder, 'inbox'), { recursive: true });
  writeFileSync(join(folder, 'inbox', 'sms-1.xml'), xml);
  await server.candor('cli', 'sync', folder);
  await engine.syncNow();
  expect(engine.messageRecords(null)).toHaveLength(3);
  const out = join(server.folder, 'out');
  await server.candor('cli', 'export', out);
  const written = readdirSync(out, { recursive: true })
    .map(String)
    .filter((f) => f.endsWith('.xml'));
  expect(readFileSync(join(out, written[0]!), 'utf8')).toContain(mms);
});

test('A browser comes in by the password that the program set, with the account secret and progress; a wrong one is told apart', async () => {
  const file = join(server.folder, 'password');
  writeFileSync(file, 'correct horse battery staple', { mode: 0o600 });
  expect((await engine.kit(words)).secret).toBeNull();
  const said = await server.candor('cli', 'password', 'set', '--password-from', file, '--yes');
  const secret = /(?:[0-9A-Z]{4}-){7}[0-9A-Z]{4}/.exec(said)?.[0];
  if (!secret) throw new Error(`no secret in ${said}`);
  await engine.syncNow();
  expect((await engine.kit(words)).secret).toBe(secret);
  accountSecret = secret;
  const { engine: second, notices } = await browser(server.url);
  await expect(second.recoverByPassword('x', secret.slice(1), 'b', null)).rejects.toMatchObject({ code: 'secret-wrong-length' });
  await expect(second.recoverByPassword('correct horse', secret, 'b', null)).rejects.toMatchObject({ code: 'no-account-for-password' });
  await second.recoverByPassword('correct horse battery staple', secret.toLowerCase().replaceAll('-', ' '), 'by password', null);
  expect(notices.some((n) => n.progress?.total === 100 && n.progress.done > 0)).toBe(true);
  await second.turnOn(1, '', 'shown');
  expect(second.contacts().map((c) => c.name)).toContain('Robert');
  await second.signOut();
  expect(() => second.contacts()).toThrow();
}, 120_000);

test('A restore is tried from the words alone: it opens what is there, finds what the server lost, and knows other words', async () => {
  const done = await engine.drill(words);
  expect(done.kinds.map((k) => [k.kind, k.tried === k.opened && k.tried > 0])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
  await expect(engine.drill(engine.newWords())).rejects.toMatchObject({ code: 'other-words' });
  expect(await engine.kit(words)).toEqual({ secret: accountSecret, serverKey: expect.stringMatching(/^[0-9a-f]{4}(-[0-9a-f]{4}){7}$/) });
  await expect(engine.kit(engine.newWords())).rejects.toMatchObject({ code: 'other-words' });
  const lossy = await browser(server.url, (url, init) =>
    url.includes('/blobs/') && init.method === 'GET' ? Promise.resolve(new Response(null, { status: 404 })) : wire(url, init),
  );
  await lossy.engine.recover(words, 'lossy', null);
  await lossy.engine.turnOn(3, '', 'shown');
  const [row] = (await lossy.engine.drill(words)).kinds;
  // Of three messages one has a picture, which this server does not give.
  expect(row).toEqual({ kind: 3, all: 3, tried: 3, opened: 2 });
  await lossy.engine.close();
});

test('An erasure is announced and taken back; a server takes none before its day', async () => {
  await engine.announceErase(3);
  expect((await engine.erasures()).map((e) => e.kind)).toEqual([3]);
  expect(engine.overview().kinds[2]?.on).toBe(false);
  await engine.syncNow();
  expect((await engine.erasures()).map((e) => e.kind)).toEqual([3]);
  await engine.turnOn(3, '', 'shown');
  expect(await engine.erasures()).toEqual([]);
  expect(engine.messageRecords(null)).toHaveLength(3);
});

test('A day later it is done: bytes and keys are gone from the server, and the receipt stands in the log', async () => {
  const blobs = () => readdirSync(join(server.folder, 'data/blobs'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  const [picture] = blobs();
  const phone = await browser(server.url);
  await phone.engine.recover(words, 'phone', null);
  await phone.engine.turnOn(3, '', 'shown');
  expect(phone.engine.messageRecords(null)).toHaveLength(3);
  await engine.announceErase(3);
  const inside = 'opened';
  await server.halt();
  await server.resume(25);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 3600 * 1000 });
  try {
    await engine.syncNow();
    await phone.engine.syncNow();
    // Who turns the kind on again begins it anew: what there was is gone for them too.
    await phone.engine.turnOn(3, '', 'shown');
    const { account, api } = phone.engine[inside]!;
    await expect(api.blob(account.id, 3, unhex(picture!.name))).rejects.toMatchObject({ code: 'erased' });
    const log = await Promise.all(Array.from({ length: account.size }, (_, i) => account.commitAt(i)));
    const receipt = log.flatMap((c) => c!.operations).find((o) => o.op === 'erase');
    expect(receipt).toMatchObject({ kind: 3, blobCount: 1, hash: sha256(unhex(picture!.name)) });
    const begun = account.state.current.vault(3).keys.map((k) => k.epoch);
    expect(begun.every((epoch) => receipt?.op === 'erase' && !receipt.epochs.includes(epoch))).toBe(true);
    // What was announced is done: who announced it does not erase what another device begins anew.
    await engine.syncNow();
    expect(await engine.erasures()).toEqual([]);
    await phone.engine.syncNow();
    expect(account.state.current.vault(3).keys.map((k) => k.epoch)).toEqual(begun);
  } finally {
    vi.useRealTimers();
  }
  expect(blobs()).toEqual([]);
  expect(await engine.erasures()).toEqual([]);
  // The receipt is one for the program too, without any network; of another entry it is none.
  expect((await engine.erased()).map((e) => e.kind)).toEqual([3]);
  const { name, entry, proof } = await phone.engine.receipt(3);
  const [file, policy] = [join(server.folder, name), join(server.folder, 'policy')];
  writeFileSync(policy, `log ${phone.engine[inside]!.row.vkey} http://127.0.0.1/log\nquorum none\n`);
  writeFileSync(`${file}.tlog-proof`, proof);
  writeFileSync(`${file}.entry`, entry);
  expect(await server.candor('none', 'receipt', 'check', `${file}.tlog-proof`, '--policy', policy)).toContain('has it as entry');
  writeFileSync(`${file}.entry`, entry.slice(1));
  await expect(server.candor('none', 'receipt', 'check', `${file}.tlog-proof`, '--policy', policy)).rejects.toMatchObject({ code: 4 });
  expect(phone.engine.messageRecords(null)).toEqual([]);
  // What was not meant is as it was.
  expect(engine.overview().kinds.map((k) => k.count > 0)).toEqual([true, true, false, false]);
  await phone.engine.close();
});
