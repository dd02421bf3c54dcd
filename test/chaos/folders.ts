import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import type { ReceivedRequest } from '../../emulators/callers-api/received-request.ts';
import { wav } from '../support/wav.ts';
import { choose, type Dice, shuffled } from './dice.ts';

/** A voice folder: its planned content, and what has happened to it so far. */
export interface Folder {
  /** Such as `chaos/00042/`. */
  prefix: string;
  /** Its `subOrganizationId`, which tells the API simulator whose call it is before the body arrives. */
  id: string;
  name: string;
  story: Story;
  manifest: { name: string; subOrganizationId: string; files?: string[] };
  samples: Sample[];
  arrival: Arrival;

  /** The folder that this one is a copy of, as it is. Its calls count as that one's: it has its sub-organization. */
  copyOf?: Folder;
  /** Somebody copied it. */
  isCopied: boolean;
  /** It was renamed, so that nothing is left of it. */
  isMoved: boolean;

  uploads: Upload[];
  calls: Call[];
  /** Whether the person has seen how the last upload ended. */
  hasEnded: boolean;
  /** What happened, for debugging. */
  history: string[];
}

/**
 * | | |
 * |---|---|
 * | `usual` | everything is in place sooner or later |
 * | `bad-manifest` | the manifest is corrected only when a person asks again |
 * | `incomplete` | a sample that the manifest lists is uploaded only when a person asks again |
 * | `replaced-while-read` | a sample is replaced while the function opens it |
 * | `replaced-while-cloned` | a sample is replaced while the API handles the request |
 * | `impatient` | the manifest is uploaded again before the outcome of the first upload is known |
 */
export type Story =
  | 'usual'
  | 'bad-manifest'
  | 'incomplete'
  | 'replaced-while-read'
  | 'replaced-while-cloned'
  | 'impatient';

/** In what order the manifest and the samples are uploaded. */
export type Arrival = 'manifest-last' | 'shuffled' | 'manifest-first';

/** A sample of a folder. */
export interface Sample {
  name: string;
  body: Uint8Array;
}

/**
 * An upload of the manifest. After `after-success`, `after-sync` and `copy`, no call may follow; after `again`, another one
 * may. `edit` is another drop.
 */
export interface Upload {
  why: 'drop' | 'impatient' | 'again' | 'after-success' | 'after-sync' | 'copy' | 'edit';
  /** When it began. */
  at: number;
  /** What `result.json` said then; `none` if there was none. */
  told: string;
}

/** A call that arrived at the API. */
export interface Call {
  at: number;
  /** The behavior's name. */
  name: string;
  behavior: Behavior;
  request: ReceivedRequest;
}

const stories: { story: Story; weight: number }[] = [
  { story: 'bad-manifest', weight: 0.02 },
  { story: 'incomplete', weight: 0.02 },
  { story: 'replaced-while-read', weight: 0.03 },
  { story: 'replaced-while-cloned', weight: 0.03 },
  { story: 'impatient', weight: 0.06 },
];

/** Plans the folder with this number. */
export function planFolder(index: number, dice: Dice): Folder {
  const number = String(index).padStart(5, '0');
  const story = choose(stories, dice('story', index))?.story ?? 'usual';
  const samples = planSamples(index, dice);
  const names = shuffled(
    samples.map(({ name }) => name),
    dice,
    'order in files',
    index,
  );
  const listed = story === 'incomplete' || dice('files', index) < 0.5;
  const name = `Voice ${number}`;
  const id = `folder-${number}`;
  return {
    prefix: `chaos/${number}/`,
    id,
    name,
    story,
    manifest: { name, subOrganizationId: id, ...(listed && { files: names }) },
    samples,
    arrival: planArrival(story, dice('arrival', index)),
    ...noHistory(),
  };
}

/** The same folder under another name. */
export function planCopy(folder: Folder): Folder {
  return { ...folder, ...noHistory(), story: 'usual', prefix: copiedPrefix(folder), copyOf: folder };
}

/** A folder for the next speaker, who has the recordings of the first one until somebody replaces them. */
export function planTemplate(folder: Folder): Folder {
  const [name, id] = [`${folder.name} next`, `${folder.id}-next`];
  const manifest = { ...folder.manifest, name, subOrganizationId: id };
  return { ...folder, ...noHistory(), story: 'usual', prefix: copiedPrefix(folder), name, id, manifest };
}

function noHistory() {
  return { isCopied: false, isMoved: false, uploads: [], calls: [], hasEnded: false, history: [] };
}

/** A folder is copied once. */
function copiedPrefix({ prefix }: Folder): string {
  return prefix.replace('/', '/9');
}

/** Impatient people upload samples first: samples between two uploads of the manifest would make them two drops. */
function planArrival(story: Story, number: number): Arrival {
  if (story === 'impatient' || number < 0.4) return 'manifest-last';
  return number < 0.7 ? 'shuffled' : 'manifest-first';
}

/** More than the buffers between the function and the API hold. */
const LARGE = 7_000_000;

function planSamples(index: number, dice: Dice): Sample[] {
  const count = 1 + Math.floor(dice('samples', index) * 4);
  const samples = Array.from({ length: count }, (_, number) => {
    const isLarge = number === 0 && dice('large', index) < 0.03;
    const noise = wav(isLarge ? LARGE : 2_000 + Math.floor(dice('size', index, number) * 10_000));
    return { name: `sample-${number}.wav`, body: recordingOf(noise, index, number) };
  });
  const [first, second] = samples;
  if (first && second && dice('twins', index) < 0.1) second.body = first.body;
  return samples;
}

/** Noise unique to this sample. */
export function recordingOf(noise: Uint8Array, ...what: number[]): Uint8Array {
  const bytes = Buffer.from(noise);
  bytes.write(JSON.stringify(what), 44, 'latin1');
  return bytes;
}

const start = Date.now();

/** Adds a line with the time since the start, in seconds, to a folder’s history. */
export function note({ history }: Folder, what: string): void {
  history.push(`${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s  ${what}`);
}
