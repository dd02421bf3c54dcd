import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-program.ts'],
    setupFiles: ['test/support/captured-logs.ts'],
    // Only for what hangs: a busy machine takes many times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    // Files of a worker share packages, which are slow to load, but no module of ours.
    isolate: false,
    // Many tests wait for a process that they started.
    maxWorkers: 3 * availableParallelism(),
  },
});
