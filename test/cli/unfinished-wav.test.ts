import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkedFolder, NO_FFMPEG } from '../support/checked-folder.ts';
import { preparedFolder, samplesOf } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

const { speech } = recordings();

describe('a WAV whose recorder was stopped before it wrote the length,', () => {
  const { checked } = checkedFolder();
  const { here, folder, prepared } = preparedFolder();

  it('is measured as a whole, and warned of', async () => {
    for (const path of [undefined, NO_FFMPEG]) {
      const { problems, samples } = await checked({ 'one.wav': unfinished() }, {}, path);
      expect(problems.filter(({ file }) => file === 'one.wav')).toMatchObject([
        { severity: 'warning', code: 'UNKNOWN_FORMAT' },
      ]);
      expect(samples).toMatchObject([{ media: { container: 'WAV', codec: 'PCM', seconds: 8 } }]);
    }
  });

  it('is saved with its length by prepare', async () => {
    folder('voice', { 'one.wav': unfinished() });
    expect((await prepared('voice')).samples).toMatchObject([
      { isCopy: false, from: [{ mends: ['UNKNOWN_FORMAT'] }] },
    ]);
    expect(samplesOf(`${here()}/voice-prepared/one.wav`)).toHaveLength(samplesOf(speech()).length);
  });
});

/** The speech as libsndfile has written it until it is closed. */
function unfinished(): Buffer {
  const wav = readFileSync(speech());
  wav.writeUInt32LE(36, 4);
  wav.writeUInt32LE(0, 40);
  return wav;
}
