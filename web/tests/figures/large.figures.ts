/**
 * Figures of the app with a large account: a real server, Debian's Chromium. `npm run figures`; docs/web-speed.md has what they were.
 *
 * CANDOR_FIGURES: a folder that stays, so that the account is made once. CANDOR_FIGURES_SIZE: a part of the whole account (0.1). CANDOR_FIGURES_ONLY: some of load, sync, start, search,
 * scroll; without `sync` the browser's profile of the run before is used.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Kept, readKept } from '../../src/engine/kept-pieces';
import { sha256 } from '../../src/protocol/hash';
import { largeAccount, WHOLE } from './account';
import { cpuOf, launch } from './chromium';

const part = Number(process.env.CANDOR_FIGURES_SIZE ?? '1');
const folder = process.env.CANDOR_FIGURES ?? mkdtempSync(join(tmpdir(), 'candor-figures-'));
const only = process.env.CANDOR_FIGURES_ONLY?.split(',');
const size = { contacts: WHOLE.contacts * part, messages: WHOLE.messages * part, photos: WHOLE.photos * part };
const profile = join(folder, 'profile');
const ROUNDS = 3;
const PATIENCE_MS = 1_200_000;
const SCROLL_MS = 10_000;

interface Figure {
  readonly what: string;
  readonly wall: string;
  readonly cpu: string;
  readonly load: string;
}
const figures: Figure[] = [];

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
function note(what: string, wall: string, cpu?: number): void {
  const figure = { what, wall, cpu: cpu === undefined ? '' : `${cpu.toFixed(1)} s`, load: loadavg()[0]!.toFixed(1) };
  figures.push(figure);
  console.log(`${what}: ${figure.wall}${figure.cpu && `, CPU ${figure.cpu}`} (load ${figure.load})`);
}

async function timed(what: string, task: () => Promise<unknown>): Promise<number> {
  const [cpu, began] = [cpuOf(profile), performance.now()];
  await task();
  const took = performance.now() - began;
  note(what, seconds(took), cpuOf(profile) - cpu);
  return took;
}

const middle = (of: number[]): number => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)]!;

const isAsked = (what: string): boolean => only === undefined || only.includes(what);

/** Milliseconds from the beginning of the navigation to the first element that fits. Page-side, so that no wire is in it. */
const firstSeen = (page: Page, selector: string): Promise<number> =>
  page.evaluate(
    (s) =>
      new Promise<number>((done) => {
        const look = () => (document.querySelector(s) ? done(performance.now()) : requestAnimationFrame(look));
        look();
      }),
    selector,
  );

async function load(url: string): Promise<void> {
  const other = mkdtempSync(join(tmpdir(), 'candor-load-'));
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < ROUNDS; i++) {
    rmSync(other, { recursive: true, force: true });
    const context = await launch(other);
    const page = await context.newPage();
    await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.goto(url, { waitUntil: 'commit' });
    times.push(await firstSeen(page, 'main button, .start button, .centre button'));
    // The page, what it named, and the worker; what the service worker keeps for later comes after it.
    bytes = await page.evaluate(() =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce(
        (sum, e) => sum + (e as PerformanceResourceTiming).transferSize,
        0,
      ),
    );
    await context.close();
  }
  note(`first load: a button is there, page throttled 4x (median of ${ROUNDS})`, seconds(middle(times)));
  note('first load: bytes until then', `${(bytes / 1000).toFixed(1)} kB`);
  rmSync(other, { recursive: true, force: true });
}

async function sync(url: string, words: string): Promise<void> {
  rmSync(profile, { recursive: true, force: true });
  const context = await launch(profile);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  await page.getByText('Come in with your 24 words').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox').fill(words.trim());
  let all = await timed('first sync: the log', async () => {
    await page.getByRole('button', { name: 'Open my account' }).click();
    await page.getByRole('heading', { name: 'Safety' }).waitFor();
  });
  for (const kind of ['Contacts', 'Messages', 'Photos']) {
    await page.getByRole('switch', { name: kind }).click();
    all += await timed(`first sync: ${kind.toLowerCase()}`, async () => {
      await page.getByRole('button', { name: /or older: turn it on/ }).click();
      await page.getByRole('switch', { name: kind, checked: true }).waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    });
  }
  note('first sync: all', seconds(all));
  await page.locator('.sync.idle').first().waitFor();
  await context.close();
}

