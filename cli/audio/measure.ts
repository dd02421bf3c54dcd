import { bandwidthMeter } from './bandwidth.ts';
import { loudnessMeter } from './loudness.ts';

/** Measurements of a recording. Levels are in dBFS; silence is `-Infinity`. */
export interface Sound {
  /** Of one track, per channel. */
  channels: ChannelSound[];
  /** The length of a block of the waveforms: about {@link BLOCK_SECONDS}, in whole samples. */
  blockSeconds: number;
  /** The highest value in any channel. */
  peak: number;
  /** The same without a constant offset, which is no sound. */
  swing: number;
  /** The level of the channels that carry the sound: an idle one does not count. */
  rms: number;
  /** Integrated loudness (EBU R 128) in LUFS; -70 if too quiet or too short to measure. */
  loudness: number;
  /** The level of the quietest 50 ms of the loudest channel; undefined if there are none without digital silence. */
  noiseFloor?: number;
  /** The level above what telephones transmit, in dB below the level of all; undefined if there is too little sound to tell. */
  aboveTelephone?: number;
  /** How alike two channels are: 1 if they are the same, -1 if one is inverted. Only for stereo. */
  correlation?: number;
  /** By how many dB it exceeds full scale, which only floating-point numbers can. */
  excess?: number;
  /** Which of several tracks was measured, from 1, if the first is silent. */
  track?: { number: number; of: number };
  /** How many tracks there are, if the first and another sound, and differ. */
  tracks?: number;
}

/** Measurements of one channel, in the same units. */
export interface ChannelSound {
  /** The highest value, with and without a constant offset. */
  peak: number;
  swing: number;
  rms: number;
  noiseFloor?: number;
  /** Whether it was recorded too loud: its own peaks are cut off. */
  isClipped: boolean;
  /** Where peaks are cut off, if it is clipped. */
  clipped: Span[];
  /** Silences of at least half a second. */
  pauses: Span[];
  /** The lowest and highest value of each {@link BLOCK_SECONDS}, from -32,768 to 32,767: a waveform. */
  low: Int16Array;
  high: Int16Array;
}

/** In seconds. */
export type Span = readonly [from: number, to: number];

/** Measures 16-bit samples while they pass. */
export interface SoundMeter {
  /** @param samples whole frames, with interleaved channels */
  add(samples: Int16Array): void;
  sound(): Sound;
  /** How many samples each channel had. */
  frames(): number;
}

/** The resolution of waveforms and of everything that has a place in time. */
export const BLOCK_SECONDS = 0.002;

/** A recording that swings less is silent, in dBFS. */
export const SILENCE = -80;

/** Levels below this count as a pause. Room noise is louder only in noisy recordings. */
const PAUSE_LEVEL = -50;
const PAUSE_SECONDS = 0.5;

/** How long it has to be quiet to count as the noise floor. */
const FLOOR_SECONDS = 0.05;

/** A channel that is this much quieter, in dB, does not carry the sound: it is idle, or has crosstalk. */
const IDLE = 20;

/** Measures decoded samples, which all versions of ffmpeg give alike; their own meters differ. */
export function soundMeter(channels: number, sampleRate: number): SoundMeter {
  const meters = Array.from({ length: channels }, () => channelMeter(sampleRate));
  const loudness = loudnessMeter(channels, sampleRate);
  const bandwidth = bandwidthMeter(sampleRate);
  let products = 0;
  let alone = new Float32Array();
  return {
    add(samples) {
      const frames = samples.length / channels;
      if (alone.length !== frames) alone = new Float32Array(frames);
      meters.forEach((meter, channel) => {
        for (let at = 0, from = channel; at < frames; at++, from += channels) {
          alone[at] = (samples[from] ?? 0) / FULL_SCALE;
        }
        loudness.add(channel, alone);
        bandwidth.add(alone);
        meter.add(samples, channel, channels);
      });
      if (channels !== 2) return;
      let sum = 0;
      for (let at = 0; at + 1 < samples.length; at += 2) sum += (samples[at] ?? 0) * (samples[at + 1] ?? 0);
      products += sum;
    },
    sound() {
      const measured = meters.map((meter) => meter.result());
      const loudest = measured.reduce((most, each) => (each.rms > most.rms ? each : most));
      const sounding = measured.filter(({ rms }) => rms >= loudest.rms - IDLE);
      const power = sounding.reduce((sum, { rms }) => sum + 10 ** (rms / 10), 0) / sounding.length;
      const [left, right] = meters.map((meter) => meter.moments());
      const aboveTelephone = bandwidth.aboveTelephone();
      const correlation = left && right && channels === 2 ? correlationOf(left, right, products) : undefined;
      return {
        channels: measured,
        blockSeconds: blockLengthAt(sampleRate) / sampleRate,
        peak: Math.max(...measured.map(({ peak }) => peak)),
        swing: Math.max(...measured.map(({ swing }) => swing)),
        rms: 10 * Math.log10(power),
        loudness: loudness.integrated(),
        ...(loudest.noiseFloor !== undefined && { noiseFloor: loudest.noiseFloor }),
        ...(aboveTelephone !== undefined && { aboveTelephone }),
        ...(correlation !== undefined && { correlation }),
      };
    },
    frames: () => meters[0]?.moments().count ?? 0,
  };
}

