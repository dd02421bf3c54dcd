import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callersVoice, type Ended } from '../support/callers-voice.ts';
import { wav } from '../support/wav.ts';

let here: string;

beforeEach(async () => {
  here = await mkdtemp(join(tmpdir(), 'callers-voice-'));
  for (const [file, content] of Object.entries({
    'amy/two.wav': wav(300),
    'amy/one.MP3': wav(200),
    'amy/._one.MP3': 'of a Mac',
    'amy/notes.txt': 'no recording',
    'amy/takes/three.wav': wav(400),
    'text/notes.txt': 'no recording',
  })) {
    await mkdir(dirname(join(here, file)), { recursive: true });
    await writeFile(join(here, file), content);
  }
});
afterEach(async () => {
  await rm(here, { recursive: true });
});

function init(...args: string[]): Promise<Ended> {
  return callersVoice(['init', ...args], {}, here);
}

async function manifest(): Promise<unknown> {
  return JSON.parse(await readFile(join(here, 'amy/manifest.json'), 'utf8'));
}

describe('callers-voice-clone init', () => {
  it('writes a manifest that lists the recordings, and ends with the next command', async () => {
    const { exitCode, stdout } = await init('amy', '--name', 'Amelia');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Wrote amy\/manifest\.json\n\n✔ amy {2}2 samples, 0\.0 s, 500 bytes\n/);
    expect(stdout).toMatch(/\nNext: callers-voice-clone drop amy s3:\/\/my-bucket\/voices\n$/);
    // It is uploaded, so it holds no path of this machine.
    expect(await manifest()).toEqual({ name: 'Amelia', files: ['one.MP3', 'two.wav'] });
  });

  it('takes every setting as an option', async () => {
    const settings = '--description Front --provider CARTESIA --locale en-GB en-US --stability 0.5';
    const more =
      '--similarity-boost 1 --speed -0.2 --sub-accounts --supports-all-languages --sub-organization s-1';
    const { exitCode } = await init('amy', '--name', 'Amelia', ...`${settings} ${more}`.split(' '));
    expect(exitCode).toBe(0);
    expect(await manifest()).toMatchObject({
      name: 'Amelia',
      description: 'Front',
      providerType: 'CARTESIA',
      supportedLocales: ['en-GB', 'en-US'],
      stability: 0.5,
      similarityBoost: 1,
      speed: -0.2,
      subAccounts: true,
      supportsAllLanguages: true,
      subOrganizationId: 's-1',
    });
  });

  it.each([
    ['after one locale', ['--locale', 'en-GB', 'amy'], ['en-GB']],
    ['after two', ['--locale', 'en-GB', 'de-DE', 'amy'], ['en-GB', 'de-DE']],
  ])('takes the folder also %s', async (_where, args, supportedLocales) => {
    const { exitCode, stderr } = await init('--name', 'Amelia', ...args);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(await manifest()).toMatchObject({ supportedLocales });
  });

  it.each([[['--locale', 'en-GB']], [['--locale', 'en-GB', 'en-US']], [[]]])(
    'says that the folder is missing from %j',
    async (args) => {
      const { exitCode, stderr } = await init('--name', 'Amelia', ...args);
      expect(stderr).toMatch(/^error: missing required argument 'folder'/);
      expect(exitCode).toBe(2);
    },
  );

  it('prints one JSON document with --json', async () => {
    const { exitCode, stdout, stderr } = await init('amy', '--name', 'Amelia', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      path: 'amy/manifest.json',
      manifest: { name: 'Amelia' },
      folder: { ok: true, samples: [{ name: 'one.MP3' }, { name: 'two.wav' }] },
    });
  });

  it('replaces a manifest only when told so', async () => {
    await init('amy', '--name', 'Amelia');
    const again = await init('amy', '--name', 'Beate');
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toMatch(/^error: amy\/manifest\.json already exists: .*--force\n$/);
    expect(await manifest()).toMatchObject({ name: 'Amelia' });
    expect(await init('amy', '--name', 'Beate', '--force')).toMatchObject({ exitCode: 0 });
    expect(await manifest()).toMatchObject({ name: 'Beate' });
  });

  it.each([
    ['a name, where nobody can be asked', [], /The voice needs a name: pass it with --name/],
    ['a longer name', ['--name', 'Amy'], /--name must have at least 5 characters/],
    [
      'valid options',
      ['--name', 'Amelia', '--provider', 'elevenlabs', '--locale', 'en-us', '--speed', '2'],
      /--provider .*\(did you mean "ELEVENLABS"\?\)\n +--locale .*\(did you mean "en-US"\?\)\n +--speed must be/,
    ],
    ['numbers', ['--name', 'Amelia', '--stability', 'much'], /'much' is invalid\. It must be a number/],
  ])('needs %s, else writes nothing and exits with 2', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await init('amy', ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toMatch(message);
    await expect(manifest()).rejects.toThrow('ENOENT');
  });

  it('needs recordings', async () => {
    const { exitCode, stderr } = await init('text', '--name', 'Amelia');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: text contains no audio files: put the recordings directly into it/);
    await mkdir(join(here, 'videos'));
    await writeFile(join(here, 'videos/IMG_0042.MOV'), 'video');
    const videos = await init('videos', '--name', 'Amelia');
    expect(videos.stderr).toMatch(/\n +IMG_0042\.MOV is not used: it is a video file: save the audio/);
    const nowhere = await init('nowhere', '--name', 'Amelia');
    expect(nowhere).toMatchObject({ exitCode: 2, stderr: 'error: There is no folder nowhere\n' });
    expect(await init('videos/IMG_0042.MOV', '--name', 'Amelia')).toMatchObject({
      exitCode: 2,
      stderr: 'error: videos/IMG_0042.MOV is a file: name its folder, videos\n',
    });
  });

  it('names the recordings that it leaves out', async () => {
    const { stdout } = await init('amy', '--name', 'Amelia');
    expect(stdout).toMatch(/amy\/takes\/three\.wav\n +warning is not used: "files" does not list it/);
    expect(stdout).not.toContain('._one.MP3');
  });

  it('says what is wrong with the recordings, and exits with 1', async () => {
    await writeFile(join(here, 'amy/two.wav'), '');
    const { exitCode, stdout } = await init('amy', '--name', 'Amelia');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✘ amy\n[^]* {2}amy\/two\.wav\n {4}error is empty/);
  });
});
