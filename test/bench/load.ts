import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** How many CPUs other processes may use on a quiet machine. */
const OF_OTHERS = 0.5;
const SAMPLE_MILLISECONDS = 2_000;

/** How many CPUs other processes used, right before and right after a benchmark. */
export interface Load {
  before: number;
  after: number;
}

/** A sentence that says whether other programs kept the machine busy, in CPUs. */
export function describeLoad({ before, after }: Load): string {
  const numbers = `${before.toFixed(1)} CPUs busy before, ${after.toFixed(1)} after`;
  return Math.max(before, after) <= OF_OTHERS
    ? `Measured on a quiet machine (${numbers}).`
    : `**Measured under load** (${numbers}).`;
}

/**
 * Counts busy CPUs for two seconds, in which the bench does nothing. The load average would include what the bench did
 * itself.
 */
export async function busyProcessors(): Promise<number> {
  const [busy, all] = processorTimes();
  await sleep(SAMPLE_MILLISECONDS);
  const [busyLater, allLater] = processorTimes();
  return (availableParallelism() * (busyLater - busy)) / (allLater - all);
}

/** Milliseconds of all CPUs since boot: busy, and in total. */
function processorTimes(): [busy: number, all: number] {
  const times = cpus().map(({ times: { user, nice, sys, irq, idle } }) => {
    const busy = user + nice + sys + irq;
    return [busy, busy + idle] as const;
  });
  return [times.reduce((sum, [busy]) => sum + busy, 0), times.reduce((sum, [, all]) => sum + all, 0)];
}
