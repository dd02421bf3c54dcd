import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: these tests build a native addon, and wait for time limits. */
export default defineConfig({
  test: {
    include: ['test/asset/*.asset.ts'],
    globalSetup: ['test/support/build-runtime-client.ts'],
    setupFiles: ['test/support/captured-logs.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
