import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import type { ReceivedRequest } from '../../emulators/callers-api/received-request.ts';
import { choose, type Dice } from './dice.ts';
import type { Call, Folder } from './folders.ts';

/** A behavior of the API. Its weight is the percentage of calls. */
export interface ApiBehavior {
  name: string;
  weight: number;
  behavior: (request: ReceivedRequest) => Behavior;
  /** The Lambda host that made the request crashes while the API works. */
  killsCaller?: true;
}

/** How long the API takes per voice. */
export const CLONE_MILLISECONDS = 150;

const always = (behavior: Behavior) => () => behavior;
const html = { body: '<!doctype html><title>Welcome</title>', headers: { 'content-type': 'text/html' } };

const HOLD_MILLISECONDS = 800;

/** How the API may behave, each with how often it does. */
export const apiBehaviors: readonly ApiBehavior[] = [
  { name: 'normal', weight: 48, behavior: always({ kind: 'normal' }) },
  { name: 'normal, caller killed', weight: 5, behavior: always({ kind: 'normal' }), killsCaller: true },
  {
    name: 'slow reading',
    weight: 2,
    behavior: ({ headers }) => ({
      kind: 'slow-reading',
      bytesPerSecond: Number(headers['content-length']),
    }),
  },
  { name: 'slow answer', weight: 2, behavior: always({ kind: 'slow-answer', bytesPerSecond: 400 }) },
  {
    name: 'answer that never ends',
    weight: 1,
    behavior: always({ kind: 'slow-answer', bytesPerSecond: 20 }),
  },
  {
    name: 'hold',
    weight: 2,
    behavior: () => ({
      kind: 'hold',
      until: new Promise((resolve) => setTimeout(resolve, HOLD_MILLISECONDS)),
    }),
  },

  { name: '302', weight: 1, behavior: always({ kind: 'answer', status: 302, headers: { location: '/' } }) },
  { name: '400', weight: 2, behavior: always({ kind: 'answer', status: 400 }) },
  { name: '401', weight: 1, behavior: always({ kind: 'answer', status: 401 }) },
  { name: '401 early', weight: 1, behavior: always({ kind: 'answer', status: 401, when: 'early' }) },
  { name: '413 early', weight: 1, behavior: always({ kind: 'answer', status: 413, when: 'early' }) },
  {
    name: '429, wait 1 s',
    weight: 3,
    behavior: always({ kind: 'answer', status: 429, headers: { 'retry-after': '1' } }),
  },
  { name: '429 early', weight: 1, behavior: always({ kind: 'answer', status: 429, when: 'early' }) },
  { name: '503', weight: 2, behavior: always({ kind: 'answer', status: 503 }) },
  {
    // As Varnish does (findings/varnish-503-after-delivery.sh).
    name: '503 of a proxy that gave up, voice',
    weight: 3,
    behavior: always({
      kind: 'answer',
      status: 503,
      created: true,
      body: html.body,
      headers: { ...html.headers, 'retry-after': '5' },
    }),
  },
  { name: '503 early', weight: 1, behavior: always({ kind: 'answer', status: 503, when: 'early' }) },

  { name: '500, no voice', weight: 1, behavior: always({ kind: 'answer', status: 500 }) },
  { name: '500, voice', weight: 2, behavior: always({ kind: 'answer', status: 500, created: true }) },
  { name: '500 early', weight: 1, behavior: always({ kind: 'answer', status: 500, when: 'early' }) },
  {
    name: '502 web page, voice',
    weight: 1,
    behavior: always({ kind: 'answer', status: 502, created: true, ...html }),
  },
  {
    name: '200 web page, voice',
    weight: 2,
    behavior: always({ kind: 'answer', status: 200, created: true, ...html }),
  },
  { name: '201 without voices', weight: 1, behavior: always({ kind: 'answer', status: 201, body: [] }) },
  { name: '200 early', weight: 1, behavior: always({ kind: 'answer', status: 200, when: 'early' }) },

  { name: 'reset before body', weight: 2, behavior: always({ kind: 'reset', when: 'before-body' }) },
  { name: 'reset during body', weight: 2, behavior: always({ kind: 'reset', when: 'during-body' }) },
  { name: 'reset after body, no voice', weight: 1, behavior: always({ kind: 'reset', when: 'after-body' }) },
  {
    name: 'reset after body, voice',
    weight: 3,
    behavior: always({ kind: 'reset', when: 'after-body', created: true }),
  },
  { name: 'reset during answer', weight: 2, behavior: always({ kind: 'reset', when: 'during-answer' }) },

  { name: 'silence from start', weight: 1, behavior: always({ kind: 'silence', when: 'from-start' }) },
  {
    name: 'silence after body, no voice',
    weight: 1,
    behavior: always({ kind: 'silence', when: 'after-body' }),
  },
  {
    name: 'silence after body, voice',
    weight: 3,
    behavior: always({ kind: 'silence', when: 'after-body', created: true }),
  },
];

/** The percentage of folders for which the API is busy at every call. */
const ALWAYS_BUSY = 1;

/** How the API behaves at the nth call for a folder, counted from 1. */
export function behaviorOf(folder: Folder, call: number, dice: Dice): ApiBehavior {
  const isBusy = dice('busy', folder.id) * 100 < ALWAYS_BUSY;
  const behavior = isBusy
    ? apiBehaviors.find(({ name }) => name === '429, wait 1 s')
    : choose(apiBehaviors, dice('api', folder.id, call) * 100);
  if (!behavior) throw new Error('The weights of the behaviors add up to less than 100');
  return behavior;
}

/** How often each behavior really happened: some need the complete body, and do not always get it. */
export function happenedAmong(calls: readonly Call[]): ReadonlyMap<string, number> {
  const happened = new Map<string, number>();
  for (const { name, behavior, request } of calls) {
    const needsBody = !('when' in behavior && WITHOUT_BODY.has(behavior.when));
    if (request.complete || !needsBody) happened.set(name, (happened.get(name) ?? 0) + 1);
  }
  return happened;
}

const WITHOUT_BODY = new Set<unknown>(['early', 'before-body', 'during-body', 'from-start']);

/**
 * Whether a voice may exist, as far as the caller can know: the API got the complete body and did not definitely refuse
 * it.
 */
export function mayHaveMadeVoice({ request: { complete, status } }: Call): boolean {
  const isRefusal = status !== null && status >= 300 && status < 500;
  return complete && !isRefusal;
}
