import { BLOCK_SECONDS, type ChannelSound, type Sound } from './measure.ts';

/**
 * A recording's outline: for each channel the lowest and highest sample of each block, as in the data format of BBC's
 * audiowaveform.
 */
export interface Waveform {
  /** The length of a block in seconds. */
  step: number;
  channels: Block[][];
}

/** Sample values are from -1 to 1. */
export interface Block {
  min: number;
  max: number;
  /** The peaks are at the limit, several samples in a row. */
  isClipped: boolean;
}

/** Enough for a screen, and for marks that are exact to 50 ms in three minutes. */
const MAX_BLOCKS = 4000;
const MIN_STEP = 0.01;

/** Outlines a measured recording. */
export function waveformOf({ channels, blockSeconds }: Sound): Waveform {
  const length = Math.max(...channels.map(({ low }) => low.length));
  const perStep = Math.ceil(Math.max(MIN_STEP / BLOCK_SECONDS, length / MAX_BLOCKS));
  const step = perStep * blockSeconds;
  return { step, channels: channels.map((channel) => outlined(channel, perStep, step)) };
}

function outlined({ low, high, clipped }: ChannelSound, perStep: number, step: number): Block[] {
  const blocks: Block[] = [];
  let next = 0;
  for (let from = 0; from < low.length; from += perStep) {
    const [start, end] = [blocks.length * step, (blocks.length + 1) * step];
    while ((clipped[next]?.[1] ?? Infinity) <= start) next += 1;
    blocks.push({
      min: Math.min(...low.subarray(from, from + perStep)) / LIMIT,
      max: Math.max(...high.subarray(from, from + perStep)) / LIMIT,
      isClipped: (clipped[next]?.[0] ?? Infinity) < end,
    });
  }
  return blocks;
}

/** Of 16 bits. */
const LIMIT = 32_768;
