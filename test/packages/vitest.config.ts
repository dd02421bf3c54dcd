import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: what is published is built, packed and installed first. */
export default defineConfig({
  test: {
    include: [
      'test/packages/*.packages.ts',
      // The program's own tests hold for the installed one as well, on the oldest Node that it is for.
      'test/cli/*.test.ts',
    ],
    // These need a checkout.
    exclude: ['test/cli/{limit,local,transport,upload-file}.test.ts'],
    globalSetup: ['test/packages/packed.ts', 'test/support/build-runtime-client.ts'],
    setupFiles: ['test/support/captured-logs.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // They build and load the same folders.
    fileParallelism: false,
  },
});
