import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server, until } from '../server/harness';
import { DESK, expectQuiet, launch, nav, open, PHONE, shot, type Tab } from './harness';
import { samplePhone } from './sample';

let server: Server;
let browser: Browser;
let tab: Tab;
let words = '';
let folder = '';

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  folder = join(server.folder, 'phone-folder');
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const turnOn = async (kind: string) => {
  const { page } = tab;
  await page.getByRole('switch', { name: kind }).click();
  await page.getByRole('button', { name: /or older: turn it on/ }).click();
  await expect.poll(() => page.getByRole('switch', { name: kind }).getAttribute('aria-checked')).toBe('true');
};

test('A person creates an account: the words are shown, and typed back before anything is made', async () => {
  tab = await open(browser, server.url);
  const { page } = tab;
  await page.getByText('Create an account').waitFor();
  await shot(page, 'start-desk');
  await page.getByText('Create an account').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect.poll(() => page.locator('.words li').count()).toBe(24);
  await shot(page, 'words-desk');
  words = (await page.locator('.words li').allTextContents()).join(' ');
  await page.getByRole('button', { name: 'I have written them down' }).click();
  const typed = words.split(' ');
  await page.getByRole('textbox').fill([...typed.slice(0, 23), typed[0] === 'zoo' ? 'zone' : 'zoo'].join(' '));
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByText('not the words that were shown').waitFor();
  await page.getByRole('textbox').fill(words);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('heading', { name: 'Safety' }).waitFor();
  for (const kind of ['Contacts', 'Notes', 'Messages', 'Photos']) await turnOn(kind);
});

test('A phone joins by the words and backs up; the browser shows all four kinds', async () => {
  const wordsFile = join(server.folder, 'words');
  writeFileSync(wordsFile, words, { mode: 0o600 });
  await server.candor('phone', 'recover', server.url, '--name', 'phone', '--words-from', wordsFile, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', 'messages', 'photos', '--yes');
  samplePhone(folder);
  await server.candor('phone', 'sync', folder);

  const { page } = tab;
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: /^Ada Lovelace/ }).waitFor();
  await page.getByRole('button', { name: /^Ada Lovelace/ }).click();
  await page.getByRole('link', { name: '+44 20 7946 0001' }).waitFor();
  await shot(page, 'contacts-desk');
  await nav(page, 'Notes');
  await page.getByRole('button', { name: /Weekend in Oslo/ }).click();
  await page.getByText('the fjord').first().waitFor();
  await shot(page, 'notes-desk');
  await nav(page, 'Messages');
  await page.getByRole('button', { name: /Grace Hopper/ }).click();
  await page.getByText('See you at the pier').first().waitFor();
  await shot(page, 'messages-desk');
  await nav(page, 'Photos');
  await expect.poll(() => page.locator('.tile img').count(), { timeout: 20_000 }).toBeGreaterThan(8);
  await shot(page, 'photos-desk');
  await page.locator('.tile').first().click();
  await expect.poll(() => page.locator('.picture img').evaluate((i) => (i instanceof HTMLImageElement ? i.naturalWidth : 0))).toBeGreaterThan(256);
  await shot(page, 'photo-desk');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.viewer').count()).toBe(0);
});

test('The browser edits a contact and writes a note, and the phone gets both', async () => {
  const { page } = tab;
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: /^Ada Lovelace/ }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Organisation').fill('Analytical Engines');
  await shot(page, 'contact-edit-desk');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved, and safe').waitFor();
  await nav(page, 'Notes');
  await page.getByRole('button', { name: 'New note' }).click();
  await page.getByRole('textbox', { name: 'Text' }).fill('# From the browser\n\n- [x] written\n');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'From the browser' }).waitFor();
  await server.candor('phone', 'sync', folder);
  const card = readFileSync(join(folder, 'contacts', 'Ada Lovelace.vcf'), 'utf8');
  expect(card).toContain('ORG:Analytical Engines\r\n');
  expect(card).toContain('X-UNKNOWN;PARAM=1:kept as it is\r\n');
  expect(readdirSync(join(folder, 'notes'))).toContain('From the browser.md');
});

test('A change on the phone shows in the open page by itself', async () => {
  const { page } = tab;
  await nav(page, 'Contacts');
  const file = join(folder, 'contacts', 'Grace Hopper.vcf');
  writeFileSync(file, readFileSync(file, 'utf8').replace('FN:Grace Hopper', 'FN:Rear Admiral Hopper'));
  await server.candor('phone', 'sync', folder);
  await page.getByRole('button', { name: /Rear Admiral Hopper/ }).waitFor();
});

