import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { enter, expectQuiet, launch, nav, open, PHONE, shot, type Tab } from './harness';
import { picture } from './sample';

let server: Server;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  const words = join(server.folder, 'words');
  writeFileSync(words, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('laptop', 'join', server.url, '--name', 'laptop', '--words-from', words, '--yes');
  await server.candor('laptop', 'on', 'photos', '--yes');
  tab = await open(browser, server.url);
  await enter(tab.page, readFileSync(words, 'utf8'), ['Photos']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('A real HEIC picture goes up bit for bit, and where the browser cannot decode it the page says that there is no preview here', async () => {
  const { page } = tab;
  const [png, heic] = ['IMG_1.png', 'IMG_1.HEIC'].map((n) => join(server.folder, n)) as [string, string];
  writeFileSync(png, picture(600, 450, 3));
  execFileSync('heif-enc', ['-q', '60', '-o', heic, png], { stdio: 'ignore' });
  const bytes = readFileSync(heic);
  expect(bytes.toString('latin1', 4, 12)).toBe('ftypheic');
  await nav(page, 'Photos');
  await page.locator('input[type=file]').first().setInputFiles({ name: 'IMG_1.HEIC', mimeType: 'image/heic', buffer: bytes });
  await page.locator('.upload-bar').getByText('One photo is safe on your server').waitFor({ timeout: 90_000 });
  await page.locator('.upload-bar').getByRole('button', { name: 'Close' }).click();
  const tile = page.getByRole('button', { name: /^IMG_1\.HEIC, .*No preview here$/ });
  await tile.getByText('No preview here').waitFor();
  await shot(page, 'heic-desk');
  await page.setViewportSize(PHONE);
  await shot(page, 'heic-phone');
  await tile.click();
  await page.getByText('This browser cannot show it').waitFor();
  await page.keyboard.press('Escape');
  const folder = join(server.folder, 'laptop-folder');
  mkdirSync(folder);
  await server.candor('laptop', 'sync', folder);
  const [found] = readdirSync(join(folder, 'photos'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  expect(readFileSync(join(found!.parentPath, found!.name)).equals(bytes)).toBe(true);
  expectQuiet(tab, server.url);
});
