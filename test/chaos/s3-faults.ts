import { setTimeout as sleep } from 'node:timers/promises';
import { s3Answers } from '../support/s3-answers.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { choose, type Dice } from './dice.ts';
import { type Folder, note } from './folders.ts';

/** Something that goes wrong with a request to S3. */
interface S3Fault {
  name: string;
  /** Its probability. */
  weight: number;
  /** Only for requests like these. */
  only?: RegExp;
  fault: Fault | ((killCaller: () => void) => Fault | Promise<Fault>);
}

/** What may go wrong with a request to S3, each with the share of requests. */
export const s3Faults: readonly S3Fault[] = [
  { name: 'slow', weight: 0.01, fault: () => sleep(1_500).then(() => 'pass') },
  { name: '503', weight: 0.008, fault: s3Answers.throttled },
  { name: '503, again and again', weight: 0.005, fault: s3Answers.throttled },
  { name: '409 conflict', weight: 0.008, only: /^PUT/, fault: { status: 409 } },
  { name: 'not done, connection closed', weight: 0.005, fault: 'drop' },
  { name: 'done, connection closed', weight: 0.008, fault: 'commit-silently' },
  { name: 'body stalled', weight: 0.004, only: /^GET/, fault: 'stall-body' },
  { name: 'not done, never answered', weight: 0.001, fault: 'never-answer' },
  { name: 'done, never answered', weight: 0.001, fault: { commitThen: () => {} } },
  {
    name: 'not done, caller killed',
    weight: 0.005,
    fault: (killCaller) => {
      killCaller();
      return 'never-answer';
    },
  },
  { name: 'done, caller killed', weight: 0.005, fault: (killCaller) => ({ commitThen: killCaller }) },
];

/** More often than the function's S3 client tries. */
const AGAIN_AND_AGAIN = 7;

/** Whose requests fail, and who sees them first. */
export interface S3FaultsOptions {
  dice: Dice;
  /** The folder that a key lies in. */
  folderOf: (key: string) => Folder | undefined;
  /** Called for each request before anything goes wrong with it. */
  onRequest: (request: string, folder: Folder) => Promise<void>;
}

/** Decides what goes wrong with a request to S3, by the request and how often it was made before. */
export function createS3Faults({ dice, folderOf, onRequest }: S3FaultsOptions) {
  const happened = new Map<string, number>();
  const seen = new Map<string, number>();
  const broken = new Map<string, number>();

  return {
    /** How often each fault happened. */
    happened: happened as ReadonlyMap<string, number>,
    intercept: async (request: string, query: URLSearchParams, killCaller: () => void): Promise<Fault> => {
      const name = query.has('prefix') ? `LIST ${query.get('prefix')}` : request.replace(/ \/[^/]+\//, ' ');
      const folder = folderOf(name.replace(/^\S+ /, ''));
      // A list of folders of the same shape belongs to several.
      if (!folder && !name.includes('/same/')) return 'pass';
      if (folder) await onRequest(name, folder);

      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      const stillBroken = broken.get(name) ?? 0;
      if (stillBroken > 0) {
        broken.set(name, stillBroken - 1);
        return s3Answers.throttled;
      }
      const likely = s3Faults.filter(({ only }) => !only || only.test(name));
      // Repeated requests fail less often, so that a run ends.
      const chosen = choose(likely, dice('s3', name, times) * times);
      if (!chosen) return 'pass';
      happened.set(chosen.name, (happened.get(chosen.name) ?? 0) + 1);
      if (folder) note(folder, `S3 ${chosen.name}: ${name}`);
      if (chosen.name === '503, again and again') broken.set(name, AGAIN_AND_AGAIN);
      return typeof chosen.fault === 'function' ? chosen.fault(killCaller) : chosen.fault;
    },
  };
}
