import { defineConfig } from 'vitest/config';

/** Apart from `npm test` and CI: these tests need moto (`pip install 'moto[server]==5.2.1'`). */
export default defineConfig({
  test: { include: ['test/moto/*.moto.ts'], testTimeout: 120_000, hookTimeout: 300_000 },
});
