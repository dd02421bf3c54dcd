import { readFile } from 'node:fs/promises';
import { metricName, metricsIn, type Period, queueMetrics, timeOf } from '../support/metrics.ts';
import type { World } from './world.ts';

/** What CloudWatch would have received during a run, period by period. */
export interface Numbers {
  secondsOfPeriod: number;
  periods: Period[];
}

/** The names of the function and of both queues. */
const FUNCTION = 'clone-voice';
const QUEUES = ['clone-voice', 'clone-voice-dead-letters'];
const SECONDS_OF_PERIOD = 5;

/** Records the queues and the processes once per period. The function's own metrics come from its log. */
export function recordNumbers({ aws, pool, logFile }: World): { end: () => Promise<Numbers> } {
  const begin = Date.now();
  const periods: Period[] = [];
  let before = { ...pool.counts };
  const add = (at: number, metrics: Period) => {
    const number = Math.floor((at - begin) / 1000 / SECONDS_OF_PERIOD);
    while (periods.length <= number) periods.push({});
    const period = periods[number] ?? {};
    for (const [name, values] of Object.entries(metrics)) {
      (period[name] ??= []).push(...values.map((value) => Math.round(value * 10) / 10));
    }
  };
  async function look(): Promise<void> {
    const now = Date.now();
    for (const queue of QUEUES) add(now, await queueMetrics(aws.endpoint, queue, now));
    const { invocations, timedOut, killed } = pool.counts;
    const errors = timedOut + killed - before.timedOut - before.killed;
    add(now, {
      [metricName('AWS/Lambda', 'Invocations', FUNCTION)]: [invocations - before.invocations],
      [metricName('AWS/Lambda', 'Errors', FUNCTION)]: [errors],
      [metricName('AWS/Lambda', 'Throttles', FUNCTION)]: [0],
    });
    before = { ...pool.counts };
  }
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, SECONDS_OF_PERIOD * 1_000);
  return {
    async end() {
      clearInterval(timer);
      await looking;
      for (const line of (await readFile(logFile, 'utf8')).split('\n')) {
        const at = timeOf(line);
        if (at !== undefined && at >= begin) add(at, metricsIn([line]));
      }
      return { secondsOfPeriod: SECONDS_OF_PERIOD, periods };
    },
  };
}
