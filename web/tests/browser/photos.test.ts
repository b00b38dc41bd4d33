import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jpeg, mp4 } from '../pictures';
import { Server } from '../server/harness';
import { hearAsked, heard, makeFilm, playFrom } from './film';
import { DESK, enter, expectQuiet, launch, nav, open, PHONE, shot, still, type Tab } from './harness';
import { picture } from './sample';

let server: Server;
let browser: Browser;
let tab: Tab;
let page: Page;
const film = mp4(300);
/** What a person has on their disk: pictures that the browser decodes, and files that it does not. */
const disk: Record<string, Buffer> = {
  ...Object.fromEntries(
    Array.from({ length: 24 }, (_, i) => [`IMG_20${24 + (i % 3)}0${1 + (i % 9)}1${i % 10}_10111${i % 10}.png`, picture(600, 450, i)]),
  ),
  'IMG_camera.jpg': jpeg(),
  'PXL_motion.jpg': jpeg({ film }),
};

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  const words = join(server.folder, 'words');
  writeFileSync(words, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('laptop', 'join', server.url, '--name', 'laptop', '--words-from', words, '--yes');
  await server.candor('laptop', 'on', 'photos', '--yes');
  tab = await open(browser, server.url);
  page = tab.page;
  await enter(page, readFileSync(words, 'utf8'), ['Photos']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const tiles = () => page.locator('.tile');
const isSafe = async (count: number) => {
  await page
    .locator('.upload-bar')
    .getByText(count === 1 ? 'One photo is safe on your server' : `${count} photos are safe on your server`)
    .waitFor({ timeout: 90_000 });
  await page.locator('.upload-bar').getByRole('button', { name: 'Close' }).click();
};
const restore = async (): Promise<Map<string, Buffer>> => {
  const folder = join(server.folder, 'laptop-folder');
  mkdirSync(folder, { recursive: true });
  await server.candor('laptop', 'sync', folder);
  const files = readdirSync(join(folder, 'photos'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  return new Map(files.map((f) => [f.name, readFileSync(join(f.parentPath, f.name))]));
};

test('Photos come in by the picker and by being dropped, with previews made here, and a laptop restores them bit for bit', async () => {
  await nav(page, 'Photos');
  await page.getByText('No photos yet').waitFor();
  await shot(page, 'photos-empty-desk');
  const all = Object.entries(disk);
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(all.slice(0, 20).map(([name, buffer]) => ({ name, mimeType: name.endsWith('png') ? 'image/png' : 'image/jpeg', buffer })));
  await page.locator('.upload-bar').waitFor();
  await isSafe(20);
  const data = await page.evaluateHandle(
    (files) => {
      const transfer = new DataTransfer();
      for (const [name, base64] of files) transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      return transfer;
    },
    all.slice(20).map(([name, buffer]) => [name, buffer.toString('base64')] as const),
  );
  await page.dispatchEvent('#main', 'dragenter', { dataTransfer: data });
  await page.getByText('Let go').waitFor();
  await page.dispatchEvent('#main', 'drop', { dataTransfer: data });
  await isSafe(6);
  const restored = await restore();
  for (const [name, bytes] of all) expect([name, restored.get(name)?.equals(bytes)]).toEqual([name, true]);
  await expect.poll(() => page.locator('.view-head .count').textContent()).toBe('26 photos');
  await expect.poll(() => page.locator('.tile img').count()).toBeGreaterThan(8);
});

test('A photo is looked at closely: by the keys, by two fingers, and what it says of itself', async () => {
  await tiles().first().click();
  const shown = page.locator('.picture img');
  await expect.poll(() => shown.evaluate((i) => (i instanceof HTMLImageElement ? i.naturalWidth : 0))).toBe(600);
  const scale = () => shown.evaluate((i) => new DOMMatrix(getComputedStyle(i).transform).a);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await expect.poll(scale).toBeCloseTo(2.25);
  await page.keyboard.press('0');
  await expect.poll(scale).toBe(1);
  await page.locator('.picture').evaluate((box) => {
    const at = (type: string, pointerId: number, x: number) =>
      box.dispatchEvent(new PointerEvent(type, { pointerId, clientX: x, clientY: 400, bubbles: true }));
    at('pointerdown', 1, 600);
    at('pointerdown', 2, 700);
    at('pointermove', 2, 900);
    at('pointerup', 2, 900);
    at('pointerup', 1, 600);
  });
  await expect.poll(scale).toBeGreaterThan(2);
  await page.keyboard.press('0');
  await page.keyboard.press('f');
  await page.getByRole('button', { name: 'No favourite any more' }).waitFor();
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.querySelector('.virtual')!.scrollTo(0, 1e6));
  await page.getByRole('button', { name: /IMG_camera\.jpg/ }).click();
  await page.locator('.picture').waitFor();
  await page.keyboard.press('i');
  await page.getByText('59.908333, 10.750000').waitFor();
  await page.getByText('59° 54′ 30.0″ N').waitFor();
  await page.locator('.globe circle').waitFor();
  await still(page);
  await shot(page, 'photo-info-desk');
  await page.setViewportSize(PHONE);
  await shot(page, 'photo-info-phone');
  await page.setViewportSize(DESK);
  await page.keyboard.press('Escape');
});

test('Photos that are selected go into an album; albums and favourites are shown by themselves', async () => {
  await page.evaluate(() => document.querySelector('.virtual')!.scrollTo(0, 0));
  await page.getByRole('button', { name: 'Select photos' }).click();
  for (const i of [1, 2, 3]) await tiles().nth(i).click();
  await page.getByText('3 selected').waitFor();
  await shot(page, 'photos-select-desk');
  await page.getByRole('button', { name: 'Add to an album' }).click();
  await page.getByLabel('New album').fill('Fjord');
  await still(page);
  await shot(page, 'album-desk');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('button', { name: 'Fjord' }).click();
  await expect.poll(() => tiles().count()).toBe(3);
  await page.getByRole('button', { name: 'Favourites' }).click();
  await expect.poll(() => tiles().count()).toBe(1);
  await page.getByRole('button', { name: 'All', exact: true }).click();
});

test('Removed photos go to the bin with their previews, and come back', async () => {
  const before = await page.locator('.view-head .count').textContent();
  await page.getByRole('button', { name: 'Select photos' }).click();
  for (const i of [4, 5]) await tiles().nth(i).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => page.locator('.view-head .count').textContent()).toBe('24 photos');
  await page.getByRole('button', { name: 'Bin', exact: true }).click();
  await expect.poll(() => page.locator('.tile img').count()).toBe(2);
  await shot(page, 'photos-bin-desk');
  await tiles().first().click();
  await page.getByRole('button', { name: 'Select all' }).click();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.getByText('The bin is empty').waitFor();
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await expect.poll(() => page.locator('.view-head .count').textContent()).toBe(before);
  expect((await restore()).size).toBe(26);
});

test('Many photos are one ZIP in the downloads', async () => {
  await page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  await page.getByRole('button', { name: 'Select photos' }).click();
  await page.getByRole('button', { name: 'Select all' }).first().click();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  const bytes = readFileSync(await saved.path());
  for (const [name, data] of Object.entries(disk)) {
    expect(bytes.includes(name)).toBe(true);
    expect([name, bytes.includes(data)]).toEqual([name, true]);
  }
  await page.getByRole('button', { name: 'Stop selecting' }).click();
});

test('The strip beside the timeline goes to a month by the keys', async () => {
  const strip = page.getByRole('slider', { name: 'Go to a month' });
  await strip.focus();
  await page.keyboard.press('End');
  await expect.poll(() => page.locator('.virtual').evaluate((e) => e.scrollTop)).toBeGreaterThan(200);
  const there = await strip.getAttribute('aria-valuetext');
  await shot(page, 'photos-scrub-desk');
  await page.keyboard.press('Home');
  await expect.poll(() => strip.getAttribute('aria-valuetext')).not.toBe(there);
});

test('A film is played from parts of it, and the film inside of a motion photo is exactly that', { timeout: 180_000 }, async () => {
  // A film that this browser made: noise, so that it has many bytes.
  const base64 = await page.evaluate(makeFilm, { frames: 80, stepMs: 125, noise: 20_000_000 });
  const made = Buffer.from(base64, 'base64');
  // From a file: its many bytes take no way through the debugger, which is long on a busy machine.
  const filmed = join(server.folder, 'VID_20990101_101112.webm');
  writeFileSync(filmed, made);
  await page.locator('input[type=file]').first().setInputFiles(filmed);
  await isSafe(1);
  await page.evaluate(hearAsked);
  await page
    .getByRole('button', { name: /VID_20990101/ })
    .first()
    .click();
  const video = page.locator('.picture video');
  expect(await video.getAttribute('src')).toMatch(/^\/stream\//);
  const played = await video.evaluate(playFrom, 0.7);
  expect(played.length).toBeCloseTo(10, 1);
  // Nothing before the place that the player was sent to was played, and it went on from there.
  expect(played.earliest).toBeGreaterThan(6.9);
  expect(played.reached).toBeGreaterThan(7.2);
  // Its bytes were asked for by their position: those in between were left out.
  const asked = await page.evaluate(heard);
  const behind = asked.findIndex((a) => a.at > made.length / 2);
  expect(behind).toBeGreaterThan(0);
  const first = asked.slice(0, behind);
  expect(Math.max(...first.map((a) => a.at + a.length))).toBeLessThan(asked[behind]!.at);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await page.evaluate(() => document.querySelector('.virtual')!.scrollTo(0, 1e6));
  await page.getByRole('button', { name: /PXL_motion/ }).click();
  await page.getByRole('button', { name: 'Play its film' }).waitFor();
  const record = decodeURIComponent(new URL(page.url()).hash.split('/')[2]!);
  const file = disk['PXL_motion.jpg']!;
  const got = await page.evaluate(
    async ([id, start, length]) => {
      const answer = await fetch(`/stream/${id}/0/${start}/${length}/video%2Fmp4`, { headers: { Range: 'bytes=10-99' } });
      return { status: answer.status, range: answer.headers.get('content-range'), bytes: [...new Uint8Array(await answer.arrayBuffer())] };
    },
    [record, file.length - film.length, film.length] as const,
  );
  expect(got).toEqual({ status: 206, range: `bytes 10-99/${film.length}`, bytes: [...film.subarray(10, 100)] });
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.querySelector('.virtual')!.scrollTo(0, 0));
  for (const [size, name] of [
    [DESK, 'desk'],
    [PHONE, 'phone'],
  ] as const) {
    await page.setViewportSize(size);
    await page.waitForTimeout(400);
    await shot(page, `timeline-${name}`);
  }
  await page.setViewportSize(DESK);
});

test('What another app shares comes in: photos at once, cards when the person says so', async () => {
  const before = Number((await page.locator('.view-head .count').textContent())!.split(' ')[0]);
  const status = await page.evaluate(
    async (base64) => {
      const form = new FormData();
      form.append('files', new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'shared.png', { type: 'image/png' }));
      form.append('files', new File(['BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n'], 'ada.vcf', { type: 'text/vcard' }));
      return (await fetch('/share', { method: 'POST', body: form })).status;
    },
    picture(600, 450, 99).toString('base64'),
  );
  expect(status).toBe(200);
  await page.evaluate(() => {
    location.hash = '#/inbox';
  });
  await page.getByRole('heading', { name: 'shared.png' }).waitFor();
  await page.getByRole('heading', { name: 'ada.vcf' }).waitFor();
  await page.getByRole('button', { name: 'Bring in' }).waitFor();
  await isSafe(1);
  await shot(page, 'inbox-desk');
  await nav(page, 'Photos');
  await expect.poll(() => page.locator('.view-head .count').textContent()).toBe(`${before + 1} photos`);
});

test('Without its server the page opens again, with what is kept here', async () => {
  await server.halt();
  await page.reload();
  await expect.poll(() => page.locator('.tile img').count()).toBeGreaterThan(8);
  await server.resume();
  expectQuiet({ ...tab, complaints: tab.complaints.filter((c) => !c.includes('ERR_CONNECTION_REFUSED')) }, server.url);
});