const FIRST = { photos: '.tile', contacts: '.virtual .row', messages: '.virtual .row' };

async function start(url: string): Promise<void> {
  for (const [view, selector] of Object.entries(FIRST)) {
    const times: number[] = [];
    const cpus: number[] = [];
    const pictures: number[] = [];
    const heads: number[] = [];
    const wholes: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const context = await launch(profile);
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const cpu = cpuOf(profile);
      await page.goto(`${url}/#/${view}`, { waitUntil: 'commit' });
      times.push(await firstSeen(page, selector));
      cpus.push(cpuOf(profile) - cpu);
      if (view === 'photos') pictures.push(await firstSeen(page, '.tile img'));
      await page.locator('.sync.idle').first().waitFor();
      heads.push(await page.evaluate(() => performance.now()));
      wholes.push(cpuOf(profile) - cpu);
      await context.close();
    }
    note(`warm start: first screen of ${view} (median of ${ROUNDS})`, seconds(middle(times)), middle(cpus));
    if (pictures.length > 0) note('warm start: first picture in it', seconds(middle(pictures)));
    note(`warm start: ${view}; all read, and verified to the head`, seconds(middle(heads)), middle(wholes));
  }
}

/** What the next start needs is written down, all of it. The page has nothing to show for it; this browser's key opens it, also here. */
async function isKept(page: Page): Promise<void> {
  for (let kept: Kept | null = null; !isWhole(kept); ) {
    await page.waitForTimeout(200);
    const plain = await page.evaluate(async () => {
      const db = await new Promise<IDBDatabase>((done, fail) => {
        const asked = indexedDB.open('candor');
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error);
      });
      const row = <T>(name: string) =>
        new Promise<T>((done) => {
          const got = db.transaction('meta').objectStore('meta').get(name);
          got.onsuccess = () => done(got.result);
        });
      const [sealed, device] = [await row<Uint8Array<ArrayBuffer> | undefined>('haystack'), await row<{ storeKey: CryptoKey }>('device')];
      db.close();
      if (!sealed) return null;
      const how = { name: 'AES-GCM', iv: sealed.slice(0, 12), additionalData: new TextEncoder().encode('haystack') };
      return [...new Uint8Array(await crypto.subtle.decrypt(how, device.storeKey, sealed.slice(12)))];
    });
    kept = plain && readKept(Uint8Array.from(plain));
  }
}

const isWhole = (kept: Kept | null): boolean =>
  ([1, 3, 4] as const).every((kind) => {
    const of = kept?.get(kind);
    return of && of.pieces.length > 0 && of.from === null && !of.unread;
  });

/** From the key to the rows on the page, the pause that waits for more keys among it; and until nothing is left to be read. */
async function ask(page: Page, query: string): Promise<{ ms: number; rows: number; whole: number }> {
  return page.evaluate(
    ([text]) =>
      new Promise<{ ms: number; rows: number; whole: number }>((done) => {
        const input = document.querySelector<HTMLInputElement>('.filter input')!;
        const status = document.querySelector('[role=status].visually-hidden')!;
        const before = status.textContent;
        const began = performance.now();
        let ms = 0;
        const observer = new MutationObserver(() => {
          if (status.textContent === before && ms === 0) return;
          ms ||= performance.now() - began;
          if (document.querySelector('.still')) return;
          observer.disconnect();
          done({ ms, rows: document.querySelectorAll('.results li').length, whole: performance.now() - began });
        });
        observer.observe(document.querySelector('.page')!, { subtree: true, childList: true, characterData: true });
        input.value = text!;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }),
    [query],
  );
}

