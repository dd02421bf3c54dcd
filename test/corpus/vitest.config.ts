import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: these tests download what others recorded, 300 MB, the first time. */
export default defineConfig({
  test: {
    include: ['test/corpus/*.corpus.ts'],
    globalSetup: ['test/support/build-program.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
});
