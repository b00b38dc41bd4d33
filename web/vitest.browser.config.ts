import { defineConfig } from 'vitest/config';
import { lawsOf } from './laws';

/** A real browser, a real server with the bundle beside it, and a CLI device. */
export default defineConfig({
  define: { __LAWS__: JSON.stringify(lawsOf('../laws')) },
  test: {
    include: ['tests/browser/*.test.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    bail: 1,
    expect: { poll: { timeout: 30_000 } },
  },
});
