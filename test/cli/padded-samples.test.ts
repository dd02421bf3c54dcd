import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkedFolder, NO_FFMPEG } from '../support/checked-folder.ts';
import { preparedFolder, samplesOf } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

const { speech } = recordings();
const sizes: [bits: number, used: number][] = [
  [24, 16],
  [32, 20],
  [32, 24],
];

describe('samples with unused bytes, which ffmpeg takes for noise,', () => {
  const { checked } = checkedFolder();
  const { here, folder, prepared } = preparedFolder();

  it('are measured as they are, and warned of', async () => {
    const files = Object.fromEntries(
      sizes.map(([bits, used]) => [`${used}-in-${bits}.wav`, padded(bits, used)]),
    );
    for (const path of [undefined, NO_FFMPEG]) {
      const { problems, samples } = await checked({ ...files, 'plain.wav': speech() }, {}, path);
      expect(problems.flatMap(({ file, code }) => (code === 'SAME_SOUND' ? [] : [[file, code]]))).toEqual(
        Object.keys(files).map((name) => [name, 'UNKNOWN_FORMAT']),
      );
      const plain = samples.pop();
      for (const { media, sound } of samples) {
        expect(media).toMatchObject({ container: 'WAV', codec: 'PCM', seconds: 8, isPadded: true });
        expect(sound?.['rms']).toBe(plain?.sound?.['rms']);
      }
    }
  });

  it('are saved without these by prepare', async () => {
    folder('voice', { 'one.wav': padded(32, 24) });
    expect((await prepared('voice')).samples).toMatchObject([
      { isCopy: false, from: [{ mends: ['UNKNOWN_FORMAT'] }] },
    ]);
    const [saved, plain] = [`${here()}/voice-prepared/one.wav`, speech()].map((path) => samplesOf(path));
    expect(saved?.length).toBe(plain?.length);
    // A difference of long arrays takes minutes to print.
    expect(saved?.every((sample, index) => sample === plain?.[index])).toBe(true);
  });
});

/** The speech in WAVE_FORMAT_EXTENSIBLE, as programs write it that save what Windows records. */
function padded(bits: number, used: number): Buffer {
  const sound = readFileSync(speech()).subarray(44);
  const bytes = bits / 8;
  const format = Buffer.from(
    'feff 0100 22560000 00000000 0000 0000 1600 0000 04000000 0100'.replaceAll(' ', ''),
    'hex',
  );
  format.writeUInt32LE(22_050 * bytes, 8);
  format.writeUInt16LE(bytes, 12);
  format.writeUInt16LE(bits, 14);
  format.writeUInt16LE(used, 18);
  const samples = Buffer.alloc((sound.length / 2) * bytes);
  for (let at = 0; at < sound.length / 2; at++) sound.copy(samples, (at + 1) * bytes - 2, 2 * at, 2 * at + 2);
  const guid = Buffer.from('000000001000800000aa00389b71', 'hex');
  const chunks = [chunk('fmt ', Buffer.concat([format, guid])), chunk('data', samples)];
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), ...chunks]));
}

function chunk(name: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(name), length, content]);
}
