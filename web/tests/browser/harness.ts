/** Debian's Chromium, driven through playwright-core, on the page that a real candor-server serves. Every address that the browser asks for is written down. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const shots = resolve(import.meta.dirname, '../../screenshots');
export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

export const launch = (...more: string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CANDOR_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
  });

export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Origins that anything in the tab asked for. */
  readonly asked: Set<string>;
  /** Errors and policy violations that the console showed. */
  readonly complaints: string[];
}

export async function open(browser: Browser, url: string, size = DESK, scheme: 'light' | 'dark' = 'light'): Promise<Tab> {
  const context = await browser.newContext({ viewport: size, colorScheme: scheme, locale: 'en-GB', acceptDownloads: true, deviceScaleFactor: 1 });
  const page = await context.newPage();
  const asked = new Set<string>();
  const complaints: string[] = [];
  context.on('request', (r) => {
    const { protocol, origin } = new URL(r.url());
    if (protocol !== 'blob:' && protocol !== 'data:') asked.add(origin);
  });
  page.on('console', (m) => {
    if (m.type() === 'error') complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(String(e)));
  await page.goto(url);
  return { page, context, asked, complaints };
}

/** Nothing but the server was asked for anything, and nothing was refused or thrown. */
export function expectQuiet(tab: Tab, url: string): void {
  expect([...tab.asked]).toEqual([url]);
  // A refusal that the app asks for (a wrong code, a kind that is off) is an answer of 4xx, which the console shows.
  expect(tab.complaints.filter((c) => !/Failed to load resource: the server responded with a status of 4\d\d/.test(c))).toEqual([]);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]; passes: { id: string }[] }>;
}

/** What glides or fades has arrived: a colour half-way is not the one that is checked. */
export async function still(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const drawn = () => new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
    const moving = () =>
      document.getAnimations().filter((a) => a.playState === 'running' && Number(a.effect?.getComputedTiming().endTime) < Number.POSITIVE_INFINITY);
    for (await drawn(), await drawn(); moving().length > 0; await drawn()) await Promise.allSettled(moving().map((a) => a.finished));
  });
}

/** WCAG 2.2 A and AA, as far as a program can tell, of the page as it stands. The page's policy lets no script in: the checker comes in by the debugger, in the page's own world. */
export async function expectAccessible(page: Page, where = 'here'): Promise<void> {
  await still(page);
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() =>
    (globalThis as unknown as { axe: Axe }).axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  // It has looked at something: names, roles, contrast.
  expect(passes.map((p) => p.id)).toContain('color-contrast');
  const said = violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
  expect(said).toEqual([]);
}

export async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

export const nav = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click();

/** Comes in by the words and turns kinds on. */
export async function enter(page: Page, words: string, kinds: string[]): Promise<void> {
  await page.getByText('Come in with your 24 words').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox').fill(words.trim());
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('heading', { name: 'Safety' }).waitFor();
  for (const kind of kinds) {
    await page.getByRole('switch', { name: kind }).click();
    await page.getByRole('button', { name: /or older: turn it on/ }).click();
    await page.getByRole('switch', { name: kind, checked: true }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
}