const QUERIES = ['thermos', 'harbour 1234', 'grandmother lemon', 'person77', 'IMG_0199', 'oslo', 'zebra', 'e'];

async function search(url: string): Promise<void> {
  for (let i = 0; i <= ROUNDS; i++) {
    const context = await launch(profile);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${url}/#/search`);
    await page.locator('.filter input').waitFor();
    const { ms, whole, rows } = await ask(page, QUERIES[0]!);
    const which = i === 0 ? ' (this browser was closed at once after the run before)' : '';
    note(`search: the first, "${QUERIES[0]}", at once after the start${which}: rows; all ${rows}`, `${ms.toFixed(0)} ms; ${whole.toFixed(0)} ms`);
    await isKept(page);
    await context.close();
  }
  const context = await launch(profile);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${url}/#/search`);
  await page.locator('.filter input').waitFor();
  await page.locator('.sync.idle').first().waitFor();
  for (const query of QUERIES.slice(1)) {
    const times: number[] = [];
    let rows = 0;
    for (let i = 0; i < ROUNDS; i++) {
      if ((await page.locator('.filter input').inputValue()) !== '') await ask(page, '');
      const found = await ask(page, query);
      times.push(found.whole);
      rows = found.rows;
    }
    note(`search: "${query}" (${rows} rows; median of ${ROUNDS})`, `${middle(times).toFixed(0)} ms`);
  }
  await context.close();
}

async function scroll(url: string): Promise<void> {
  const context = await launch(profile);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${url}/#/photos`);
  await page.locator('.tile img').first().waitFor();
  await page.locator('.sync.idle').first().waitFor();
  const cpu = cpuOf(profile);
  const { longest, over, frames } = await page.evaluate(
    (ms) =>
      new Promise<{ longest: number; over: number; frames: number }>((done) => {
        const list = document.querySelector('.virtual')!;
        const began = performance.now();
        let last = began;
        let [longest, over, frames] = [0, 0, 0];
        const step = (now: number) => {
          longest = Math.max(longest, now - last);
          if (now - last > 100) over++;
          frames++;
          last = now;
          list.scrollTop = ((list.scrollHeight - list.clientHeight) * (now - began)) / ms;
          if (now - began < ms) requestAnimationFrame(step);
          else done({ longest, over, frames });
        };
        requestAnimationFrame(step);
      }),
    SCROLL_MS,
  );
  note(
    `scroll: ${size.photos} photos in ${SCROLL_MS / 1000} s, longest frame (${frames} frames, ${over} over 100 ms)`,
    `${longest.toFixed(0)} ms`,
    cpuOf(profile) - cpu,
  );
  const drawn = performance.now();
  await page.locator('.tile img').last().waitFor();
  note('scroll: pictures of where it stopped', `${(performance.now() - drawn).toFixed(0)} ms`);
  await context.close();
}

/** What this core gives now, beside others that work: the same piece of work each time. */
function reference(): void {
  const piece = new Uint8Array(1 << 20);
  const before = process.cpuUsage();
  const began = performance.now();
  for (let i = 0; i < 20; i++) sha256(piece);
  const cpu = process.cpuUsage(before);
  note('for comparison: 20 MiB of SHA-256 in JavaScript', seconds(performance.now() - began), (cpu.user + cpu.system) / 1e6);
}

test('figures of a large account', async () => {
  mkdirSync(folder, { recursive: true });
  const { server, words } = await largeAccount(folder, size, console.log);
  try {
    reference();
    if (isAsked('load')) await load(server.url);
    if (isAsked('sync') || !existsSync(profile)) await sync(server.url, words);
    reference();
    if (isAsked('start')) await start(server.url);
    if (isAsked('search')) await search(server.url);
    if (isAsked('scroll')) await scroll(server.url);
  } finally {
    await server.stop();
    console.table(figures);
    writeFileSync(join(folder, 'figures.json'), JSON.stringify(figures, null, 1));
  }
  expect(figures.length).toBeGreaterThan(0);
});
