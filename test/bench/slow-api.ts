import { atMost, type Benchmark, type Report } from './benchmark.ts';
import type { CandidateName } from './upload/candidates.ts';
import { prepareUploader } from './upload/measure.ts';
import { startServers } from './upload/servers.ts';

const MEGABYTE = 1_000_000;
const MEGABYTES_PER_SECOND = 10;
const MOST_MEGABYTES = 170;

const shape = { count: 1, bytes: 300 * MEGABYTE };
const product: CandidateName[] = ['callers, plain source', 'callers, the function'];
const candidates: CandidateName[] = ['raw pipe', ...product, 'axios + form-data'];

/** Whether the uploader stops reading samples while the API does not read (backpressure). */
export const slowApi: Benchmark = {
  name: 'slow-api',
  description:
    `How much memory each uploader takes while the API reads 300 MB at ${MEGABYTES_PER_SECOND} MB/s. All ` +
    'uploaders run at the same time, because their speed does not matter here.',
  seconds: 35,
  run,
};

async function run(report: Report): Promise<void> {
  const uploader = await prepareUploader({ peers: true });
  report.step(`at the same time: ${candidates.join(', ')}`, 0);
  const bytesPerSecond = MEGABYTES_PER_SECOND * MEGABYTE;
  const runs = await Promise.all(
    candidates.map(async (candidate) => {
      const servers = await startServers({ secure: false, bytesPerSecond });
      const { seconds, peakRss = NaN } = await uploader.run(candidate, shape, servers);
      servers.close();
      return { candidate, seconds, megabytes: Math.round(peakRss / MEGABYTE) };
    }),
  );
  const title = `1 × 300 MB at ${MEGABYTES_PER_SECOND} MB/s`;
  report.table({
    title,
    columns: ['', 'seconds', 'peak RSS, MB'],
    rows: runs.map(({ candidate, seconds, megabytes }) => [candidate, Math.round(seconds), megabytes]),
  });
  report.targets(
    ...runs
      .filter(({ candidate }) => product.includes(candidate))
      .map(({ candidate, megabytes }) =>
        atMost(
          `${title}, ${candidate}: peak RSS at most ${MOST_MEGABYTES} MB`,
          megabytes,
          MOST_MEGABYTES,
          'MB',
        ),
      ),
  );
}
