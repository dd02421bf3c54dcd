import { defineConfig } from 'vitest/config';

/**
 * Apart from `npm test`: walks that take a minute, properties with all cases, memory, the construct's README and CloudFormation's
 * schemas, tests that wait for the time limits of a deployment, and tests with programs that Debian has.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.exhaustive.ts', 'test/**/*.properties.test.ts'],
    env: { EXHAUSTIVE: 'yes' },
    globalSetup: ['test/support/build-program.ts'],
    setupFiles: ['test/support/captured-logs.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // One at a time: neighbors must not use up a time limit of four seconds.
    fileParallelism: false,
  },
});
