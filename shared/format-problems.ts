import { audioMediaType, isDocumented } from './audio-formats.ts';
import { rightExtension } from './container.ts';
import type { Media } from './media.ts';

/** A problem with the format of a recording, which is sent anyway. */
export interface FormatProblem {
  code: 'UNKNOWN_FORMAT' | 'WRONG_EXTENSION' | 'TELEPHONE';
  /** The rest of a sentence that starts with the file. */
  message: string;
  /** What to do: an imperative in lowercase. */
  suggestion: string;
}

/** Problems that headers reveal, for `check`, the function and the n8n node alike. */
export function formatProblems(name: string, { container, codec, sampleRate }: Media): FormatProblem[] {
  const problems: FormatProblem[] = [];
  const undocumented = undocumentedFormat(container, codec);
  if (undocumented !== undefined) {
    problems.push({
      code: 'UNKNOWN_FORMAT',
      message: `is ${undocumented}, which no provider documents`,
      suggestion: 'save it as .wav or .mp3',
    });
  }
  const extension = rightExtension(name, container, codec);
  const sentAs = audioMediaType(name);
  // Files without the name of a sample are named by their content when they are sent.
  if (extension !== undefined && sentAs !== undefined) {
    problems.push({
      code: 'WRONG_EXTENSION',
      message: `contains ${container} data, but is sent as ${sentAs}`,
      suggestion: `rename it to ${name.replace(/\.[^./]*$/, '')}.${extension}`,
    });
  }
  if (sampleRate !== undefined && sampleRate < 16_000) {
    problems.push({
      code: 'TELEPHONE',
      message: `has a sample rate of ${Number((sampleRate / 1000).toFixed(1))} kHz: the voice will sound like a telephone call`,
      suggestion: 'record with at least 16 kHz; converting the file does not help',
    });
  }
  return problems;
}

function undocumentedFormat(container: string | undefined, codec: string | undefined): string | undefined {
  if (container !== undefined && !isDocumented(container)) return container;
  if (codec === undefined || !undocumentedCodecs.has(codec)) return undefined;
  return `${codec} in ${container ?? 'an unknown container'}`;
}

/** Codecs that few programs read, in containers that providers document. */
const undocumentedCodecs = new Set(['AC-3', 'E-AC-3', 'DTS', 'Speex', 'GSM', 'ATRAC', 'QCELP']);
