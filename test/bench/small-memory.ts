import type { Benchmark, Findings, Report, Target } from './benchmark.ts';
import type { CandidateName } from './upload/candidates.ts';
import { prepareUploader } from './upload/measure.ts';
import { limitMemory } from './upload/limit-memory.ts';
import { startServers } from './upload/servers.ts';

const MEGABYTE = 1_000_000;
const LIMIT_MEBIBYTES = 128;

const shape = { count: 1, bytes: 1000 * MEGABYTE };
const product: CandidateName[] = ['callers, plain source', 'callers, the function'];

/** Whether the smallest possible Lambda function is large enough. */
export const smallMemory: Benchmark = {
  name: 'small-memory',
  description:
    `Uploads a sample of 1 GB in a process whose total memory is limited to ${LIMIT_MEBIBYTES} MiB, as in ` +
    'the smallest Lambda function.',
  seconds: 10,
  async run(report) {
    const { tables, targets } = await measure(report);
    tables.forEach((table) => report.table(table));
    report.targets(...targets);
  },
  check: async () => (await measure()).targets,
};

async function measure(report?: Report): Promise<Findings> {
  const limit = limitMemory(LIMIT_MEBIBYTES * 1024 * 1024);
  const title = `1 × 1 GB within ${LIMIT_MEBIBYTES} MiB`;
  const columns = ['', 'seconds', 'peak RSS, MB'];
  if (!limit.possible) {
    return { tables: [{ title, columns, rows: [], notes: [`Skipped: ${limit.why}.`] }], targets: [] };
  }
  try {
    const rows: (string | number)[][] = [];
    const targets: Target[] = [];
    const uploader = await prepareUploader();
    const servers = await startServers({ secure: true });
    for (const [index, candidate] of product.entries()) {
      report?.step(candidate, index / product.length);
      const demand = `${title}, ${candidate}: uploads the whole sample`;
      try {
        const { seconds, peakRss = NaN } = await uploader.run(candidate, shape, servers, {
          inside: limit.command,
        });
        rows.push([candidate, Number(seconds.toFixed(1)), Math.round(peakRss / MEGABYTE)]);
        targets.push({ demand, measured: 'yes', met: true });
      } catch (error) {
        targets.push({ demand, measured: (error as Error).message, met: false });
      }
    }
    servers.close();
    return { tables: [{ title, columns, rows, notes: [`Over TLS, limited by ${limit.by}.`] }], targets };
  } finally {
    limit.lift();
  }
}
