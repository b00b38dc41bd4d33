import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { DESK, enter, expectQuiet, launch, nav, open, PHONE, shot, still, type Tab } from './harness';

let server: Server;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  const words = join(server.folder, 'words');
  writeFileSync(words, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', 'phone', '--words-from', words, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', '--yes');
  tab = await open(browser, server.url);
  await enter(tab.page, readFileSync(words, 'utf8'), ['Contacts', 'Notes']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function writeNote(page: Page, body: string): Promise<void> {
  await nav(page, 'Notes');
  await page.getByRole('button', { name: 'New note' }).click();
  await page.getByRole('textbox', { name: 'Text' }).fill(body);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Kept in this browser').waitFor();
}

test('With the server gone, edits are kept and shown, the page says how many wait, and a page that is closed and opened again sends them', async () => {
  const { page, context } = tab;
  await server.halt();
  await writeNote(page, '# In the tunnel\n\nfirst\n');
  await writeNote(page, '# After the tunnel\n\nsecond\n');
  await page.getByText('2 changes wait').waitFor();
  await shot(page, 'waiting-desk');
  await page.setViewportSize(PHONE);
  await page.locator('.waiting-bar').getByRole('button', { name: 'Show' }).click();
  await expect.poll(() => page.locator('.waiting-list li').count()).toBe(2);
  await still(page);
  await shot(page, 'waiting-phone');
  await page.setViewportSize(DESK);
  // The page ends without a word of warning, as when a phone kills it.
  await page.close();
  await server.resume();

  const again = await context.newPage();
  await again.goto(`${server.url}/#/notes`);
  await again.getByRole('button', { name: /In the tunnel/ }).waitFor();
  const folder = join(server.folder, 'folder');
  mkdirSync(folder);
  await expect
    .poll(
      async () => {
        await server.candor('phone', 'sync', folder);
        try {
          return [
            readFileSync(join(folder, 'notes', 'In the tunnel.md'), 'utf8'),
            readFileSync(join(folder, 'notes', 'After the tunnel.md'), 'utf8'),
          ];
        } catch {
          return [];
        }
      },
      { timeout: 20_000 },
    )
    .toEqual([expect.stringContaining('first'), expect.stringContaining('second')]);
  await expect.poll(() => again.locator('.waiting-bar').count()).toBe(0);
  tab = { ...tab, page: again };
  expectQuiet({ ...tab, complaints: tab.complaints.filter((c) => !c.includes('ERR_CONNECTION_REFUSED')) }, server.url);
});
