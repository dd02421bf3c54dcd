import { audioMediaType } from '../../shared/audio-formats.ts';
import type { SampleFault } from '../../voice-folder/judge-samples.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import type { Problem } from './checked-folder.ts';
import { problemOf } from './fault-problem.ts';
import type { LocatedJson } from './locate.ts';
import { lookAlike, suggestFile } from './suggest.ts';

/**
 * Describes what is wrong with the samples, each file for itself; a missing one where the manifest lists it.
 *
 * @param json the manifest's positions
 * @param others the names of all other files in the folder
 */
export function sampleProblems(fault: SampleFault, json: LocatedJson, others: readonly string[]): Problem[] {
  const { code } = fault;
  if (code === 'EMPTY_SAMPLE') {
    return fault.names.map((name) => ({ file: name, ...problemOf({ code, names: [name] }) }));
  }
  if (code === 'MISSING_SAMPLES') {
    return fault.names.map((name) => {
      const [path, located] = (json.ok && findItem(json, name)) || [];
      const similar = suggestFile(name, others);
      const alike = similar === undefined ? undefined : lookAlike(name, similar);
      const { suggestion: _, message, ...problem } = problemOf({ code, names: [name] });
      return {
        ...problem,
        file: MANIFEST_NAME,
        ...located?.position,
        ...(path !== undefined && { path }),
        message: `lists ${JSON.stringify(name)}, which ${message}${alike === undefined ? '' : `: it ${alike}`}`,
        ...(similar !== undefined && { suggestion: JSON.stringify(similar) }),
      };
    });
  }
  const below = others.filter((name) => audioMediaType(name) !== undefined);
  const isBelow = code === 'NO_SAMPLES' && below.length > 0;
  return [
    {
      file: '.',
      ...problemOf(fault),
      ...(isBelow && {
        suggestion: `list the files in subfolders in "files": ${JSON.stringify(below.slice(0, 3))}`,
      }),
    },
  ];
}

/** Finds the entry of a file in `files`. */
function findItem({ values }: Extract<LocatedJson, { ok: true }>, name: string) {
  return [...values].find(([path, { text }]) => path.startsWith('files[') && JSON.parse(text) === name);
}
