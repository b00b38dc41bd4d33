import { defineConfig } from 'vitest/config';

/** Measures the app with a large account; no test, and no part of one. See tests/figures/large.figures.ts. */
export default defineConfig({
  test: {
    include: ['tests/figures/*.figures.ts'],
    environment: 'node',
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
    fileParallelism: false,
    bail: 1,
    disableConsoleIntercept: true,
  },
});
