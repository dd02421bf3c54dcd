import { formatProblems } from '../../shared/format-problems.ts';
import { minutes } from '../output.ts';
import { SILENCE, type Sound, type Span } from './measure.ts';
import { hiddenSeconds } from './mp4-edits.ts';
import { delayOf } from './outline.ts';
import type { Media } from '../../shared/media.ts';
import { type Place, place } from './place.ts';
import type { Recording } from './recording.ts';
import { between, intersection, lengthOf } from './spans.ts';

/** The codes of {@link qualityProblems}. */
export const qualityCodes = [
  'SILENT',
  'SILENT_TRACK',
  'SEVERAL_TRACKS',
  'WRONG_EXTENSION',
  'UNKNOWN_FORMAT',
  'NOT_HEARD',
  'TRUNCATED',
  'TRIMMED',
  'JOINED',
  'TELEPHONE',
  'CLIPPED',
  'TOO_LOUD',
  'VERY_QUIET',
  'NOISY',
  'MOSTLY_SILENCE',
  'LONG_PAUSE',
  'TWO_VOICES',
  'INVERTED',
  'DELAYED',
  'SAME_SOUND',
] as const;

/** One of {@link qualityCodes}. */
export type QualityCode = (typeof qualityCodes)[number];

/** A problem with a recording that would make a poor voice. */
export interface QualityProblem {
  code: QualityCode;
  /** The rest of a sentence that starts with the file. */
  message: string;
  suggestion?: string;
  /** Where in the recording; not for a problem of the whole recording. */
  places?: Place[];
}

/**
 * Finds problems that would make a poor voice. The thresholds accept recordings of public voice collections
 * (`test/corpus/voices.corpus.ts`); only silence is certainly wrong.
 */
export function qualityProblems(recording: Recording): QualityProblem[] {
  return [...inFile(recording), ...(recording.sound ? inSound(recording.media, recording.sound) : [])];
}

function inFile({ name, media, sound, notHeard }: Recording): QualityProblem[] {
  const problems: QualityProblem[] = [];
  const { container, codec, isTruncated, isJoined, isPadded, isUnfinished, isTagged, trimmed } = media;
  if (container === undefined && codec === undefined && sound === undefined) {
    problems.push({
      code: 'UNKNOWN_FORMAT',
      message: 'has an unknown format: a provider may not support it either',
      suggestion: 'listen to it, and save it as .wav or .mp3',
    });
  }
  if (notHeard !== undefined && (container !== undefined || codec !== undefined)) {
    problems.push({
      code: 'NOT_HEARD',
      message: `was not analyzed: ffmpeg cannot decode it (${notHeard})`,
      suggestion: 'listen to it; if it plays, check that ffmpeg may read this folder and knows the format',
    });
  }
  problems.push(...formatProblems(name, media));
  if (isPadded) {
    problems.push({
      code: 'UNKNOWN_FORMAT',
      message: 'has samples with unused bytes, which many programs read as noise, or not at all',
      suggestion: 'save it as a WAV of 16 or 24 bits',
    });
  }
  if (isUnfinished) {
    problems.push({
      code: 'UNKNOWN_FORMAT',
      message: 'declares no sound, as if its recorder had been stopped: some programs hear none',
      suggestion: 'listen to it, and save it as a new file',
    });
  }
  if (isTagged) {
    // The index of an MP4 counts from the beginning of the file.
    const [message, suggestion] =
      container === 'MP4'
        ? [
            'so its index points beside the sound: many programs hear noise or nothing',
            'remove the tag; saving it in another format does not help',
          ]
        : ['behind which many programs do not find the sound', 'remove the tag, or save it as .wav or .mp3'];
    problems.push({
      code: 'UNKNOWN_FORMAT',
      message: `begins with a tag of MP3, ${message}`,
      suggestion,
    });
  }
  if (isTruncated) {
    problems.push({
      code: 'TRUNCATED',
      message: 'is truncated: it declares more audio than it contains',
      suggestion: 'copy it again',
    });
  }
  if (trimmed) {
    problems.push({
      code: 'TRIMMED',
      message: `still contains ${hiddenSeconds(trimmed).toFixed(1)} seconds that were cut away: players skip them, but a provider may hear them`,
      suggestion: 'save what is to be heard as a new file',
    });
  }
  if (isJoined) {
    problems.push({
      code: 'JOINED',
      message: 'is several files joined end to end: many programs read only the first',
      suggestion: 'save each as a file of its own, or join them with an audio editor',
    });
  }
  return problems;
}

