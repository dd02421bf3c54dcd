import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerRows, startAnswering } from '../support/answers.ts';
import { type Bench, files, largeFiles, startBench } from '../support/bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const large = largeFiles();

describe('what an answer means', () => {
  const statuses = {
    cloned: 'succeeded',
    rejected: 'failed',
    notSent: 'deferred',
    unknown: 'unknown',
  } as const;

  it.each(answerRows)('$what, $when: $means', async (row) => {
    const server = await startAnswering(row);
    try {
      const folder = `answer ${row.what} ${row.when}/`;
      const record = await bench.drop(folder, { name: 'Amelia' }, row.when === 'early' ? large : files);
      const failed = await bench.deliver(record, bench.handler({ CALLERS_API_URL: server.url }));
      const status = failed.length > 0 ? 'deferred' : (await bench.result(folder)).status;
      expect(status).toBe(statuses[row.means]);
    } finally {
      await server.close();
    }
  });
});
