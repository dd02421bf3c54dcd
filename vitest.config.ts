import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/captured-logs.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests wait for a process that they started.
    maxWorkers: 2 * availableParallelism(),
  },
});
