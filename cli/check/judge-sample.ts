import { stat } from 'node:fs/promises';
import { audioMediaType, formatIn } from '../../shared/audio-formats.ts';
import { namedByContent } from '../../shared/media-extension.ts';
import { badSampleIn, isZeros, SNIFF_BYTES, ZEROS } from '../../shared/not-audio.ts';
import type { Fault } from '../../voice-folder/fault.ts';
import type { JudgedSample } from '../../voice-folder/judge-samples.ts';
import { everyChunk, startOf } from '../audio/file-bytes.ts';
import type { Listener } from '../audio/listen.ts';
import { qualityProblems } from '../audio/quality.ts';
import { readRecording } from '../audio/recording.ts';
import { waveformOf } from '../audio/waveform.ts';
import { aboutFile, type Memory } from '../memory.ts';
import type { LocalSample, Problem } from './checked-folder.ts';
import { problemOf } from './fault-problem.ts';
import type { LocalFile } from './local-files.ts';
import { unreadFile } from './unread-file.ts';

/** A sample, and what is wrong with it. */
interface Judged {
  sample: LocalSample;
  problems: Problem[];
}

/** How a sample is inspected. */
export interface Inspection {
  listener: Listener | undefined;
  /** Whether its waveform is wanted. */
  isDrawn: boolean;
  /** Whether all of it is read next, to be uploaded. */
  isUploaded: boolean;
  memory: Memory;
}

/** Inspects a sample's content and analyzes its audio. */
export async function judgeSample(file: JudgedSample<LocalFile>, how: Inspection): Promise<Judged> {
  const { name, path, size } = file;
  try {
    const judged = await inspect(file, how);
    // As while it is copied there: only a part of it was checked.
    return (await stat(path)).size === size ? judged : unjudged(file, changed(name));
  } catch (error) {
    return unjudged(file, unreadFile(name, error));
  }
}

/** A sample of which nothing but these problems is known. */
export function unjudged({ name, path, size }: LocalFile, ...problems: Problem[]): Judged {
  return { sample: { name, path, size }, problems };
}

function changed(file: string): Problem {
  const message = 'was changed while it was checked';
  return { severity: 'error', file, message, suggestion: 'wait until it is written, and check again' };
}

async function inspect(
  { name, path, size, sameAs }: JudgedSample<LocalFile>,
  { listener, isDrawn, isUploaded, memory }: Inspection,
): Promise<Judged> {
  const sample = { name, path, size };
  if (sameAs !== undefined) {
    const message = `has the same content as ${sameAs}: it is sent once`;
    return { sample: { ...sample, sameAs }, problems: [{ severity: 'warning', file: name, message }] };
  }
  if (size === 0) return { sample, problems: [] }; // Already reported by `judgeSamples`.
  const start = await startOf(path, SNIFF_BYTES);
  const fault = await faultOf(sample, start);
  if (fault) return { sample, problems: [{ file: name, ...problemOf(fault) }] };
  const { media, sound, notHeard } = await readRecording(path, start, size, listener, memory);
  // Decoders stop where a disk fails, and without them only headers were read.
  if (!isUploaded && (!sound || media.isTruncated)) await readAll(path, memory);
  const waveform = sound && isDrawn ? waveformOf(sound) : undefined;
  const problems = qualityProblems({ name, media, sound, notHeard }).map((problem): Problem => ({
    severity: problem.code === 'SILENT' ? 'error' : 'warning',
    file: name,
    ...problem,
  }));
  if (audioMediaType(namedByContent(name, start)) === undefined) {
    const message = 'does not have an audio file extension: it is sent as application/octet-stream';
    problems.push({ severity: 'warning', file: name, message });
  }
  return {
    sample: { ...sample, media, ...(sound && { sound }), ...(waveform && { waveform }) },
    problems,
  };
}

/** @throws {Error} if a part of the file cannot be read */
async function readAll(path: string, memory: Memory): Promise<void> {
  await aboutFile(memory, path, 'readable', async () => {
    await everyChunk(path, () => true);
    return Buffer.alloc(0);
  });
}

/** In bytes: programs that keep a file elsewhere leave less of it here. */
const SMALLEST = 64;

/** Why the sample would not be sent, or is not worth it. */
async function faultOf({ name, path, size }: LocalSample, start: Uint8Array): Promise<Fault | undefined> {
  const bad = badSampleIn(start, size);
  if (bad) return { ...bad, name };
  if (size < SMALLEST && !formatIn(start))
    return { code: 'NOT_AUDIO', name, found: `a stub of ${size} bytes` };
  const isEmpty = isZeros(start) && (await everyChunk(path, isZeros));
  return isEmpty ? { code: 'NOT_AUDIO', name, found: ZEROS } : undefined;
}
