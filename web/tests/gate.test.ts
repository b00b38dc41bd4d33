import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((f) => f.isFile() && /\.tsx?$/.test(f.name))
  .map((f) => join(f.parentPath, f.name));
/** Without comments: they may speak of what the code may not do. */
const codeOf = (file: string) =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/[^\n]*/g, '$1');
const where = (pattern: RegExp) => files.filter((f) => pattern.test(codeOf(f))).map((f) => relative(src, f));

test('There is one way to the network, and it is the gate', () => {
  expect(where(/\bfetch\s*\(/)).toEqual(['engine/gate.ts']);
  expect(where(/\bfetch\b/).filter((f) => f !== 'engine/gate.ts')).toEqual(['sw.ts']);
  // The service worker hears what the page asks for, and asks the server for the app's own files alone, when a version is installed.
  expect(where(/\bcaches\b|\baddAll\b/)).toEqual(['sw.ts']);
  expect(codeOf(join(src, 'sw.ts'))).toContain('cache.addAll(FILES)');
  expect(where(/XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeerConnection|WebTransport|importScripts|navigator\s*\.\s*connection/)).toEqual(
    [],
  );
});

test('No address of anywhere else stands in the code', () => {
  // But for the name that XMP goes by within a picture: it is compared, nobody is asked.
  expect(where(/https?:\/\/(?!127\.0\.0\.1|ns\.adobe\.com\/xap\/)[a-z]/i)).toEqual([]);
});

test('Nothing writes markup from text', () => {
  expect(where(/innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\s*\(|new Function|srcdoc/)).toEqual([]);
});

test('The protocol does no I/O and has no clock, and knows neither engine nor app', () => {
  const protocol = files.filter((f) => f.startsWith(join(src, 'protocol')));
  const bad = protocol.filter((f) => /indexedDB|Date\.now|new Date\(\)|localStorage|document\.|\bself\.|from '\.\.\//.test(codeOf(f)));
  expect(bad.map((f) => relative(src, f))).toEqual([]);
});

test('The app reaches keys, store and network only through the engine', () => {
  const app = files.filter((f) => f.startsWith(join(src, 'app')));
  const bad = app.filter((f) =>
    [...codeOf(f).matchAll(/from '\.\.?\/.*?(engine|protocol)\/([\w-]+)'/g)].some(
      (m) => !['rpc', 'lists', 'engine', 'problems', 'ledger', 'ids', 'law'].includes(m[2]!),
    ),
  );
  expect(bad.map((f) => relative(src, f))).toEqual([]);
});
