import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkedFolder, type Content } from '../support/checked-folder.ts';
import { isMendable } from '../../cli/audio/remedies.ts';
import { installed } from '../support/installed.ts';
import { preparedFolder, type Printed } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

/** Builds of ffmpeg that people have, as npm packages, and the folder of the program in each. */
const packages = {
  '@ffmpeg-installer/linux-x64@4.1.0': '@ffmpeg-installer/linux-x64',
  'ffmpeg-static-electron@2.0.3': 'ffmpeg-static-electron/bin/linux/x64',
  '@remotion/compositor-linux-x64-gnu@4.0.529': '@remotion/compositor-linux-x64-gnu',
};

const { call, ffmpeg, silent, sox, speech } = recordings();
const { checked } = checkedFolder();

/** What should be heard of each, by its code. */
function faulty(): Record<string, Content> {
  return {
    'CLIPPED.wav': sox('loud.wav', [], ['gain', '15']),
    'INVERTED.wav': sox('inverted.wav', ['-c', '2'], ['remix', '1', '1i']),
    'LONG_PAUSE.wav': sox('pause.wav', [], ['pad', '7@4']),
    'SILENT.wav': silent(3),
    'TWO_VOICES.wav': call(),
    'VERY_QUIET.wav': sox('quiet.wav', [], ['gain', '-30'], speech(7)),
  };
}

/** Formats that people send, beyond WAV. */
function formats(): Record<string, Content> {
  return {
    MP3: ffmpeg('one.mp3'),
    M4A: ffmpeg('one.m4a', ['-c:a', 'aac']),
    ALAC: ffmpeg('alac.m4a', ['-c:a', 'alac']),
    FLAC: ffmpeg('one.flac'),
    Opus: ffmpeg('one.opus'),
    Vorbis: ffmpeg('one.ogg'),
    WebM: ffmpeg('one.webm'),
    AIFF: ffmpeg('one.aiff'),
    WMA: ffmpeg('one.wma'),
    AMR: sox('one.amr-nb', ['-r', '8000']),
    'µ-law': ffmpeg('mulaw.wav', ['-c:a', 'pcm_mulaw']),
    'floating point': ffmpeg('float.wav', ['-c:a', 'pcm_f32le']),
  };
}

/** The builds, and the PATH that has each. */
function builds(): (readonly [name: string, path: string])[] {
  const folder = join(installed('ffmpeg', Object.keys(packages)), 'node_modules');
  return [
    ['Debian 12', process.env['PATH'] ?? ''],
    ...Object.entries(packages).map(([name, path]) => {
      chmodSync(join(folder, path, 'ffmpeg'), 0o755);
      return [`\`${name.replace(/@[\d.]+$/, '')}\``, join(folder, path)] as const;
    }),
  ];
}

it('docs/recordings.md says what each build of ffmpeg hears', async () => {
  const rows: string[] = [];
  for (const [name, path] of builds()) {
    const version = execFileSync('ffmpeg', ['-version'], { env: { PATH: path }, encoding: 'utf8' });
    const { problems, samples } = await checked(faulty(), {}, path);
    const heard = problems.map(({ file, code }): string =>
      file === `${code}.wav` ? String(code) : `${file}: ${code}`,
    );
    expect([name, heard.toSorted()]).toEqual([
      name,
      Object.keys(faulty()).map((file) => file.replace('.wav', '')),
    ]);
    expect(samples.every(({ sound }) => sound)).toBe(true);
    const lacking = await notHeard(path);
    const [, number = '?'] = /version (N-\d+|n?[\d.]+)/.exec(version) ?? [];
    rows.push(`| ${name} | ${number} | all | ${lacking.join(', ') || 'none'} |`);
  }
  const text = readFileSync(new URL('../../docs/recordings.md', import.meta.url), 'utf8');
  expect(text).toContain(rows.join('\n'));
});

/** The formats that a build cannot decode, of which check says so. */
async function notHeard(path: string): Promise<string[]> {
  const lacking: string[] = [];
  for (const [format, content] of Object.entries(formats())) {
    const { samples, problems } = await checked({ 'one.xyz': content }, { files: ['one.xyz'] }, path);
    const isHeard = samples[0]?.sound !== undefined;
    expect([format, problems.some(({ code }) => code === 'NOT_HEARD')]).toEqual([format, !isHeard]);
    if (!isHeard) lacking.push(format);
  }
  return lacking;
}

describe('prepare', () => {
  const { here, folder, run } = preparedFolder();

  /** What becomes of a folder, and what is left to mend afterwards; or why nothing does. */
  async function becomes(name: string, path: string, manifest: object): Promise<unknown> {
    const { 'SILENT.wav': _, ...files } = faulty();
    const quiet = ffmpeg('quiet.mp3', ['-af', 'volume=-30dB']);
    folder(name, { ...files, 'opus.caf': ffmpeg('one.caf'), 'quiet.mp3': quiet }, manifest);
    const { stdout, stderr } = await run([name, '--json', '--channel', 'left'], { PATH: path });
    if (stderr !== '') return { why: stderr, isWritten: existsSync(join(here(), `${name}-prepared`)) };
    const { samples, result } = JSON.parse(stdout) as Printed;
    return {
      samples: samples.map((sample) => [
        sample.name,
        sample.seconds.toFixed(1),
        sample.from.flatMap(({ mends }) => mends),
      ]),
      toMend: result.problems.filter(({ code }) => isMendable(code)),
    };
  }

  it.each(['GOOGLE_CLOUD', 'CARTESIA'])(
    'does with each build of ffmpeg what it does with Debian’s, or says why not, for %s',
    async (providerType) => {
      const found: [string, unknown][] = [];
      for (const [index, [name, path]] of builds().entries())
        found.push([name, await becomes(`${providerType}-${index}`, path, { providerType })]);
      const [[, debian] = ['', undefined]] = found;
      expect(debian).toMatchObject({ toMend: [] });
      expect(found.slice(1, 3).map(([, each]) => each)).toEqual([debian, debian]);
      expect(found[3]).toEqual([
        '`@remotion/compositor-linux-x64-gnu`',
        {
          why: expect.stringContaining('it has no encoder pcm_f32le, which editing needs'),
          isWritten: false,
        },
      ]);
    },
  );
});
