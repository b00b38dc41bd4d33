import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { packsOf } from './greetings';
import { lawsOf } from './laws';

const GREETINGS = 'greetings/';
const packs = packsOf('../shelf/greetings');

/** A pack of greetings for each language, fetched when it is asked for. */
const greetingPacks: Plugin = {
  name: 'greeting-packs',
  generateBundle() {
    for (const [language, source] of packs) this.emitFile({ type: 'asset', fileName: `${GREETINGS}candor-${language}.pack`, source });
  },
};

/** Names the bundle's files in the service worker: they are what it keeps for the time without a network. */
const namesInServiceWorker: Plugin = {
  name: 'names-in-service-worker',
  generateBundle(_, bundle) {
    const worker = bundle['sw.js'];
    const made = Object.keys(bundle).filter((f) => f !== 'sw.js' && f !== 'index.html' && !f.startsWith(GREETINGS));
    const files = ['/', ...made.map((f) => `/${f}`), ...readdirSync('public').map((f) => `/${f}`)].sort();
    const unhashed = createHash('sha256');
    for (const file of ['index.html', ...readdirSync('public').map((f) => `public/${f}`)]) unhashed.update(readFileSync(file));
    if (worker?.type === 'chunk')
      worker.code = worker.code.replace('__FILES__', JSON.stringify(files)).replace('__VERSION__', unhashed.digest('hex').slice(0, 12));
  },
};

/** The bundle is static files that `candor-server` serves: hashed names below /assets, nothing inline, no address of anywhere else. */
export default defineConfig({
  plugins: [greetingPacks, namesInServiceWorker],
  // Of each pack its SHA-256: while the browser has this one, it asks for none.
  define: {
    __PACKS__: JSON.stringify(Object.fromEntries([...packs].map(([l, p]) => [l, createHash('sha256').update(p).digest('hex')]))),
    __LAWS__: JSON.stringify(lawsOf('../laws')),
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rollupOptions: {
      input: { index: 'index.html', sw: 'src/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // What the first screen needs comes as one file: each more costs a slow phone as much as some kilobytes do.
        codeSplitting: { groups: [{ name: 'core', tags: ['$initial'], test: (id) => !id.endsWith('/sw.ts') }] },
      },
    },
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1' },
});
