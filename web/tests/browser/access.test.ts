import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { DESK, expectAccessible, launch, nav, PHONE, shot, still } from './harness';
import { samplePhone } from './sample';

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  const words = join(server.folder, 'words');
  writeFileSync(words, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', words, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', 'messages', 'photos', '--yes');
  samplePhone(join(server.folder, 'folder'));
  await server.candor('phone', 'sync', join(server.folder, 'folder'));
  // The page's policy would not let the checker in: it is off here, and here alone.
  page = await (await browser.newContext({ viewport: DESK, bypassCSP: true, locale: 'en-GB' })).newPage();
  await page.goto(server.url);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('Getting in is accessible, and can be done by the keyboard alone', async () => {
  await page.getByText('Come in with your 24 words').waitFor();
  await expectAccessible(page, 'start');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('24 words');
  await page.keyboard.press('Enter');
  await page.getByLabel('Name of this browser').waitFor();
  await expectAccessible(page, 'about');
  await page.getByRole('button', { name: 'Continue' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('textbox').waitFor();
  await expectAccessible(page, 'words');
  await page.keyboard.type(readFileSync(join(server.folder, 'words'), 'utf8').trim());
  await page.getByRole('button', { name: 'Open my account' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Safety' }).waitFor();
  for (const kind of ['Contacts', 'Notes', 'Messages', 'Photos']) {
    await page.getByRole('switch', { name: kind }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: /or older: turn it on/ }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('switch', { name: kind }).getAttribute('aria-checked')).toBe('true');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
});

const VIEWS: [view: string, ready: string, open?: string][] = [
  ['Safety', '.verdict'],
  ['Contacts', '.row', '.row'],
  ['Notes', '.row', '.row'],
  ['Messages', '.row', '.row'],
  ['Photos', '.tile img', '.tile'],
  ['Search', 'input'],
  ['Activity', '.ledger-line'],
  ['Devices', '.card'],
];

test.each(['light', 'dark'] as const)('Every view is accessible: %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  for (const [view, ready, open] of VIEWS) {
    await nav(page, view);
    await page.locator(ready).first().waitFor();
    await expectAccessible(page, `${view}, ${colorScheme}`);
    if (!open) continue;
    await page.locator(open).first().click();
    await page.locator('.detail article, .picture img').first().waitFor();
    await expectAccessible(page, `one of ${view}, ${colorScheme}`);
    if (view === 'Photos') await page.keyboard.press('Escape');
  }
});

test('Who wants less motion sees none', async () => {
  const moving = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll('*')]
          .flatMap((e) => [getComputedStyle(e), getComputedStyle(e, '::before'), getComputedStyle(e, '::after')])
          .filter((s) => s.animationName !== 'none' || s.transitionDuration !== '0s' || s.scrollBehavior !== 'auto').length,
    );
  expect(await moving()).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await moving()).toBe(0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
});

test('A form is accessible', async () => {
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: /^Ada/ }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await expectAccessible(page, 'contact form');
});

test('Written from right to left, everything stands on the other side and nothing runs over', async () => {
  await page.emulateMedia({ colorScheme: 'light' });
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size);
    for (const view of ['contacts', 'messages', 'photos', 'safety', 'activity']) {
      await page.evaluate((v) => {
        document.documentElement.dir = 'rtl';
        location.hash = `#/${v}`;
      }, view);
      await page.locator(`.view-${view}`).waitFor();
      await still(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect([view, size.width, over]).toEqual([view, size.width, 0]);
      await shot(page, `rtl-${view}-${size.width}`);
    }
  }
  await page.setViewportSize(DESK);
  const side = await page.locator('.side').boundingBox();
  expect(side!.x).toBeGreaterThan(DESK.width / 2);
});
