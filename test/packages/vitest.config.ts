import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const limits = {
  setupFiles: ['test/support/captured-logs.ts'],
  testTimeout: 120_000,
  hookTimeout: 300_000,
};

/** Tests that need only the archives, or a clone of their own, and mostly wait for npm. */
const ofArchives = ['test/packages/{construct-managers,first-voice}.packages.ts'];

/** Apart from `npm test`: what is published is built, packed and installed first. */
export default defineConfig({
  test: {
    globalSetup: ['test/packages/packed.ts', 'test/support/build-runtime-client.ts'],
    projects: [
      {
        test: {
          ...limits,
          name: 'packages',
          include: ['test/packages/*.packages.ts'],
          exclude: ofArchives,
          // They build and load the same folders.
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // With the program’s own tests, which hold for the installed one as well, on the oldest Node that it is for.
        test: {
          ...limits,
          name: 'installed',
          include: [...ofArchives, 'test/cli/*.test.ts'],
          // These need a checkout.
          exclude: ['test/cli/{limit,local,transport,upload-file}.test.ts'],
          maxWorkers: 3 * availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
