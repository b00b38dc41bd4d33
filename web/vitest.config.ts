import { defineConfig } from 'vitest/config';

/** Quick tests in Node. The browser tests are `tests/browser`, run by their own program with a real server. */
export default defineConfig({
  test: { include: ['tests/*.test.ts'], environment: 'node', testTimeout: 60_000 },
});
