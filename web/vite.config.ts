import { defineConfig } from 'vite';

/** The bundle is static files that `candor-server` serves: hashed names below /assets, nothing inline, no address of anywhere else. */
export default defineConfig({
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1' },
});
