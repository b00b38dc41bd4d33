import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Desk } from '../../src/engine/desk';
import { Engine } from '../../src/engine/engine';
import type { Wire } from '../../src/engine/gate';
import type { Notice } from '../../src/engine/rpc';
import { heic, jpeg, mp4 } from '../pictures';
import { Server, until, wire } from './harness';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());

const file = (name: string, bytes: Buffer) => new File([new Uint8Array(bytes)], name, { lastModified: Date.UTC(2024, 5, 1) });

test('Photos that a browser brings are restored bit for bit by a device with the program, in the month in which they were taken', async () => {
  const { engine, notices } = await opened(wire, 'upload-1');
  const words = engine.newWords();
  await engine.found(words, 'browser', '', null);
  await engine.turnOn(4, 'de', 'shown');
  const files = {
    'IMG_1.jpg': jpeg(),
    'IMG_2.HEIC': heic(),
    'VID_3.mp4': mp4(9_000_000),
    'PXL_4.jpg': jpeg({ film: mp4(500) }),
    'empty.jpg': Buffer.alloc(0),
  };
  await engine.upload(Object.entries(files).map(([name, bytes]) => ({ file: file(name, bytes) })));
  await until(() => notices.at(-1)?.uploads?.done === 5 && notices.at(-1)?.waiting === 0, 'all are sent');
  expect(notices.at(-1)?.uploads).toMatchObject({ files: 5, known: 0, failed: [], lost: 0 });
  expect(
    engine
      .photos()
      .map((p) => p.name)
      .sort(),
  ).toEqual(['2024/05/IMG_1.jpg', '2024/05/IMG_2.HEIC', '2024/05/PXL_4.jpg', '2024/05/VID_3.mp4', '2024/06/empty.jpg']);

  const folder = await restored(words, 'restore-1');
  for (const [name, bytes] of Object.entries(files)) {
    const month = name === 'empty.jpg' ? '06' : '05';
    expect([name, readFileSync(join(folder, 'photos', '2024', month, name)).equals(bytes)]).toEqual([name, true]);
  }

  // The same files again, under other names: they are known.
  await engine.upload(Object.entries(files).map(([name, bytes]) => ({ file: file(`copy of ${name}`, bytes) })));
  await until(() => notices.at(-1)?.uploads?.known === 5, 'all are known');
  expect(engine.photos()).toHaveLength(5);
  await engine.close();
});

test('An upload that is cut goes on behind a restart, and sends no piece twice', async () => {
  const put: string[] = [];
  let cut = false;
  const through: Wire = async (url, init) => {
    const isPiece = init.method === 'PUT' && url.includes('/blobs/photos/');
    // The first piece gets there, and its answer too; then the network is gone.
    if (isPiece && !cut && put.length === 1 && put[0] !== 'counted') cut = true;
    if (cut) throw new TypeError('cut');
    if (isPiece) put.push(url.slice(-64));
    return wire(url, init);
  };
  const { engine } = await opened(through, 'upload-2');
  const words = engine.newWords();
  await engine.found(words, 'browser', '', null);
  await engine.turnOn(4, 'de', 'shown');
  const film = mp4(20_000_000);
  await engine.upload([{ file: file('long.mp4', film) }]);
  await until(() => cut && engine.waiting().length === 1, 'the first piece is there');
  expect(engine.photos()).toMatchObject([{ size: film.length }]);
  // What is not sent yet can be looked at.
  const [photo] = engine.photos();
  expect(Buffer.from(await engine.fileAt(4, photo!.record, 0, 8_388_600, 20)).equals(film.subarray(8_388_600, 8_388_620))).toBe(true);
  await engine.close();
  const first = put[0];
  cut = false;
  put.splice(0);
  put.push('counted');

  const again = await opened(through, 'upload-2');
  await until(() => again.notices.at(-1)?.waiting === 0 && again.engine.photos().length === 1, 'it is sent');
  expect(put.slice(1)).toHaveLength(2);
  expect(put).not.toContain(first);
  const folder = await restored(words, 'restore-2');
  const [month] = readdirSync(join(folder, 'photos', '2024'));
  expect(readFileSync(join(folder, 'photos', '2024', month!, 'long.mp4')).equals(film)).toBe(true);
  await again.engine.close();
});

test('What a browser says of a photo stays when a device with the program writes the record anew, even what that does not understand', async () => {
  const { engine } = await opened(wire, 'upload-4');
  const words = engine.newWords();
  await engine.found(words, 'browser', '', null);
  await engine.turnOn(4, 'de', 'shown');
  await engine.upload([{ file: file('IMG_1.jpg', jpeg({ salt: 'kept' })) }]);
  const { record } = await until(() => engine.photos()[0], 'it is there');
  await engine.editPhotos([record], { favourite: true, addAlbum: 'Fjord', caption: 'By the water' });
  const desk = (engine as unknown as { here: { desk: Desk } }).here.desk;
  const content = await desk.contentOf(4, record);
  await desk.change(4, [{ record, content: { ...content, view: new Map(content.view).set('x-later', 7) } }]);
  const folder = await restored(words, 'restore-4');
  renameSync(join(folder, 'photos', '2024', '05', 'IMG_1.jpg'), join(folder, 'photos', '2024', '05', 'fjord.jpg'));
  await server.candor('restore-4', 'sync', folder);
  await until(() => engine.photos().some((p) => p.name.endsWith('fjord.jpg')), 'the new name came');
  expect(engine.photos()).toMatchObject([{ record, favourite: true, albums: ['Fjord'], caption: 'By the water' }]);
  expect((await desk.contentOf(4, record)).view.get('x-later')).toBe(7);
  await engine.close();
});

test('A person stops the sending and goes on: meanwhile other changes are sent, and the stop outlives a restart', async () => {
  const { engine } = await opened(wire, 'upload-3');
  await engine.found(engine.newWords(), 'browser', '', null);
  await engine.turnOn(4, 'de', 'shown');
  await engine.turnOn(2, 'de', 'shown');
  await engine.pauseUploads(true);
  await engine.upload([{ file: file('a.jpg', jpeg({ salt: 'a' })) }]);
  await engine.saveNote(null, { body: '# While it waits\n', tags: [], pinned: false, archived: false });
  expect(engine.waiting()).toEqual([]);
  expect(engine.photos()).toEqual([]);
  await engine.close();
  const again = await opened(wire, 'upload-3');
  await until(() => again.notices.at(-1)?.uploads?.paused, 'it says that it is stopped, and what was not read');
  expect(again.notices.at(-1)?.uploads?.lost).toBe(1);
  await again.engine.upload([{ file: file('a.jpg', jpeg({ salt: 'a' })) }]);
  await again.engine.pauseUploads(false);
  await until(() => again.engine.photos().length === 1 && again.engine.waiting().length === 0, 'it is sent');
  await again.engine.close();
});

async function opened(through: Wire, database: string) {
  const notices: Notice[] = [];
  const engine = new Engine(server.url, (n) => notices.push(n), { wire: through, database });
  await engine.start();
  return { engine, notices };
}

async function restored(words: string, name: string): Promise<string> {
  const wordsFile = join(server.folder, `${name}-words`);
  writeFileSync(wordsFile, words, { mode: 0o600 });
  await server.candor(name, 'recover', server.url, '--name', name, '--words-from', wordsFile, '--yes');
  await server.candor(name, 'on', 'photos', '--yes');
  const folder = join(server.folder, `${name}-folder`);
  mkdirSync(folder);
  await server.candor(name, 'sync', folder);
  expect(statSync(folder).isDirectory()).toBe(true);
  return folder;
}
