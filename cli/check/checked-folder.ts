import type { DropFailureCode } from '../../shared/failures.ts';
import type { Media } from '../../shared/media.ts';
import type { Manifest } from '../../voice-folder/manifest.ts';
import type { Sound } from '../audio/measure.ts';
import type { Place } from '../audio/place.ts';
import type { QualityCode } from '../audio/quality.ts';
import type { Waveform } from '../audio/waveform.ts';

/** The findings about a local folder. */
export interface CheckedFolder {
  path: string;
  /** Whether a voice can be cloned from the folder: no problem is an error. */
  ok: boolean;
  problems: Problem[];
  /** The manifest's samples that exist, in the order in which they are sent. */
  samples: LocalSample[];
  /** Whether any sample was analyzed with ffmpeg. */
  isHeard: boolean;
  /** Why no sample could be: the rest of a sentence. */
  notHeard?: string;
  /** Undefined if it is invalid. */
  manifest?: Manifest;
}

/** An error to fix, or a warning. */
export interface Problem {
  severity: 'error' | 'warning';
  /** The affected file, relative to the folder; `.` for the folder itself. */
  file: string;
  /** The position in the manifest, from 1. */
  line?: number;
  column?: number;
  /** The field of the manifest, such as `files[2]`. */
  path?: string;
  /** The code that `result.json` would have, or a code for the recording's quality. */
  code?: DropFailureCode | QualityCode | 'NOT_USED';
  /** The rest of a sentence that starts with the field, or else the file. */
  message: string;
  /** What to write instead, or what to do. */
  suggestion?: string;
  /** URL of the documentation for this rule. */
  source?: string;
  /** Where in the recording. */
  places?: Place[];
}

/** A local sample. */
export interface LocalSample {
  /** Relative to the folder, with `/`. */
  name: string;
  /** Local path. */
  path: string;
  /** In bytes. */
  size: number;
  /** An earlier sample with the same content, which is sent instead. */
  sameAs?: string;
  /** Only for samples that are sent and may be audio. */
  media?: Media;
  /** Only if analyzed with ffmpeg. */
  sound?: Sound;
  /** Only if it is to be drawn. */
  waveform?: Waveform;
}
