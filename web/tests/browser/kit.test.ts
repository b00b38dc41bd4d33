import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { DESK, expectAccessible, expectQuiet, launch, nav, open, PHONE, shot, still, type Tab } from './harness';
import { samplePhone } from './sample';

let server: Server;
let browser: Browser;
let tab: Tab;
let words = '';
let secret = '';

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  words = (await server.candor('none', 'words')).trim();
  const file = join(server.folder, 'words');
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', file, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', '--yes');
  samplePhone(join(server.folder, 'folder'));
  await server.candor('phone', 'sync', join(server.folder, 'folder'));
  const password = join(server.folder, 'password');
  writeFileSync(password, 'correct horse battery staple', { mode: 0o600 });
  const said = await server.candor('phone', 'password', 'set', '--password-from', password, '--yes');
  secret = /(?:[0-9A-Z]{4}-){7}[0-9A-Z]{4}/.exec(said)![0];
  tab = await open(browser, server.url);
  tab.page.setDefaultTimeout(30_000);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

test('A person says by the keyboard what this browser may open and for how long, and what is left out cannot be turned on', async () => {
  const { page } = tab;
  await page.getByText('Come in with your 24 words').click();
  await page.getByRole('radio', { name: 'For 30 days' }).focus();
  await page.keyboard.press('Space');
  for (const kind of ['Messages', 'Photos', 'Notes']) {
    await page.getByRole('checkbox', { name: kind }).focus();
    await page.keyboard.press('Space');
  }
  await page.getByRole('checkbox', { name: 'Contacts' }).uncheck();
  await expect.poll(() => page.getByRole('button', { name: 'Continue' }).isDisabled()).toBe(true);
  await page.getByRole('checkbox', { name: 'Contacts' }).check();
  await page.getByText('a key of the whole account').waitFor();
  await expectAccessible(page);
  await shot(page, 'limits-desk');
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await fits(page)).toBe(true);
  await still(page);
  await expectAccessible(page);
  await shot(page, 'limits-phone-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox').fill(words);
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('heading', { name: 'Safety' }).waitFor();
  expect(await page.getByRole('switch', { name: 'Notes' }).isDisabled()).toBe(true);
  await page.getByRole('switch', { name: 'Contacts' }).click();
  await page.getByRole('button', { name: /or older: turn it on/ }).click();
  await page.getByRole('switch', { name: 'Contacts', checked: true }).waitFor();
  await page.getByText('Left out when this browser came in').first().waitFor();
  await expectAccessible(page);
  await shot(page, 'limits-safety-desk');
  await nav(page, 'Notes');
  await page.getByText('Left out when this browser came in').waitFor();
  expect(await page.getByRole('button', { name: 'Turn on …' }).count()).toBe(0);
  await nav(page, 'Devices');
  await page.getByText('Left out: Notes, Messages, Photos.').waitFor();
  await page.getByText(/^It forgets everything on /).waitFor();
  await expectAccessible(page);
  await shot(page, 'limits-devices-desk');
});

test('The kit has the words and the account secret, and is printed on one sheet with nothing else', async () => {
  const { page } = tab;
  await nav(page, 'Safety');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('textbox').fill(words);
  await page.getByRole('dialog').getByRole('button', { name: 'Go on' }).click();
  await page.locator('.print-kit .qr').waitFor();
  expect((await page.locator('.print-kit .words li').allTextContents()).join(' ')).toBe(words);
  expect(await page.locator('.kit-secret').textContent()).toContain(secret);
  await expectAccessible(page);
  await shot(page, 'kit-desk');
  await page.setViewportSize(PHONE);
  expect(await fits(page)).toBe(true);
  await shot(page, 'kit-phone');
  await page.setViewportSize(DESK);
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const file = join(server.folder, `kit-${scheme}.pdf`);
    await page.pdf({ path: file, preferCSSPageSize: true, printBackground: scheme === 'dark' });
    expect(execFileSync('pdfinfo', [file], { encoding: 'utf8' })).toMatch(/Pages:\s+1\n/);
    const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
    for (const said of [...words.split(' '), secret, server.url, 'Candor recovery kit']) expect(text).toContain(said);
    expect(text).not.toMatch(/Sign out|Activity|Print/);
    // The code on the paper says where the account is, and nothing secret.
    execFileSync('pdftoppm', ['-r', '200', '-png', '-singlefile', file, file.replace('.pdf', '')]);
    const code = execFileSync('zbarimg', ['-q', '--raw', file.replace('.pdf', '.png')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    expect(code).toMatch(new RegExp(`^candor:kit\\?v=1&server=${encodeURIComponent(server.url)}&account=[0-9a-f]{32}&key=[0-9a-f]{32}$`));
    // Black on white, whatever the scheme: with what is printed of backgrounds nearly all of the sheet is white.
    execFileSync('pdftoppm', ['-r', '40', '-gray', '-singlefile', file, file.replace('.pdf', '')]);
    const grey = readFileSync(file.replace('.pdf', '.pgm')).subarray(20);
    expect(grey.filter((v) => v > 250).length / grey.length).toBeGreaterThan(0.85);
    writeFileSync(join(import.meta.dirname, `../../screenshots/kit-paper-${scheme}.png`), readFileSync(file.replace('.pdf', '.png')));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.keyboard.press('Escape');
});

test('What was said of one view is gone in the next, but stands where the saving itself led there', async () => {
  const { page } = tab;
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: 'New contact' }).click();
  await page.getByLabel('Name', { exact: true }).fill('A. Person With-A-Name-That-Is-Long');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.toast p').waitFor();
  await page.getByRole('heading', { name: /^A. Person/ }).waitFor();
  await page.locator('.toast p').waitFor();
  await page.waitForTimeout(900);
  await nav(page, 'Devices');
  await expect.poll(() => page.locator('.toast p').count(), { timeout: 3000 }).toBe(0);
});

test('In a history on a phone a line that is wrapped stands beside its mark', async () => {
  const { page } = tab;
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: /^Ada Lovelace/ }).click();
  await page.setViewportSize(PHONE);
  await page.getByRole('button', { name: 'History' }).click();
  await page.locator('.diff > span').first().waitFor();
  const lines = await page.locator('.diff > span').evaluateAll((all) =>
    all.map((line) => {
      const range = document.createRange();
      range.selectNodeContents(line.lastChild!);
      const mark = line.querySelector('b')!.getBoundingClientRect();
      const rects = [...range.getClientRects()].filter((r) => r.width > 0);
      return { beside: rects.every((r) => r.left >= mark.right - 1), same: rects.length === 0 || Math.abs(rects[0]!.top - mark.top) < 8 };
    }),
  );
  expect(lines.filter((l) => !l.beside || !l.same)).toEqual([]);
  await expectAccessible(page);
  await shot(page, 'history-phone');
  expect(await fits(page)).toBe(true);
  expectQuiet(tab, server.url);
});
