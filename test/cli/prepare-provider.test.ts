import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { preparedFolder, type Printed, samplesOf } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

const { speech, sox, ffmpeg, at } = recordings();
const { here, folder, prepared } = preparedFolder();

describe('prepare follows the provider', () => {
  const said = (done: Printed) => done.result.problems.map(({ message }) => message);

  it('ElevenLabs: three minutes at the most, shortened where it is quiet, and the level', async () => {
    folder(
      'eleven',
      {
        'a.wav': speech(150),
        'b.wav': sox('weak.wav', [], ['gain', '-18'], speech(60, 'en-us+f3')),
        'c.wav': speech(),
      },
      { providerType: 'ELEVENLABS' },
    );
    const done = await prepared('eleven');
    expect(said(done)).toEqual([]);
    expect(done.samples.map(({ name, isCopy }) => [name, isCopy])).toEqual([
      ['a.wav', true],
      ['b.wav', false],
    ]);
    expect(done.leftOut.map(({ name }) => name)).toEqual(['c.wav']);
    expect(done.result.seconds).toBeLessThanOrEqual(180);
    expect(done.result.seconds).toBeGreaterThan(165);
    const end = samplesOf(join(here(), 'eleven-prepared/b.wav')).subarray(-1000);
    expect(Math.max(...end.map(Math.abs))).toBeLessThan(0.03);
  });

  it('ElevenLabs: says what cannot be louder, because of a single click', async () => {
    const click = ['-n', '-r', '22050', '-b', '16', at('click.wav'), 'synth', '0.005', 'square', '50'];
    execFileSync('sox', click, { stdio: 'ignore' });
    sox('faint.wav', [], ['gain', '-20'], speech(60));
    execFileSync('sox', ['-D', at('click.wav'), at('faint.wav'), at('clicked.wav')]);
    folder('click', { 'a.wav': at('clicked.wav') }, { providerType: 'ELEVENLABS' });
    const done = await prepared('click');
    // Up to the limit, and never quieter.
    expect(done.samples[0]?.from[0]?.gain).toBeCloseTo(1.2, 1);
    expect(done.notMended).toMatchObject([
      { file: 'a.wav', message: expect.stringContaining('is too quiet') as string },
    ]);
  });

  it('Cartesia: one clip of ten seconds at the most', async () => {
    folder(
      'clips',
      { 'a.wav': speech(2), 'b.flac': sox('b.flac', ['-r', '44100', '-c', '2'], [], speech(5, 'en-us+f3')) },
      { providerType: 'CARTESIA' },
    );
    const joined = await prepared('clips');
    expect(said(joined)).toEqual([]);
    expect(joined.samples).toMatchObject([
      { name: 'joined.wav', from: [{ name: 'a.wav' }, { name: 'b.flac' }] },
    ]);
    expect(joined.result.seconds).toBeCloseTo(7, 1);
    // The second one is in stereo.
    const peak = (samples: Float32Array) => samples.reduce((highest, each) => Math.max(highest, each), 0);
    const second = samplesOf(join(here(), 'clips-prepared/joined.wav')).subarray(2 * 22_050);
    expect(peak(second)).toBeCloseTo(peak(samplesOf(at('b.flac'))), 1);

    ffmpeg('vorbis.ogg', ['-c:a', 'libvorbis']);
    const undecodable = ffmpeg('vorbis.wav', ['-c', 'copy'], at('vorbis.ogg'));
    folder('noise', { 'a.wav': speech(2), 'b.wav': undecodable }, { providerType: 'CARTESIA' });
    await expect(prepared('noise')).rejects.toThrow('b.wav was not analyzed: ffmpeg cannot decode it');

    folder('long', { 'a.wav': speech(30) }, { providerType: 'CARTESIA' });
    const cut = await prepared('long');
    expect(said(cut)).toEqual([]);
    expect(cut.result.seconds).toBeLessThanOrEqual(10.01);
    expect(cut.result.seconds).toBeGreaterThan(5);
  });

  it('Google Cloud: formats that it accepts', async () => {
    folder(
      'google',
      { 'a.flac': ffmpeg('one.flac'), 'b.mp3': ffmpeg('b.mp3', [], speech(9)) },
      { providerType: 'GOOGLE_CLOUD' },
    );
    const done = await prepared('google');
    expect(said(done)).toEqual([]);
    expect(done.samples.map(({ name, isCopy }) => [name, isCopy])).toEqual([
      ['a.wav', false],
      ['b.mp3', true],
    ]);
  });
});