const FULL_SCALE = 32_768;

/** In samples. */
function blockLengthAt(sampleRate: number): number {
  return Math.max(1, Math.round(sampleRate * BLOCK_SECONDS));
}

interface Moments {
  count: number;
  sum: number;
  squares: number;
}

function correlationOf(left: Moments, right: Moments, products: number): number | undefined {
  const { count } = left;
  const of = ({ sum, squares }: Moments) => squares - (sum * sum) / count;
  const both = Math.sqrt(of(left) * of(right));
  return both > 0 ? (products - (left.sum * right.sum) / count) / both : undefined;
}

function channelMeter(sampleRate: number) {
  const blockLength = blockLengthAt(sampleRate);
  const seconds = blockLength / sampleRate;
  const blocks = { low: growing(), high: growing() };
  const state = { sum: 0, squares: 0, count: 0, last: NaN, low: FULL_SCALE, high: -FULL_SCALE, inBlock: 0 };
  const bottom = extreme();
  const top = extreme();
  const addBlock = (low: number, high: number) => {
    blocks.low.push(low);
    blocks.high.push(high);
  };

  return {
    add(samples: Int16Array, channel: number, channels: number): void {
      // As in loudness.ts.
      let { sum, squares, count, last, low, high, inBlock } = state;
      for (let at = channel; at < samples.length; at += channels) {
        const value = samples[at] ?? 0;
        sum += value;
        squares += value * value;
        if (value < low) low = value;
        if (value > high) high = value;
        // Few values are at an extreme, so that these calls cost little.
        if (value <= bottom.value) bottom.meet(value, last);
        if (-value <= top.value) top.meet(-value, -last);
        last = value;
        inBlock += 1;
        count += 1;
        if (inBlock < blockLength) continue;
        addBlock(low, high);
        [low, high, inBlock] = [FULL_SCALE, -FULL_SCALE, 0];
      }
      Object.assign(state, { sum, squares, count, last, low, high, inBlock });
    },
    moments: (): Moments => state,
    result(): ChannelSound {
      const { sum, squares, count } = state;
      if (state.inBlock > 0) addBlock(state.low, state.high);
      state.inBlock = 0;
      const offset = count > 0 ? sum / count : 0;
      const [lows, highs] = [blocks.low.values(), blocks.high.values()];
      const amplitude = Float32Array.from(lows, (value, at) =>
        Math.max(offset - value, (highs[at] ?? 0) - offset, 0),
      );
      const largest = amplitude.reduce((most, value) => Math.max(most, value), 0);
      const peak = decibels(Math.max(-bottom.value, -top.value));
      const isClipped = peak > CLIPPED_ABOVE && isOftenAtLimit([bottom, top], count);
      const noiseFloor = floorOf(amplitude, lows, highs, seconds);
      return {
        peak,
        swing: decibels(largest),
        rms: 10 * Math.log10(Math.max(0, squares / count - offset * offset) / FULL_SCALE ** 2),
        ...(noiseFloor !== undefined && { noiseFloor: decibels(noiseFloor) }),
        isClipped,
        clipped: isClipped
          ? spansWhere(
              amplitude.length,
              seconds,
              (at) => lows[at] === bottom.value || highs[at] === -top.value,
            )
          : [],
        pauses: pausesOf(amplitude, seconds, count / sampleRate),
        low: lows,
        high: highs,
      };
    },
  };
}

