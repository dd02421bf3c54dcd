import type { Result } from '../../voice-folder/result.ts';
import { plain } from '../table.ts';

/** What uploading a folder will do in Callers, as far as the bucket shows. */
export type Effect =
  /** The voice was made of the same files, or is being made of them. */
  | { kind: 'nothing'; status: 'succeeded' | 'cloning' }
  /** No drop of the folder made a voice. The bucket may still know these recordings from another folder. */
  | { kind: 'first' }
  /** The folder's voices stay in Callers. The bucket may still know these recordings, as above; otherwise, another one is billed. */
  | { kind: 'another'; voices: { id: string; name: string }[] }
  /** An earlier drop may have made a voice, or is making one. */
  | { kind: 'perhapsAnother'; status: 'cloning' | 'unknown' };

/**
 * @param result the folder's result, of whatever manifest; undefined if there is none, or it is another folder's
 * @param isSame whether the local files are those that the result is about
 */
export function effectOf(result: Result | 'unreadable' | undefined, isSame: boolean): Effect {
  if (result === 'unreadable') return { kind: 'perhapsAnother', status: 'unknown' };
  if (isSame && (result?.status === 'succeeded' || result?.status === 'cloning')) {
    return { kind: 'nothing', status: result.status };
  }
  const earlier = result && 'earlier' in result ? (result.earlier ?? []) : [];
  const own = result?.status === 'succeeded' ? result.voices : [];
  const voices = [...own, ...earlier.flatMap((drop) => drop.voices ?? [])].map(({ id, name }) => ({
    id,
    name,
  }));
  if (voices.length > 0) return { kind: 'another', voices };
  if (result?.status === 'cloning' || result?.status === 'unknown') {
    return { kind: 'perhapsAnother', status: result.status };
  }
  return earlier.length > 0 ? { kind: 'perhapsAnother', status: 'unknown' } : { kind: 'first' };
}

/** Whether a person has to agree: another voice of the same folder is rarely intended. */
export function needsConsent({ kind }: Effect): boolean {
  return kind === 'another' || kind === 'perhapsAnother';
}

/** Another folder, or an earlier drop of this one, may have had them with these settings: then the function makes no voice. */
export const BILLED = 'billed, unless the bucket knows these recordings';
const FIRST_VOICE = `a first voice (${BILLED})`;

/** For a line about a folder. */
export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'nothing':
      return effect.status === 'succeeded'
        ? 'nothing has changed since its voice was cloned'
        : 'nothing has changed, and its voice is being cloned';
    case 'first':
      return FIRST_VOICE;
    case 'another':
      return `another voice (${BILLED}; ${effect.voices.map(({ id }) => plain(id)).join(', ')} stays)`;
    case 'perhapsAnother':
      return effect.status === 'cloning'
        ? `another voice (${BILLED}): one is being cloned from other files`
        : `perhaps another voice (${BILLED}): an earlier drop may have made one, so check Callers`;
  }
}

/** What will happen to folders: a line for each that gets another voice, and one for all others together. */
export function describeEffects(folders: readonly { name: string; effect: Effect }[]): string[] {
  const line = ({ name, effect }: { name: string; effect: Effect }) =>
    `${plain(name)}: ${describeEffect(effect)}`;
  if (folders.length === 1) return folders.map(line);
  const count = (kind: Effect['kind']) => folders.filter(({ effect }) => effect.kind === kind).length;
  const other = folders.some(({ effect }) => needsConsent(effect)) ? ' other' : '';
  const others = [
    ...(count('first') > 0
      ? [`${FIRST_VOICE} for ${count('first') === 1 ? '1' : `each of ${count('first')}`}${other}`]
      : []),
    ...(count('nothing') > 0 ? [`nothing has changed in ${count('nothing')}`] : []),
  ];
  return [
    ...folders.filter(({ effect }) => needsConsent(effect)).map(line),
    ...(others.length > 0 ? [others.join('; ')] : []),
  ];
}