test('One search finds things of every kind', async () => {
  const { page } = tab;
  await nav(page, 'Search');
  await page.getByRole('searchbox').fill('oslo');
  await expect.poll(() => page.locator('.results li').count()).toBeGreaterThan(1);
  await shot(page, 'search-desk');
});

test('Another browser is let in: the same four words on both screens', async () => {
  const second = await open(browser, server.url, PHONE);
  await second.page.getByText('Join from another device').waitFor();
  await shot(second.page, 'start-phone');
  await second.page.getByText('Join from another device').click();
  await second.page.getByRole('button', { name: 'Continue' }).click();
  const code = await second.page.locator('.code-large').textContent();
  await shot(second.page, 'pair-phone');
  const { page } = tab;
  await nav(page, 'Devices');
  await page.getByRole('button', { name: 'Let a device in' }).click();
  await page.getByLabel('Code on the new device').fill(code!);
  await page.getByRole('button', { name: 'Continue' }).click();
  const ours = page.locator('dialog .words.four li');
  const theirs = second.page.locator('.words.four li');
  await expect.poll(() => theirs.count()).toBe(4);
  await expect.poll(() => ours.count()).toBe(4);
  expect(await ours.allTextContents()).toEqual(await theirs.allTextContents());
  await shot(page, 'pair-desk');
  await page.getByRole('button', { name: 'Yes, they are the same' }).click();
  await second.page.getByRole('button', { name: 'Yes, they are the same' }).click();
  await second.page.getByRole('heading', { name: 'Safety' }).waitFor();
  await expect.poll(() => page.locator('.cards .card').count()).toBe(4);
  await shot(page, 'devices-desk');

  tab = second;
  for (const kind of ['Contacts', 'Notes', 'Messages', 'Photos']) await turnOn(kind);
  await shot(second.page, 'safety-phone');
  for (const [view, what] of [
    ['Photos', '.tile img'],
    ['Contacts', '.row'],
    ['Notes', '.row'],
    ['Messages', '.row'],
  ] as const) {
    await nav(second.page, view);
    await second.page.locator(what).first().waitFor();
    await expect.poll(() => second.page.locator('.tile img').count()).toBeGreaterThanOrEqual(view === 'Photos' ? 6 : 0);
    await shot(second.page, `${view.toLowerCase()}-phone`);
  }
  await second.page.getByRole('button', { name: /Hopper/ }).click();
  await shot(second.page, 'conversation-phone');
  await second.page.emulateMedia({ colorScheme: 'dark' });
  await shot(second.page, 'conversation-phone-dark');
  await nav(second.page, 'Photos');
  await shot(second.page, 'photos-phone-dark');
  await second.page.getByRole('button', { name: 'More' }).click();
  await second.page.getByRole('link', { name: 'Activity' }).click();
  await second.page.getByText('Every request that this browser made').waitFor();
  await shot(second.page, 'activity-phone-dark');
  expectQuiet(second, server.url);
});

test('Activity shows what left; the page is read again from what this browser keeps; signing out erases it', async () => {
  const first = browser.contexts()[0]!.pages()[0]!;
  await first.setViewportSize(DESK);
  await first.reload();
  await first.getByRole('link', { name: 'Activity' }).click();
  await expect.poll(() => first.locator('.ledger-line').count()).toBeGreaterThan(10);
  await shot(first, 'activity-desk');
  await nav(first, 'Contacts');
  await first.getByRole('button', { name: /^Ada Lovelace/ }).waitFor();
  await nav(first, 'Safety');
  await first.getByText('are here and whole').waitFor();
  await shot(first, 'safety-desk');
  await first.emulateMedia({ colorScheme: 'dark' });
  await shot(first, 'safety-desk-dark');
  await nav(first, 'Photos');
  await expect.poll(() => first.locator('.tile img').count()).toBeGreaterThan(8);
  await shot(first, 'photos-desk-dark');
  await nav(first, 'Safety');
  await first.getByRole('button', { name: 'Sign out' }).click();
  await first.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await first.getByText('Create an account').waitFor();
  const left = await until(async () => {
    const found = await first.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((done) => {
        const request = indexedDB.open('candor');
        request.onsuccess = () => done(request.result);
      });
      const counts = await Promise.all(
        [...database.objectStoreNames].map(
          (name) =>
            new Promise<number>((done) => {
              const request = database.transaction(name).objectStore(name).count();
              request.onsuccess = () => done(request.result);
            }),
        ),
      );
      database.close();
      return counts;
    });
    return found.every((n) => n === 0) ? found : null;
  }, 'everything local is gone');
  expect(left.length).toBeGreaterThan(3);
});
