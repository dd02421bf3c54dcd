import { describe, expect, it } from 'vitest';
import { ffmpegThat } from '../support/altered-ffmpeg.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { checkedFolder, NO_FFMPEG } from '../support/checked-folder.ts';
import { preparedFolder, samplesOf } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

const { ffmpeg, sox, speech } = recordings();

describe('WAV in big-endian order (RIFX), of which ffmpeg makes noise,', () => {
  const { checked } = checkedFolder();
  const { here, folder, prepared } = preparedFolder();
  const bigEndian = () => sox('rifx.wav', ['-B']);

  it('is measured as it is, and warned of', async () => {
    for (const path of [undefined, NO_FFMPEG]) {
      const files = { 'plain.wav': speech(), 'rifx.wav': bigEndian() };
      const { problems, samples } = await checked(files, {}, path);
      const found = problems.filter(({ code }) => code !== 'SAME_SOUND');
      expect(found).toMatchObject([
        { file: 'rifx.wav', code: 'UNKNOWN_FORMAT', message: 'is RIFX, which no provider documents' },
      ]);
      expect(samples[1]?.media).toMatchObject({ container: 'RIFX' });
      expect(samples[1]?.sound).toEqual(samples[0]?.sound);
    }
  });

  it('is saved in the usual order by prepare', async () => {
    folder('voice', { 'one.wav': bigEndian() });
    await prepared('voice');
    const [saved, plain] = [`${here()}/voice-prepared/one.wav`, speech()].map((path) => samplesOf(path));
    expect(saved?.length).toBe(plain?.length);
    expect(saved?.every((sample, index) => sample === plain?.[index])).toBe(true);
  });

  it('is not called mendable if ffmpeg cannot decode it', async () => {
    folder('voice', { 'one.wav': sox('rifx-24.wav', ['-B', '-b', '24']), 'two.wav': bigEndian() });
    const { stdout } = await callersVoice(['check', 'voice'], { PATH: process.env['PATH'] ?? '' }, here());
    expect(stdout).toContain('one.wav\n    warning was not analyzed: ffmpeg cannot decode it');
    expect(stdout).toContain('mends 1 of them: UNKNOWN_FORMAT in two.wav.');
  });
});

describe('with an ffmpeg that takes the samples of a WAV for something else, as 4.1 for MP1,', () => {
  const { here, checked } = checkedFolder();

  it('check decodes what the header says', async () => {
    const path = ffmpegThat(
      here(),
      `*"-c:a pcm_s16le -protocol"*) ;; *-protocol*) set -- -c:a pcm_alaw "$@" ;;`,
    );
    const right = await checked({ 'one.wav': speech() });
    expect(right.samples[0]?.media).toMatchObject({ codec: 'PCM', seconds: 8 });
    expect(await checked({ 'one.wav': speech() }, {}, path)).toEqual(right);
  });
});

describe('uncompressed samples in MP4, of which old builds of ffmpeg make nothing, or noise,', () => {
  const { checked } = checkedFolder();

  /** As mediabunny writes them: what QuickTime says of them becomes what MP4 says. */
  function pcmInMp4(name: string, codec: string, bits: number): Buffer {
    const file = ffmpeg(name, ['-c:a', codec, '-f', 'mov']);
    file.write('isom', 8);
    const entry = file.indexOf('stsd') + 16;
    const inside = file.indexOf('wave', entry);
    file.write(codec.startsWith('pcm_f') ? 'fpcm' : 'ipcm', entry);
    file.writeUInt32BE(14, inside - 4);
    file.write(`pcmC\0\0\0\0\x01${String.fromCharCode(bits)}\0\0\0\x18free`, inside, 'latin1');
    return file;
  }

  it('are measured as they are, or not at all', async () => {
    const files = {
      'plain.wav': speech(),
      'floats.m4a': pcmInMp4('floats.m4a', 'pcm_f32le', 32),
      '24-bits.m4a': pcmInMp4('24-bits.m4a', 'pcm_s24le', 24),
    };
    const { problems, samples } = await checked(files);
    // ffmpeg 5.1 reads 24 bits as 16.
    const heard = samples.filter(
      ({ name }) => !problems.some(({ file, code }) => file === name && code === 'NOT_HEARD'),
    );
    expect(heard.map(({ name }) => name)).toEqual(expect.arrayContaining(['floats.m4a', 'plain.wav']));
    expect([...new Set(heard.map(({ sound }) => sound?.rms?.toFixed(1)))]).toHaveLength(1);
  });
});
