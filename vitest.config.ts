import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Long tests of few lines, in order; else, without a record of earlier runs, they would come last and run alone. */
const LONG = [
  'functions/answers',
  'functions/crash-points/crash-points',
  'cdk/synth',
  'cli/local',
  'cli/many-folders',
].map((name) => `/test/${name}.test.ts`);

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((name) => moduleId.endsWith(name));
      return index === -1 ? LONG.length : index;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- of no array
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: {
    alias: {
      './function-code.ts': fileURLToPath(new URL('test/cdk/built-function-code.ts', import.meta.url)),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-program.ts', 'test/support/bundle-function.ts'],
    setupFiles: ['test/support/captured-logs.ts'],
    // Only for what hangs: a busy machine takes many times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    // Files of a worker share packages, which are slow to load, but no module of ours.
    isolate: false,
    // Some tests wait, so that two for each core keep them busy. Each worker loads packages of its own: n8n, CDK and the AWS SDK
    // take seconds, and half a gigabyte.
    maxWorkers: Math.min(2 * availableParallelism(), 12),
    sequence: { sequencer: LongFirst },
  },
});
