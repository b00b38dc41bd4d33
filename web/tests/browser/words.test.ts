import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { DESK, expectAccessible, expectQuiet, launch, nav, open, PHONE, shot, type Tab } from './harness';
import { samplePhone } from './sample';

let server: Server;
let browser: Browser;
let tab: Tab;
let words = '';

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
});

test('A person has an account, a browser with all kinds on, and a phone that has backed up', async () => {
  tab = await open(browser, server.url);
  const { page } = tab;
  page.setDefaultTimeout(30_000);
  await page.getByText('Create an account').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect.poll(() => page.locator('.words li').count()).toBe(24);
  words = (await page.locator('.words li').allTextContents()).join(' ');
  await page.getByRole('button', { name: 'I have written them down' }).click();
  await page.getByRole('textbox').fill(words);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.getByRole('heading', { name: 'Safety' }).waitFor();
  for (const kind of ['Contacts', 'Notes', 'Messages', 'Photos']) {
    await page.getByRole('switch', { name: kind }).click();
    await page.getByRole('button', { name: /or older: turn it on/ }).click();
    await expect.poll(() => page.getByRole('switch', { name: kind }).getAttribute('aria-checked')).toBe('true');
  }
  const file = join(server.folder, 'words');
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor('phone', 'recover', server.url, '--name', 'phone', '--words-from', file, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', 'messages', 'photos', '--yes');
  const folder = join(server.folder, 'phone-folder');
  mkdirSync(folder);
  samplePhone(folder);
  await server.candor('phone', 'sync', folder);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function downloaded(page: Page, click: () => Promise<void>): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await file.path(), 'utf8');
}

test('A contact is edited in every field, found by its group, and its history brings the earlier one back', async () => {
  const { page } = tab;
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: 'Work', exact: true }).click();
  await expect.poll(() => page.locator('.list .row').count()).toBe(5);
  await page.getByRole('button', { name: /^Ada Lovelace/ }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Phone: Label').fill('boat');
  const address = page.getByRole('group', { name: 'Address' });
  await address.getByRole('button', { name: 'Add' }).click();
  await page.getByLabel('Street').fill('12 St James’s Square');
  await page.getByLabel('City').fill('London');
  await page.getByLabel('Anniversary').fill('1835-07-08');
  await expectAccessible(page);
  await shot(page, 'contact-form-desk');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('12 St James’s Square, London').waitFor();
  await page.getByText('boat').waitFor();
  await page.getByRole('button', { name: 'History' }).click();
  await expect.poll(() => page.locator('.versions li').count()).toBe(2);
  await page.locator('.diff-new').first().waitFor();
  await expectAccessible(page);
  await shot(page, 'history-desk');
  await page.locator('.versions button').nth(1).click();
  await page.getByRole('button', { name: 'Bring this version back' }).click();
  await page.getByText('It is back').waitFor();
  await expect.poll(() => page.getByText('12 St James’s Square, London').count()).toBe(0);
});

test('A file of cards comes in; a duplicate is found, joined and undone; all go out', async () => {
  const { page } = tab;
  await page.getByRole('button', { name: 'Everyone', exact: true }).click();
  await page.getByRole('button', { name: 'Import, export, duplicates' }).click();
  const card = 'BEGIN:VCARD\r\nVERSION:2.1\r\nN:Lovelace;Countess\r\nTEL;CELL:020 7946 0001\r\nEMAIL:countess@example.org\r\nEND:VCARD\r\n';
  await page.locator('dialog input[type=file]').setInputFiles({ name: 'c.vcf', mimeType: 'text/vcard', buffer: Buffer.from(card) });
  await page.getByText('One was added.').waitFor();
  await page.getByText('The same number').waitFor();
  await expectAccessible(page);
  await shot(page, 'duplicates-desk');
  await page.getByRole('button', { name: 'Make them one' }).click();
  await page.getByText('are one now').waitFor();
  await page.getByRole('button', { name: 'Undo the last joining' }).click();
  await page.getByText('They are as they were').waitFor();
  const all = await downloaded(page, () => page.getByRole('button', { name: /^All 16 contacts/ }).click());
  expect(all).toContain(card);
  expect(all.match(/BEGIN:VCARD/g)).toHaveLength(16);
  // A browser without a picker of the phone's contacts offers none.
  expect(await page.getByRole('button', { name: 'Choose from this phone' }).count()).toBe(0);
  expect(all).toContain('X-UNKNOWN;PARAM=1:kept as it is\r\n');
  await page.keyboard.press('Escape');
});

