import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crc32, ZipWriter } from '../src/formats/zip';
import { joined, utf8 } from '../src/protocol/bytes';

test('The sum is that of the standard', () => {
  expect(crc32(utf8('123456789'))).toBe(0xcbf4_3926);
  expect(crc32(utf8('6789'), crc32(utf8('12345')))).toBe(0xcbf4_3926);
});

test('Another program opens what was written piece by piece, with names in any script, and finds every byte', async () => {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const zip = new ZipWriter(async (b) => void parts.push(b));
  await zip.add('notes/日本語 é.md', Date.UTC(2024, 4, 1), [utf8('one '), utf8('two')]);
  await zip.add('notes/empty', null, []);
  await zip.add('notes/EMPTY', null, [utf8('another name')]);
  expect(await zip.finish()).toBe(joined(parts).length);
  const folder = mkdtempSync(join(tmpdir(), 'candor-zip-'));
  const file = join(folder, 'a.zip');
  writeFileSync(file, joined(parts));
  const script =
    'import sys,zipfile,json;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(json.dumps({n:z.read(n).decode() for n in z.namelist()}))';
  const read = JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }));
  rmSync(folder, { recursive: true });
  expect(read).toEqual({ 'notes/日本語 é.md': 'one two', 'notes/empty': '', 'notes/EMPTY (2)': 'another name' });
});