/**
 * A channel is clipped if more than one sample in 400 is at its limit, near full scale, and several in a row (a mean
 * run of 1.4, weighted by length): isolated ones are inaudible.
 */
const CLIPPED_ABOVE = -0.3;
const CLIPPED_SHARE = 0.0025;
const MEAN_RUN = 10 ** (3 / 20);

function isOftenAtLimit(extremes: readonly Extreme[], samples: number): boolean {
  const atLimit = extremes.reduce((sum, { count }) => sum + count, 0);
  const runs = extremes.reduce((sum, each) => sum + each.squares(), 0);
  return runs >= MEAN_RUN * atLimit && atLimit > CLIPPED_SHARE * samples;
}

type Extreme = ReturnType<typeof extreme>;

/** The lowest value that was met, how often, and in how long runs. */
function extreme() {
  let [runs, run] = [0, 0];
  const state = {
    value: Infinity,
    count: 0,
    meet(value: number, last: number): void {
      if (value < state.value) {
        state.value = value;
        state.count = run = 1;
        runs = 0;
        return;
      }
      state.count += 1;
      if (last === value) {
        run += 1;
      } else {
        runs += run * run;
        run = 1;
      }
    },
    /** The sum of each run's squared length. */
    squares: () => runs + run * run,
  };
  return state;
}

/** @param end of the recording, in seconds: the last block may reach beyond */
function pausesOf(amplitude: Float32Array, seconds: number, end: number): Span[] {
  const threshold = FULL_SCALE * 10 ** (PAUSE_LEVEL / 20);
  return spansWhere(amplitude.length, seconds, (at) => (amplitude[at] ?? 0) < threshold)
    .map(([from, to]): Span => [from, Math.min(to, end)])
    .filter(([from, to]) => to - from >= PAUSE_SECONDS);
}

/**
 * The smallest amplitude of {@link FLOOR_SECONDS}. Digital silence, which editors insert and gates leave, is no floor:
 * it says nothing about the noise around it. Where all pauses are digital silence, nothing can be said: then hardly any
 * other moment is as quiet as the quietest, which is the end of a word.
 */
function floorOf(
  amplitude: Float32Array,
  lows: Int16Array,
  highs: Int16Array,
  seconds: number,
): number | undefined {
  const length = Math.max(1, Math.round(FLOOR_SECONDS / seconds));
  const windows: number[] = [];
  let silentUntil = 0;
  let isGated = false;
  for (let end = 0; end < amplitude.length; end++) {
    if ((highs[end] ?? 0) - (lows[end] ?? 0) <= 1) silentUntil = end + length;
    if (end < length - 1) continue;
    if (end < silentUntil) {
      isGated = true;
      continue;
    }
    let most = 0;
    for (let at = end - length + 1; at <= end; at++) most = Math.max(most, amplitude[at] ?? 0);
    windows.push(most);
  }
  const floor = windows.reduce((least, each) => Math.min(least, each), Infinity);
  const similar = windows.filter((each) => each < SIMILAR * floor).length;
  return floor === Infinity || (isGated && similar < NOISE_SHARE * windows.length) ? undefined : floor;
}

/** Noise stays within 3 dB, and pauses take more than a twentieth of speech. */
const SIMILAR = 10 ** (3 / 20);
const NOISE_SHARE = 0.05;

function spansWhere(length: number, seconds: number, isTrue: (block: number) => boolean): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < length; at++) {
    if (!isTrue(at)) continue;
    const from = at;
    while (at + 1 < length && isTrue(at + 1)) at += 1;
    spans.push([from * seconds, (at + 1) * seconds]);
  }
  return spans;
}

function decibels(value: number): number {
  return 20 * Math.log10(value / FULL_SCALE);
}

/** A list of 16-bit numbers that takes two bytes for each. */
function growing() {
  let numbers = new Int16Array(4096);
  let length = 0;
  return {
    push(value: number): void {
      if (length === numbers.length) {
        const larger = new Int16Array(2 * length);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[length++] = value;
    },
    values: () => numbers.subarray(0, length),
  };
}
