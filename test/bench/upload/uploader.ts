import { candidates } from './candidates.ts';
import type { Job, Report } from './job.ts';
import { peakMemory } from '../peak-memory.ts';

/** Does one upload in this process and reports the measurements to its parent. */
async function main(): Promise<void> {
  const [name = '', job = ''] = process.argv.slice(2);
  const candidate = candidates[name as keyof typeof candidates];
  const upload = candidate(JSON.parse(job) as Job);
  const cpuBefore = cpuSeconds();
  const start = performance.now();
  const uploaded = await upload();
  const seconds = (performance.now() - start) / 1000;
  const report: Report = uploaded
    ? { seconds, ...uploaded }
    : { seconds, cpuSeconds: cpuSeconds() - cpuBefore, peakRss: peakMemory() };
  process.send?.(report, () => process.disconnect());
}

function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
