import { atLeast, type Benchmark, median, type Report } from './benchmark.ts';
import type { CandidateName } from './upload/candidates.ts';
import { inTurn, prepareUploader, speedup } from './upload/measure.ts';
import { startServers } from './upload/servers.ts';

const FIRST_BYTE_MILLISECONDS = 30;
const ROUNDS = 7;

const shapes = [
  { title: '25 × 1 MB', count: 25, bytes: 1_000_000, least: 2.8 },
  { title: '25 × 0.2 MB', count: 25, bytes: 200_000 },
];

const product: CandidateName[] = ['callers, plain source', 'callers, the function'];
const candidates: CandidateName[] = ['one after the other', ...product];

/** How much time it saves to open samples ahead. */
export const latency: Benchmark = {
  name: 'latency',
  description:
    'How much time it saves to open samples ahead, when the first byte of each takes ' +
    `${FIRST_BYTE_MILLISECONDS} ms, as from S3. The baseline, \`one after the other\`, opens each sample ` +
    'only after it has sent the previous one.',
  seconds: 25,
  run,
};

async function run(report: Report): Promise<void> {
  const uploader = await prepareUploader();
  const servers = await startServers({ secure: false, firstByteDelay: FIRST_BYTE_MILLISECONDS });
  for (const [index, { title, least, ...shape }] of shapes.entries()) {
    const rounds = await inTurn(
      candidates.map((name) => ({ name, rounds: ROUNDS })),
      (candidate) => uploader.run(candidate, shape, servers),
      (share) => report.step(title, (index + share) / shapes.length),
    );
    const faster = (candidate: CandidateName) => speedup(rounds, candidate, 'one after the other');
    report.table({
      title: `${title}, ${FIRST_BYTE_MILLISECONDS} ms to the first byte of each sample`,
      columns: ['', 'ms', 'speedup'],
      rows: [...rounds].map(([candidate, runs]) => [
        candidate,
        Math.round(median(runs.map(({ seconds }) => seconds * 1000))),
        Number(faster(candidate).toFixed(2)),
      ]),
      notes: [
        `Medians of ${ROUNDS} runs; speedups compare runs of the same round. The function also finds the ` +
          'samples and writes the ledger and the result; S3 answers those requests immediately.',
      ],
    });
    if (least === undefined) continue;
    for (const candidate of product) {
      const demand = `${title}, ${candidate}: at least ${least} × as fast as one after the other`;
      report.targets(atLeast(demand, faster(candidate), least));
    }
  }
  servers.close();
}
