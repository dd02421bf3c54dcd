import { audioMediaType } from '../../shared/audio-formats.ts';
import { rightExtension } from '../../shared/container.ts';
import type { LocalSample } from '../check/checked-folder.ts';

/** The name of a sample that is copied, with the extension of its format. */
export function rightName({ name, media }: LocalSample): string {
  const extension = rightExtension(name, media?.container, media?.codec);
  return extension === undefined ? name : withExtension(name, extension);
}

/** A name with another extension, if it has one of a recording. */
export function withExtension(name: string, extension: string): string {
  return `${audioMediaType(name) === undefined ? name : name.replace(/\.[^./]*$/, '')}.${extension}`;
}

/** Another name, if some file systems would take this one for one that is taken. */
export function unused(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf('.');
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase().normalize()); number++) {
    free = `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
  }
  taken.add(free.toLowerCase().normalize());
  return free;
}
