// Looks that all is there which the service worker keeps, then puts a brotli and a gzip form beside each file of the bundle: candor-server sends what the browser takes (src/Server/Web/WebApp.cs).
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

// One that is missing would keep every version from being installed: no offline, no sharing, no film.
for (const [file] of readFileSync('dist/sw.js', 'utf8').matchAll(/(?<=")\/[\w./-]+(?=")/g))
  if (file !== '/' && file.includes('.') && !existsSync(join('dist', file)))
    throw new Error(`the service worker keeps ${file}, which is not in the bundle`);

const SMALLEST = 512;
let shipped = 0;
let greetings = 0;
for (const name of readdirSync('dist', { recursive: true })) {
  const file = join('dist', name);
  if (!statSync(file).isFile() || !/\.(?:js|css|html|svg|json|webmanifest|pack)$/.test(file)) continue;
  const bytes = readFileSync(file);
  if (bytes.length < SMALLEST) continue;
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  writeFileSync(`${file}.br`, br);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  if (name.endsWith('.pack')) greetings += br.length;
  else shipped += br.length;
}
console.log(
  `${(shipped / 1024).toFixed(1)} KiB as brotli, and ${(greetings / 1024).toFixed(1)} KiB of greetings, fetched when they are first opened`,
);