test('Where the phone’s own picker is there, what is ticked in it comes in, and nothing else', async () => {
  const { page } = tab;
  await page.evaluate(() => {
    const asked: unknown[] = [];
    Object.assign(globalThis, { asked });
    Object.defineProperty(navigator, 'contacts', {
      configurable: true,
      value: {
        getProperties: async () => ['name', 'tel', 'icon'],
        select: async (...a: unknown[]) => {
          asked.push(a);
          return [{ name: ['Pia Picked'], tel: ['+49 551 1'] }];
        },
      },
    });
  });
  await page.getByRole('button', { name: 'Import, export, duplicates' }).click();
  await page.getByRole('button', { name: 'Choose from this phone' }).click();
  await page.getByText('One was added.').waitFor();
  expect(await page.evaluate(() => (globalThis as unknown as { asked: unknown[] }).asked)).toEqual([[['name', 'tel'], { multiple: true }]]);
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Pia Picked/ }).waitFor();
  await page.evaluate(() => Reflect.deleteProperty(navigator, 'contacts'));
});

test('Notes by tag; a conversation is searched, and saved as a page and as a backup', async () => {
  const { page } = tab;
  await nav(page, 'Notes');
  await page.getByRole('button', { name: 'kitchen', exact: true }).click();
  await expect.poll(() => page.locator('.list .row').count()).toBe(1);
  await expectAccessible(page);
  await nav(page, 'Messages');
  await page.getByRole('button', { name: /Grace Hopper/ }).click();
  await page.getByRole('button', { name: 'Find in this conversation' }).click();
  await page.getByRole('searchbox', { name: 'Find in this conversation' }).fill('lemon');
  await expect.poll(() => page.locator('.bubble').count()).toBe(1);
  await shot(page, 'conversation-search-desk');
  await page.getByRole('button', { name: 'Export this conversation' }).click();
  await expectAccessible(page);
  const html = await downloaded(page, () => page.getByRole('button', { name: 'Save as a page' }).click());
  expect(html).toContain("default-src 'none'");
  expect(html).toContain('lemon cake');
  const xml = await downloaded(page, () => page.getByRole('button', { name: 'Save as XML' }).click());
  expect(xml).toContain('<smses count="4">');
  expect(xml).toContain('body="Then nothing can go wrong &#128522;"');
  await page.keyboard.press('Escape');
});

test('A backup of messages that another app shares is brought in when the person says so', async () => {
  const { page } = tab;
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.evaluate(async () => {
    const sms =
      '<sms protocol="0" address="+4930123" date="1764000000000" type="1" subject="null" body="The key is under the stone" read="1" status="-1" />';
    const form = new FormData();
    form.append('files', new File([`<?xml version="1.0"?><smses count="1">${sms}</smses>`], 'sms-1.xml', { type: 'text/xml' }));
    await fetch('/share', { method: 'POST', body: form });
    location.hash = '#/inbox';
  });
  await page.getByRole('heading', { name: 'sms-1.xml' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Bring in' }).click();
  await page.getByText('One was added.').waitFor();
  await nav(page, 'Messages');
  await page.getByText('The key is under the stone').waitFor();
});

test('Everything leaves as files for each destination; a kind is announced to be erased, and the page says when', async () => {
  const { page } = tab;
  await nav(page, 'Leave');
  await expectAccessible(page);
  await shot(page, 'leave-desk');
  const zip = async (to: RegExp) => {
    await page.getByRole('radio', { name: to }).check();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Make the file' }).click()]);
    await page.getByText('The file is whole.').waitFor();
    return readFileSync(await file.path());
  };
  const plain = await zip(/^To keep/);
  for (const name of [
    'contacts/contacts.vcf',
    'messages/messages.xml',
    'notes/Shopping.md',
    'photos/',
    'X-UNKNOWN;PARAM=1:kept as it is',
    'lemon cake',
  ])
    expect([name, plain.includes(name)]).toEqual([name, true]);
  // One card came in an older version; these two read 3.0.
  expect(plain.includes('VERSION:2.1')).toBe(true);
  for (const to of [/^Google/, /^iCloud/]) expect((await zip(to)).includes('VERSION:2.1')).toBe(false);
  expect((await zip(/^Nextcloud/)).includes('Notes/Shopping.md')).toBe(true);
  await page.locator('.card', { hasText: 'Notes' }).getByRole('button', { name: 'Erase …' }).click();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Announce' }).click();
  await page.getByText('It is erased for good when this page is open after').waitFor();
  await shot(page, 'leave-announced-desk');
  await nav(page, 'Notes');
  await expect.poll(() => page.getByText('Shopping').count()).toBe(0);
});

test('On a phone the same views stand without scrolling sideways, dark and light', async () => {
  const { page } = tab;
  await page.setViewportSize(PHONE);
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  await nav(page, 'Contacts');
  await page.getByRole('button', { name: /^Ada Lovelace/ }).click();
  await shot(page, 'contact-phone');
  expect(await fits()).toBe(true);
  await page.getByRole('button', { name: 'Edit' }).click();
  await shot(page, 'contact-form-phone');
  expect(await fits()).toBe(true);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByRole('button', { name: 'History' }).click();
  await page.locator('.diff').waitFor();
  await shot(page, 'history-phone-dark');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Back' }).click();
  await shot(page, 'contacts-groups-phone-dark');
  expect(await fits()).toBe(true);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
  expectQuiet(tab, server.url);
});
