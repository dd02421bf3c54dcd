import { availableParallelism, loadavg } from 'node:os';

/** Processes that may run at once while the machine still counts as quiet: before the bench none, then its own few. */
const BEFORE = 0.5;
const OF_THE_BENCH = 3;

/** How busy the machine was, for whoever reads the numbers. */
export interface Load {
  before: number;
  after: number;
  isQuiet: boolean;
}

/** The machine's load now and later: the averages over a minute that the system keeps. */
export function watchLoad(): () => Load {
  const before = oneMinute();
  return () => {
    const after = oneMinute();
    const isQuiet = before <= BEFORE && after <= OF_THE_BENCH + 0.5 * availableParallelism();
    return { before, after, isQuiet };
  };
}

export function describeLoad({ before, after, isQuiet }: Load): string {
  const numbers = `load average ${before.toFixed(1)} before the bench and ${after.toFixed(1)} at the end of this`;
  return isQuiet ? `Measured on a quiet machine (${numbers}).` : `**Measured under load** (${numbers}).`;
}

function oneMinute(): number {
  return loadavg()[0] ?? NaN;
}
