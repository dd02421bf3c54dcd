import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** How many CPUs other processes may use on a quiet machine. */
const OF_OTHERS = 0.5;
/** The load that the bench causes itself. */
const OF_THE_BENCH = 3;
const SAMPLE_MILLISECONDS = 2_000;

/** How busy the machine was. */
export interface Load {
  /** Busy CPUs before the bench. */
  before: number;
  /** Load average over the last minute. */
  after: number;
  isQuiet: boolean;
}

/**
 * Measures the load now and later. Before the bench it counts busy CPUs for two seconds, because the load average
 * still includes what ran before.
 */
export async function watchLoad(): Promise<() => Load> {
  const before = await busyProcessors();
  return () => {
    const after = loadavg()[0] ?? NaN;
    const isQuiet = before <= OF_OTHERS && after <= OF_THE_BENCH + 0.5 * availableParallelism();
    return { before, after, isQuiet };
  };
}

export function describeLoad({ before, after, isQuiet }: Load): string {
  const numbers =
    `${before.toFixed(1)} CPUs busy before the bench, ` +
    `load average ${after.toFixed(1)} at the end of this benchmark`;
  return isQuiet ? `Measured on a quiet machine (${numbers}).` : `**Measured under load** (${numbers}).`;
}

async function busyProcessors(): Promise<number> {
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
