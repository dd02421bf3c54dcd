import type { Refuser } from '../../../shared/outcome.ts';

/** Says that something other than Callers refused a request, with the status of its answer. */
export function refusedBefore(by: Exclude<Refuser, 'Callers'>, status: number): string {
  return by === 'proxy'
    ? `A proxy, or another server before Callers, refused access (${status})`
    : `There is no Callers API at the Base URL (${status})`;
}
