import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { DESK, enter, expectAccessible, expectQuiet, launch, nav, open, PHONE, shot, still, type Tab } from './harness';
import { samplePhone } from './sample';

let server: Server;
let browser: Browser;
let tab: Tab;
const targets: string[] = [];

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  const file = join(server.folder, 'words');
  writeFileSync(file, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', file, '--yes');
  await server.candor('phone', 'on', 'contacts', 'messages', '--yes');
  const folder = join(server.folder, 'folder');
  samplePhone(folder);
  const now = new Date();
  const today = `${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
  writeFileSync(
    join(folder, 'contacts', 'born.vcf'),
    `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:born-today\r\nFN:Emmy Noether\r\nTEL:+49 551 39 0\r\nEMAIL:emmy@example.org\r\nBDAY:1990-${today}\r\nEND:VCARD\r\n`,
  );
  const soon = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 5);
  const monthDay = `${String(soon.getMonth() + 1).padStart(2, '0')}-${String(soon.getDate()).padStart(2, '0')}`;
  writeFileSync(
    join(folder, 'contacts', 'soon.vcf'),
    `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:born-soon\r\nFN:Sonja Soon\r\nBDAY:--${monthDay}\r\nEND:VCARD\r\n`,
  );
  await server.candor('phone', 'sync', folder);
  tab = await open(browser, server.url);
  tab.page.setDefaultTimeout(30_000);
  tab.context.on('request', (r) => {
    if (r.url().includes('/greetings/'))
      targets.push(`${r.method()} ${new URL(r.url()).pathname}${new URL(r.url()).search} ${r.headers().cookie ?? ''}`);
  });
  await enter(tab.page, readFileSync(file, 'utf8'), ['Contacts', 'Messages']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const links = (page: Page) => page.locator('.greet-to a').evaluateAll((all) => all.map((a) => a.getAttribute('href')!));

test('Today has the birthday of a contact; its words go into a link of the device’s own app, and the server is asked for every language once', async () => {
  const { page } = tab;
  await nav(page, 'Greetings');
  await page.getByRole('button', { name: /^Birthday: Emmy Noether \(\d+\)$/ }).click();
  await page.locator('.greeting-text').waitFor();
  const said = (await page.locator('.greeting-text').textContent())!.trim();
  expect(await links(page)).toEqual([
    `sms:+49551390?body=${encodeURIComponent(said)}`,
    `mailto:${encodeURIComponent('emmy@example.org')}?body=${encodeURIComponent(said)}`,
  ]);
  await expectAccessible(page);
  await shot(page, 'greetings-desk');
  await page.getByRole('button', { name: 'Another' }).click();
  await expect.poll(async () => (await page.locator('.greeting-text').textContent())!.trim()).not.toBe(said);
  await nav(page, 'Contacts');
  await nav(page, 'Greetings');
  await page.locator('.greeting-text').waitFor();
  await page.reload();
  await page.locator('.greeting-text').waitFor();
  // Those of all languages, in one order, whatever is read.
  const languages = readdirSync(resolve(import.meta.dirname, '../../../shelf/greetings')).sort();
  expect(targets).toEqual(languages.map((l) => `GET /greetings/candor-${l}.pack `));
  await nav(page, 'Activity');
  await page.getByText('Public content').first().waitFor();
});

test('Language, kind and occasion are chosen by the keyboard, and the text stands in its own direction', async () => {
  const { page } = tab;
  await nav(page, 'Greetings');
  await page.getByLabel('Occasion').focus();
  await page.getByLabel('Occasion').selectOption('eid-al-fitr');
  await page.getByText('it can be a day earlier or later').waitFor();
  await page.getByLabel('Language').selectOption('ar');
  await expect.poll(() => page.locator('.greeting-text').getAttribute('lang')).toBe('ar');
  // Drawn anew as long as texts arrive: of what was taken away meanwhile nothing is computed.
  await expect.poll(() => page.locator('.greeting-text').evaluate((e) => getComputedStyle(e).direction)).toBe('rtl');
  await page.getByLabel('Occasion').selectOption('good-night');
  await page.getByLabel('Language').selectOption('en');
  await expect.poll(() => page.locator('.greeting-text').getAttribute('lang')).toBe('en');
  const another = page.getByRole('button', { name: 'Another' });
  const before = await page.locator('.greeting-text').textContent();
  await another.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.greeting-text').textContent()).not.toBe(before);
  await page.getByLabel('Find a person').fill('Hopp');
  await page.getByRole('button', { name: /Grace Hopper/ }).click();
  await page
    .getByRole('link', { name: /^As a message/ })
    .first()
    .waitFor();
  await expectAccessible(page);
});

test('It is reached from a person and from a conversation', async () => {
  const { page } = tab;
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: /^Ada Lovelace/ }).click();
  await page.getByRole('button', { name: 'Send a greeting' }).click();
  await page.locator('.greet-to strong', { hasText: 'Ada Lovelace' }).waitFor();
  await nav(page, 'Messages');
  await page.getByRole('button', { name: /Grace Hopper/ }).click();
  await page.getByRole('button', { name: 'Send a greeting' }).click();
  await page.locator('.greet-to strong', { hasText: 'Grace Hopper' }).waitFor();
  expect((await links(page)).some((l) => /^sms:\+?\d+\?body=/.test(l))).toBe(true);
});

test('A birthday of the coming weeks is offered with its day', async () => {
  const { page } = tab;
  await nav(page, 'Greetings');
  await page.getByRole('button', { name: /^\d+ \w+: Sonja Soon$/ }).click();
  await page.locator('.greet-to strong', { hasText: 'Sonja Soon' }).waitFor();
  await page.getByText(/^Next on \d+ \w+\.$/).waitFor();
  expect(await page.getByLabel('Occasion').inputValue()).toBe('birthday');
  // It has neither number nor address: nothing is offered that would not work.
  expect(await links(page)).toEqual([]);
});

/** What travels before a person does anything, compressed. */
test('The first load is below 200 KB and has no greetings in it', async () => {
  const context = await browser.newContext({ locale: 'en-GB', serviceWorkers: 'block' });
  const page = await context.newPage();
  const loaded = new Map<string, number>();
  page.on('response', (r) => void loaded.set(new URL(r.url()).pathname, Number(r.headers()['content-length'] ?? 0)));
  await page.goto(server.url);
  await page.getByText('Create an account').waitFor();
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(300);
  const files = [...loaded.keys()];
  expect(files.some((f) => f.includes('worker'))).toBe(true);
  expect(files.filter((f) => /greetings|occasion/.test(f))).toEqual([]);
  const bytes = [...loaded.values()].reduce((sum, n) => sum + n, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(200_000);
  await context.close();
});

test('On a phone nothing runs over, dark, and from right to left', async () => {
  const { page } = tab;
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: 'dark' });
  await still(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await expectAccessible(page);
  await shot(page, 'greetings-phone-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
  await nav(page, 'Safety');
  await page.getByLabel('Language').selectOption('ar');
  await page.evaluate(() => {
    location.hash = '#/greetings';
  });
  await page.locator('.greeting-text').waitFor();
  await still(page);
  await expectAccessible(page);
  await shot(page, 'greetings-rtl-desk');
  await page.setViewportSize(PHONE);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await shot(page, 'greetings-rtl-phone');
  expectQuiet(tab, server.url);
});
