import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: these tests build the packages, and install them from their archives as people do. */
export default defineConfig({
  test: {
    include: ['test/packages/*.packages.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // They build and load the same folders.
    fileParallelism: false,
  },
});
