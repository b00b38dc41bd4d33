import { defineConfig } from 'vitest/config';
import { lawsOf } from './laws';

/** Quick tests in Node, seconds long; the patience is for a machine that has much else to do. The browser tests are `tests/browser`, run by their own program with a real server. */
export default defineConfig({
  define: { __LAWS__: JSON.stringify(lawsOf('../laws')) },
  test: { include: ['tests/*.test.ts'], environment: 'node', testTimeout: 180_000 },
});
