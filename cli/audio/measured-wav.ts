import { type SoundMeter, soundMeter } from './measure.ts';

/** A decoded recording, measured. */
export interface MeasuredWav {
  channels: number;
  sampleRate: number;
  meter: SoundMeter;
}

/** Measures the samples of a 16-bit WAV stream; undefined if there are none. */
export async function measuredWav(stream: AsyncIterable<Buffer>): Promise<MeasuredWav | undefined> {
  let wav: MeasuredWav | undefined;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!wav) {
      const header = headerIn(bytes);
      if (!header) {
        rest = bytes;
        continue;
      }
      wav = { ...header, meter: soundMeter(header.channels, header.sampleRate) };
      bytes = bytes.subarray(header.length);
    }
    const whole = bytes.length - (bytes.length % (2 * wav.channels));
    // A copy, because numbers of two bytes must be aligned.
    const aligned = Uint8Array.prototype.slice.call(bytes, 0, whole);
    wav.meter.add(new Int16Array(aligned.buffer, aligned.byteOffset, whole / 2));
    rest = bytes.subarray(whole);
  }
  return wav && wav.meter.frames() > 0 ? wav : undefined;
}

/** The header that ffmpeg writes, up to the samples; undefined if it is not complete yet. */
function headerIn(bytes: Buffer): { channels: number; sampleRate: number; length: number } | undefined {
  let [channels, sampleRate] = [0, 0];
  for (let at = 12; at + 8 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4)) {
    const name = bytes.toString('latin1', at, at + 4);
    if (name === 'data') return { channels, sampleRate, length: at + 8 };
    if (name !== 'fmt ' || at + 16 > bytes.length) continue;
    channels = bytes.readUInt16LE(at + 10);
    sampleRate = bytes.readUInt32LE(at + 12);
  }
  return undefined;
}