function inSound({ seconds = 0 }: Media, sound: Sound): QualityProblem[] {
  if (sound.swing < SILENCE) {
    return [{ code: 'SILENT', message: 'is silent from beginning to end', suggestion: 'record it again' }];
  }
  const delay = delayToHear(sound);
  return [
    ...inTracks(sound),
    ...inFrequencies(sound),
    ...inPeaks(sound),
    ...inLoudness(sound),
    ...inNoise(sound, seconds),
    ...betweenChannels(sound, delay),
    ...(isQuiet(sound) ? [] : inPauses(sound, seconds, delay !== undefined)),
  ];
}

function inTracks({ track, tracks }: Sound): QualityProblem[] {
  const problems: QualityProblem[] = [];
  if (track) {
    problems.push({
      code: 'SILENT_TRACK',
      message: `has ${track.of} audio tracks, and the first is silent: a provider may use that`,
      suggestion: `save track ${track.number} as a file of its own`,
    });
  }
  if (tracks !== undefined) {
    problems.push({
      code: 'SEVERAL_TRACKS',
      message: `has ${tracks} audio tracks with different sound: a provider may use any of them`,
      suggestion: 'save the track of the voice as a file of its own',
    });
  }
  return problems;
}

/** In dB. Voices that people recorded stay above -42, and what was converted from 8 kHz is mostly below -80. */
const TELEPHONE_BELOW = -60;

function inFrequencies({ aboveTelephone }: Sound): QualityProblem[] {
  const isTelephone = aboveTelephone !== undefined && aboveTelephone < TELEPHONE_BELOW;
  if (!isTelephone) return [];
  return [
    {
      code: 'TELEPHONE',
      message:
        'has no sound above 4 kHz, whatever its sample rate: the voice will sound like a telephone call',
      suggestion: 'record it again with a microphone; converting the file does not help',
    },
  ];
}

function inPeaks(sound: Sound): QualityProblem[] {
  const { excess, channels } = sound;
  if (excess !== undefined) {
    return [
      {
        code: 'TOO_LOUD',
        message: `exceeds full scale by ${excess.toFixed(1)} dB: read as 16 bits, its peaks are clipped`,
        suggestion: `make it ${Math.ceil(excess + 1)} dB quieter`,
        places: clippedPlaces(sound),
      },
    ];
  }
  if (!channels.some(({ isClipped }) => isClipped)) return [];
  return [
    {
      code: 'CLIPPED',
      message: 'was recorded too loud: its peaks are clipped',
      suggestion: 'record it again with less gain',
      places: clippedPlaces(sound),
    },
  ];
}

/** Where peaks are clipped; spots that are closer than 0.1 seconds are one. */
function clippedPlaces({ channels }: Sound): Place[] {
  return channels.flatMap(({ clipped }, index) => {
    const spots: { from: number; to: number }[] = [];
    for (const [from, to] of clipped) {
      const last = spots.at(-1);
      if (last && from - last.to < 0.1) last.to = to;
      else spots.push({ from, to });
    }
    return spots.map(({ from, to }) => place(from, to, channels.length > 1 ? index + 1 : undefined));
  });
}

function inLoudness(sound: Sound): QualityProblem[] {
  if (!isQuiet(sound)) return [];
  const { loudness, rms } = sound;
  return [
    {
      code: 'VERY_QUIET',
      message: `is very quiet: ${hasLoudness(sound) ? `${loudness.toFixed(0)} LUFS` : `${rms.toFixed(0)} dB RMS`}`,
      suggestion: 'record it again, closer to the microphone',
    },
  ];
}

function isQuiet(sound: Sound): boolean {
  return hasLoudness(sound) ? sound.loudness < -40 : sound.rms < -45;
}

/** Loudness is undefined below 0.4 seconds (EBU Tech 3341). */
function hasLoudness({ loudness }: Sound): boolean {
  return loudness > -70;
}

