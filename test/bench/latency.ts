import { type Benchmark, type Findings, median } from './benchmark.ts';
import type { CandidateName } from './upload/candidates.ts';
import { inTurn, prepareUploader, speedup } from './upload/measure.ts';
import { startServers } from './upload/servers.ts';

const FIRST_BYTE_MILLISECONDS = 30;
const ROUNDS = 9;

const shapes = [
  { title: '25 × 1 MB', count: 25, bytes: 1_000_000, least: 2.8 },
  { title: '25 × 0.2 MB', count: 25, bytes: 200_000 },
];

const product: CandidateName[] = ['callers, plain source', 'callers, the function'];
const candidates: CandidateName[] = ['one after the other', ...product];

/** What looking ahead is worth. */
export const latency: Benchmark = {
  name: 'latency',
  description:
    `Samples whose first byte takes ${FIRST_BYTE_MILLISECONDS} ms, as S3's does, against the same samples opened and sent ` +
    'one after the other.',
  run,
};

async function run(): Promise<Findings> {
  const uploader = await prepareUploader();
  const servers = await startServers({ secure: false, firstByteDelay: FIRST_BYTE_MILLISECONDS });
  const findings: Findings = { tables: [], targets: [] };
  for (const { title, least, ...shape } of shapes) {
    const rounds = await inTurn(candidates, ROUNDS, (candidate) => uploader.run(candidate, shape, servers));
    const faster = (candidate: CandidateName) => speedup(rounds, candidate, 'one after the other');
    findings.tables.push({
      title: `${title}, ${FIRST_BYTE_MILLISECONDS} ms to the first byte of each`,
      columns: ['', 'ms', 'times faster'],
      rows: [...rounds].map(([candidate, runs]) => [
        candidate,
        Math.round(median(runs.map(({ seconds }) => seconds * 1000))),
        Number(faster(candidate).toFixed(2)),
      ]),
      notes: [
        `Medians of ${ROUNDS} runs, ratios within each round. The function also finds the samples, and writes its claim and ` +
          'result; those requests are answered at once.',
      ],
    });
    if (least === undefined) continue;
    for (const candidate of product) {
      findings.targets.push({
        demand: `${title}, ${candidate}: at least ${least} × faster than one after the other`,
        measured: faster(candidate).toFixed(2),
        met: faster(candidate) >= least,
      });
    }
  }
  servers.close();
  return findings;
}
