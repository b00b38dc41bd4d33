import { defineConfig } from 'vitest/config';
import { lawsOf } from './laws';

/** The engine in Node against a real server and a CLI device. */
export default defineConfig({
  define: { __LAWS__: JSON.stringify(lawsOf('../laws')) },
  test: { include: ['tests/server/*.test.ts'], environment: 'node', testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false },
});