/** Very short recordings have no pauses in which to measure noise. */
const NOISE_SECONDS = 4;
/** In dB. The noise floor is a peak value, about 10 dB above the perceived noise. */
const NOISE_DISTANCE = 10;

function inNoise({ rms, noiseFloor }: Sound, seconds: number): QualityProblem[] {
  const isNoisy = seconds >= NOISE_SECONDS && noiseFloor !== undefined && rms - noiseFloor < NOISE_DISTANCE;
  if (!isNoisy) return [];
  return [
    {
      code: 'NOISY',
      message: 'is noisy: the pauses are almost as loud as the words',
      suggestion: 'record it again in a quiet room',
    },
  ];
}

/** Two microphones at a distance, and stereo effects, stay far above. */
const INVERTED_BELOW = -0.8;

function betweenChannels({ correlation = 0 }: Sound, delay: number | undefined): QualityProblem[] {
  const problems: QualityProblem[] = [];
  if (correlation < INVERTED_BELOW) {
    problems.push({
      code: 'INVERTED',
      message: 'has one channel inverted, as by a wrong cable: in mono, the voice disappears',
      suggestion: 'save one channel as a mono file',
    });
  }
  if (delay !== undefined) {
    problems.push({
      code: 'DELAYED',
      message: `has the same sound on the ${delay > 0 ? 'right' : 'left'} ${Math.abs(delay).toFixed(1)} seconds later: in mono, each word is heard twice`,
      suggestion: 'save one channel as a mono file',
    });
  }
  return problems;
}

/** The same at the same time, as most stereo is, needs no search. */
const DELAYED_BELOW = 0.5;
/** In dB: what is this much quieter on the other side does not disturb. */
const CROSSTALK = 20;

/** {@link delayOf} the channels, if both are loud enough that a listener hears it. */
function delayToHear(sound: Sound): number | undefined {
  const { correlation = 0, channels } = sound;
  const [left, right] = channels;
  const areBothHeard = left && right && Math.abs(left.rms - right.rms) < CROSSTALK;
  return areBothHeard && correlation < DELAYED_BELOW ? delayOf(sound) : undefined;
}

/** @param isDelayed whether one channel repeats the other: one voice that is late is not two */
function inPauses({ channels }: Sound, seconds: number, isDelayed: boolean): QualityProblem[] {
  const problems: QualityProblem[] = [];
  const pauses = channels.map((channel) => channel.pauses);
  const common = pauses.reduce(intersection, [[0, seconds]]);
  const silence = lengthOf(common);
  if (silence > 0.75 * seconds) {
    const percent = Math.round((100 * silence) / seconds);
    problems.push({
      code: 'MOSTLY_SILENCE',
      message: `is silent for ${percent}% of its length`,
      suggestion: 'cut out the pauses',
      places: common.map(([from, to]) => place(from, to)),
    });
  }
  const longest = common.toSorted((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
  if (longest && isLong(longest)) {
    problems.push({
      code: 'LONG_PAUSE',
      message: `has a pause of ${Math.round(longest[1] - longest[0])} seconds at ${minutes(longest[0])}`,
      suggestion: 'cut it out',
      places: common.filter(isLong).map(([from, to]) => place(from, to)),
    });
  }
  if (!isDelayed && isConversation(pauses, seconds - silence)) {
    problems.push({
      code: 'TWO_VOICES',
      message: 'has one voice on the left and another on the right, like a telephone call',
      suggestion: 'save the channel of the voice to clone as a mono file',
      places: pauses.flatMap((silent, index) =>
        between(silent, seconds).map(([from, to]) => place(from, to, index + 1)),
      ),
    });
  }
  return problems;
}

/**
 * Whether each channel is active alone for over a fifth of the time, and both rarely: not one voice in
 * stereo.
 */
function isConversation(pauses: readonly (readonly Span[])[], sounding: number): boolean {
  const [left, right] = pauses;
  if (pauses.length !== 2 || !left || !right || sounding < 2) return false;
  const both = lengthOf(intersection(left, right));
  const leftAlone = lengthOf(right) - both;
  const rightAlone = lengthOf(left) - both;
  return Math.min(leftAlone, rightAlone) > 0.2 * sounding && leftAlone + rightAlone > 0.8 * sounding;
}

function isLong([from, to]: Span): boolean {
  return to - from > 5;
}
