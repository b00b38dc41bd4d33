import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { expectAccessible, expectQuiet, launch, open, PHONE, shot, type Tab } from './harness';

let server: Server;
let browser: Browser;
let tab: Tab;

const law = (page: Page) => page.getByRole('combobox', { name: 'The law of the place where you live' });

/** What the operator says, from the next start on. */
async function says(region: string, law: string): Promise<void> {
  writeFileSync(join(server.folder, 'data', 'server.json'), JSON.stringify({ region, law }));
  await server.halt();
  await server.resume();
}

beforeAll(async () => {
  server = await Server.start();
  await says('kr Seoul', 'kr');
  browser = await launch();
  const file = join(server.folder, 'words');
  const words = (await server.candor('none', 'words')).trim();
  writeFileSync(file, words, { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', file, '--yes');
  tab = await open(browser, server.url);
  const { page } = tab;
  page.setDefaultTimeout(30_000);
  await page.getByText('Come in with your 24 words').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox').fill(words);
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('heading', { name: 'Safety' }).waitFor();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('G05 Below the age of consent a parent or guardian agrees, and no age is sent', async () => {
  const { page } = tab;
  await page.getByRole('switch', { name: 'Notes' }).click();
  await page.getByText('The law that counts: South Korea (kr).').waitFor();
  await page.getByText('Below the age of 14 a parent or guardian has to agree.').waitFor();
  await expectAccessible(page);
  await shot(page, 'consent-desk');
  // The law of another place has another age; where none is known the strictest counts.
  await law(page).selectOption('de');
  await page.getByRole('button', { name: 'I am 16 or older: turn it on' }).waitFor();
  await law(page).selectOption('tw');
  await page.getByText('Which age counts is not known: below 18').waitFor();
  await law(page).selectOption('kr');
  await page.setViewportSize(PHONE);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await shot(page, 'consent-phone');
  await page.getByRole('button', { name: 'I agree as a parent or guardian' }).click();
  await page.getByRole('switch', { name: 'Notes', checked: true }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // The first consent signed the account for the place that was shown.
  expect(await server.candor('phone', 'region')).toContain('The account is signed for "kr Seoul", under the law of kr.');
  expectQuiet(tab, server.url);
});

test('G04 Under a law that keeps bytes inside nothing can be turned on elsewhere, and a server that moved gets a word first', async () => {
  const { page } = tab;
  await page.getByRole('switch', { name: 'Contacts' }).click();
  await law(page).selectOption('ru');
  await page.getByRole('alert').filter({ hasText: 'Under the law of Russia (ru)' }).waitFor();
  expect(await page.getByRole('button', { name: 'turn it on' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Not now' }).click();

  await says('jp Tokyo', 'jp');
  await page.getByRole('switch', { name: 'Contacts' }).click();
  await page.getByRole('alert').filter({ hasText: 'is signed for kr Seoul, and the server says that it keeps bytes in jp Tokyo now' }).waitFor();
  expect(await page.getByRole('button', { name: 'turn it on' }).count()).toBe(0);
  await shot(page, 'consent-moved');
  await page.getByRole('button', { name: 'Agree to the move' }).click();
  await page.getByRole('button', { name: 'I am 14 or older: turn it on' }).click();
  await page.getByRole('switch', { name: 'Contacts', checked: true }).waitFor();
  expect(await server.candor('phone', 'region')).toContain('The account is signed for "jp Tokyo", under the law of kr.');
});
