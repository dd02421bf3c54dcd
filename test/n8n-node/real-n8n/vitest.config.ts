import { defineConfig } from 'vitest/config';

/** `npm run test:n8n`: what needs n8n itself, which is 3 GB and no dependency of this project. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.check.ts', '*.test.ts'],
    testTimeout: 120_000,
    // n8n migrates its database, and imports workflows one by one.
    hookTimeout: 600_000,
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
