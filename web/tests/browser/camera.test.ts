import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { encodeQR } from 'qr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { enter, expectQuiet, launch, open, PHONE, shot } from './harness';

let server: Server;
let words = '';
const browsers: Browser[] = [];

beforeAll(async () => {
  server = await Server.start();
  words = await server.candor('none', 'words');
  const file = join(server.folder, 'words');
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', file, '--yes');
}, 60_000);
afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await server?.stop();
});

const [WIDTH, HEIGHT] = [640, 480];

/** What a camera sees that is held at a screen with this code: grey around it, not quite in the middle. YUV4MPEG2, 4:2:0. */
function film(text: string): Buffer {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
  const dot = Math.floor((HEIGHT - 40) / rows.length);
  const luma = Buffer.alloc(WIDTH * HEIGHT, 90);
  rows.forEach((row, y) => {
    row.forEach((dark, x) => {
      for (let i = 0; i < dot; i++)
        luma.fill(dark ? 30 : 220, (25 + y * dot + i) * WIDTH + 90 + x * dot, (25 + y * dot + i) * WIDTH + 90 + (x + 1) * dot);
    });
  });
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420mpeg2\n`), ...Array.from({ length: 5 }, () => frame)]);
}

test('The camera reads the code of a new device: no code is typed, and both show the same four words', async () => {
  const plain = await launch();
  browsers.push(plain);
  const theirs = await open(plain, server.url);
  await theirs.page.getByText('Join from another device').click();
  await theirs.page.getByRole('button', { name: 'Continue' }).click();
  await theirs.page.locator('.qr').waitFor();
  const file = join(server.folder, 'camera.y4m');
  writeFileSync(file, film((await theirs.page.locator('details .mono').textContent())!));

  const seeing = await launch('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${file}`);
  browsers.push(seeing);
  const ours = await open(seeing, server.url, PHONE);
  await ours.context.grantPermissions(['camera']);
  await enter(ours.page, words, []);
  await ours.page.getByRole('button', { name: 'More' }).click();
  await ours.page.getByRole('link', { name: 'Devices' }).click();
  await ours.page.getByRole('button', { name: 'Let a device in' }).click();
  await ours.page.getByRole('button', { name: 'Scan its code with the camera' }).click();
  await ours.page.locator('dialog .words.four li').first().waitFor();
  await theirs.page.locator('.words.four li').first().waitFor();
  expect(await ours.page.locator('dialog .words.four li').allTextContents()).toEqual(await theirs.page.locator('.words.four li').allTextContents());
  await shot(ours.page, 'camera-words-phone');
  await ours.page.getByRole('button', { name: 'Yes, they are the same' }).click();
  await theirs.page.getByRole('button', { name: 'Yes, they are the same' }).click();
  await theirs.page.getByRole('heading', { name: 'Safety' }).waitFor();
  // The camera is let go of when the code was read.
  expect(await ours.page.locator('video').count()).toBe(0);
  for (const tab of [ours, theirs]) expectQuiet(tab, server.url);
});
