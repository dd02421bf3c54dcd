import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckedFolder, checkFolder } from '../../cli/check/check-folder.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { recordings } from '../support/recordings.ts';
import { startOnTerminal } from '../support/terminal.ts';

interface Printed {
  samples: {
    name: string;
    isCopy: boolean;
    seconds: number;
    from: {
      name: string;
      keep?: { from: number; to: number }[];
      channel?: number;
      track?: number;
      gain?: number;
    }[];
  }[];
  leftOut: { name: string; why: string }[];
  notMended: { file: string; code?: string }[];
  result: { problems: { file: string; code?: string; message: string; source?: string }[]; seconds: number };
}

const { speech, sox, ffmpeg, at } = recordings();
const withFfmpeg = { PATH: process.env['PATH'] ?? '' };

let here: string;
beforeAll(() => {
  here = mkdtempSync(join(tmpdir(), 'callers-voice-'));
});
afterAll(() => rmSync(here, { recursive: true }));

function folder(name: string, files: Record<string, Buffer | string>, manifest: object = {}): void {
  for (const [file, content] of Object.entries(files)) {
    const path = join(here, name, file);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === 'string') copyFileSync(content, path);
    else writeFileSync(path, content);
  }
  writeFileSync(join(here, name, 'manifest.json'), JSON.stringify({ name: 'Amelia', ...manifest }));
}

async function prepared(name: string, ...options: string[]): Promise<Printed> {
  const { stdout, stderr } = await callersVoice(['prepare', name, '--json', ...options], withFfmpeg, here);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Printed;
}

function codesOf(
  file: string,
  { problems }: { problems: readonly { file: string; code?: string }[] },
): unknown[] {
  return problems.filter((problem) => problem.file === file).map(({ code }) => code);
}

/** The first channel of a recording, or the channel that was taken. */
function samplesOf(path: string, channel = 1): Int16Array {
  const args = ['-v', 'error', '-i', path, '-af', `pan=mono|c0=c${channel - 1}`, '-f', 's16le', '-'];
  const bytes = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 30 });
  return new Int16Array(Uint8Array.from(bytes).buffer);
}

/** One speaks for eight seconds on the left, then the other on the right. */
function call(): Buffer {
  sox('first.wav', [], ['pad', '0', '8']);
  sox('second.wav', [], ['pad', '8', '0'], speech(8, 'en-us+f3'));
  execFileSync('sox', ['-M', at('first.wav'), at('second.wav'), at('call.wav')]);
  return readFileSync(at('call.wav'));
}

describe('prepare', () => {
  let done: Printed;
  let checked: CheckedFolder;
  let originals: Map<string, Buffer>;
  beforeAll(async () => {
    execFileSync('sox', ['-D', '-r', '22050', '-n', '-b', '16', at('silence.wav'), 'trim', '0', '3']);
    execFileSync('sox', ['-R', '-r', '22050', '-n', at('noise.wav'), 'synth', '8', 'whitenoise']);
    execFileSync('sox', ['-D', '-m', speech(), '-v', '0.06', at('noise.wav'), at('noisy.wav')]);
    const other = (seconds: number) => speech(seconds, 'en-us+f3');
    folder(
      'voice',
      {
        'good.wav': speech(),
        'again.wav': speech(),
        'call.wav': call(),
        'pause.wav': sox('pause.wav', [], ['pad', '6@4']),
        'rare.wav': sox('rare.wav', [], ['pad', '2@1', '3@4', '30'], other(6)),
        'takes/quiet.wav': sox('quiet.wav', [], ['gain', '-32', 'pad', '7@3'], other(7)),
        'half.wav': readFileSync(speech()).subarray(0, 200_000),
        'apple.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le'], other(5)),
        'apple.wav': sox('five.wav', [], [], other(4)),
        'named.mp3': ffmpeg('one.m4a', ['-c:a', 'aac']),
        'silence.wav': at('silence.wav'),
        'telephone.wav': sox('telephone.wav', ['-r', '8000']),
        'loud.wav': sox('loud.wav', [], ['gain', '15']),
        'noisy.wav': at('noisy.wav'),
      },
      {
        $schema: './../schema.json',
        description: 'With everything wrong',
        files: [
          'good.wav',
          'again.wav',
          'call.wav',
          'pause.wav',
          'rare.wav',
          'takes/quiet.wav',
          'half.wav',
          'apple.caf',
          'apple.wav',
          'named.mp3',
          'silence.wav',
          'telephone.wav',
          'loud.wav',
          'noisy.wav',
        ],
      },
    );
    originals = contents('voice');
    checked = await checkFolder(join(here, 'voice'));
    done = await prepared('voice', '--channel', 'right', '--channel', 'call.wav=left');
  });

  function contents(name: string): Map<string, Buffer> {
    const files = readdirSync(join(here, name), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    return new Map(
      files.map((file) => [join(file.parentPath, file.name), readFileSync(join(file.parentPath, file.name))]),
    );
  }

  it.each([
    ['TWO_VOICES', 'call.wav', 'call.wav'],
    ['LONG_PAUSE', 'pause.wav', 'pause.wav'],
    ['MOSTLY_SILENCE', 'rare.wav', 'rare.wav'],
    ['VERY_QUIET', 'takes/quiet.wav', 'takes/quiet.wav'],
    ['TRUNCATED', 'half.wav', 'half.wav'],
    ['UNKNOWN_FORMAT', 'apple.caf', 'apple.wav'],
    ['WRONG_EXTENSION', 'named.mp3', 'named.m4a'],
  ])('mends %s', (code, from, to) => {
    expect(codesOf(from, checked)).toContain(code);
    expect(done.samples.find((sample) => sample.from[0]?.name === from)).toMatchObject({ name: to });
    expect(codesOf(to, done.result)).toEqual([]);
  });

  it('leaves out what is silent, and what is there twice', () => {
    expect(done.leftOut).toEqual([
      { name: 'again.wav', why: 'has the same content as good.wav' },
      { name: 'silence.wav', why: 'is silent from beginning to end' },
    ]);
  });

  it.each([
    ['TELEPHONE', 'telephone.wav'],
    ['CLIPPED', 'loud.wav'],
    ['NOISY', 'noisy.wav'],
  ])('does not hide %s, which only a new recording mends', (code, name) => {
    expect(done.notMended).toContainEqual(expect.objectContaining({ file: name, code }));
    expect(codesOf(name, done.result)).toEqual([code]);
    expect(readFileSync(join(here, 'voice-prepared', name))).toEqual(readFileSync(join(here, 'voice', name)));
  });

  it('copies what is good, and never touches the originals', () => {
    expect(readFileSync(join(here, 'voice-prepared/good.wav'))).toEqual(readFileSync(speech()));
    expect(contents('voice')).toEqual(originals);
  });

  it('takes the manifest along, with the new names', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(here, 'voice-prepared/manifest.json'), 'utf8'));
    expect(manifest).toEqual({
      name: 'Amelia',
      $schema: '../schema.json',
      description: 'With everything wrong',
      files: [
        'good.wav',
        'call.wav',
        'pause.wav',
        'rare.wav',
        'takes/quiet.wav',
        'half.wav',
        'apple.wav',
        'apple-2.wav',
        'named.m4a',
        'telephone.wav',
        'loud.wav',
        'noisy.wav',
      ],
    });
  });

  it('keeps the samples of the source, in their order, times a constant', () => {
    const edited = done.samples.filter(({ isCopy }) => !isCopy);
    expect(edited.map(({ name }) => name)).toEqual([
      'call.wav',
      'pause.wav',
      'rare.wav',
      'takes/quiet.wav',
      'half.wav',
      'apple.wav',
    ]);
    for (const { name, from, seconds } of edited) {
      const [part] = from;
      const source = samplesOf(join(here, 'voice', part?.name ?? ''), part?.channel);
      const kept = (part?.keep ?? [{ from: 0, to: Infinity }]).flatMap(({ from: start, to }) => [
        ...source.subarray(Math.round(start * 22_050), Math.round(to * 22_050)),
      ]);
      const result = samplesOf(join(here, 'voice-prepared', name));
      expect(result.length / 22_050).toBeCloseTo(seconds, 2);
      expect(Math.abs(result.length - kept.length)).toBeLessThan(50);
      expect(correlation(kept, result)).toBeGreaterThan(0.999);
    }
  });

  it('leaves a breath of each pause that it cuts', () => {
    const [part] = done.samples.find(({ name }) => name === 'pause.wav')?.from ?? [];
    const [before, after] = part?.keep ?? [];
    expect(before).toEqual({ from: 0, to: expect.closeTo(4.2, 1) as number });
    expect(after?.from).toBeCloseTo(9.8, 1);
  });

  /** Of two recordings of one length; their levels do not matter. */
  function correlation(a: readonly number[], b: Int16Array): number {
    let [both, first, second] = [0, 0, 0];
    for (const [index, value] of b.entries()) {
      const other = a[index] ?? 0;
      both += value * other;
      first += other * other;
      second += value * value;
    }
    return both / Math.sqrt(first * second);
  }
});

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
    const end = samplesOf(join(here, 'eleven-prepared/b.wav')).subarray(-1000);
    expect(Math.max(...end.map(Math.abs))).toBeLessThan(1000);
  });

  it('Cartesia: one clip of ten seconds at the most', async () => {
    folder(
      'clips',
      { 'a.wav': speech(2), 'b.flac': ffmpeg('b.flac', ['-ar', '44100'], speech(5, 'en-us+f3')) },
      { providerType: 'CARTESIA' },
    );
    const joined = await prepared('clips');
    expect(said(joined)).toEqual([]);
    expect(joined.samples).toMatchObject([
      { name: 'joined.wav', from: [{ name: 'a.wav' }, { name: 'b.flac' }] },
    ]);
    expect(joined.result.seconds).toBeCloseTo(7, 1);

    folder('long', { 'a.wav': speech(30) }, { providerType: 'CARTESIA' });
    const cut = await prepared('long');
    expect(said(cut)).toEqual([]);
    expect(cut.result.seconds).toBeLessThanOrEqual(10.01);
    expect(cut.result.seconds).toBeGreaterThan(5);
  });

  it('Google Cloud: formats that it accepts', async () => {
    folder(
      'google',
      { 'a.flac': ffmpeg('one.flac'), 'b.mp3': ffmpeg('one.mp3') },
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

describe('prepare where two speak', () => {
  beforeAll(() => folder('call', { 'call.wav': call() }));

  it('wants an option if there is no terminal', async () => {
    const { exitCode, stderr } = await callersVoice(['prepare', 'call'], withFfmpeg, here);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('call.wav: one voice is on the left and another on the right');
    expect(stderr).toContain('--channel left or --channel right, or for a file --channel "call.wav=left"');
  });

  it.each([
    ['middle', '--channel middle: "middle" is neither left nor right'],
    ['two.wav=left', '--channel two.wav=left: there is no sample "two.wav" in stereo'],
  ])('refuses --channel %s', async (channel, message) => {
    const { exitCode, stderr } = await callersVoice(
      ['prepare', 'call', '--channel', channel],
      withFfmpeg,
      here,
    );
    expect([exitCode, stderr]).toEqual([2, `error: ${message}\n`]);
  });

  it('asks on a terminal', async () => {
    const program = startOnTerminal(['prepare', 'call', '--dry-run'], {
      environment: withFfmpeg,
      cwd: here,
      columns: 120,
    });
    await program.shows(/Two people speak in call\.wav\. Whose voice is to be cloned\?/);
    await program.shows(/left, which speaks for 8\.0 s/);
    program.type('\u001b[B\r');
    expect(await program.ends()).toBe(0);
    const lines = await program.lines();
    expect(lines).toContain('      only the right channel');
    expect(lines).toContainEqual(expect.stringMatching(/^ {6}cut 0:00\.0 to 0:07\.\d, 7\.\d s$/));
    expect(lines.at(-1)).toBe('Nothing was written.');
    expect(existsSync(join(here, 'call-prepared'))).toBe(false);
  });
});

describe('prepare refuses', () => {
  beforeAll(() => folder('plain', { 'one.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) }));
  const run = (args: string[], environment = withFfmpeg) =>
    callersVoice(['prepare', ...args], environment, here);

  it('to write into a folder that exists, or into the original one', async () => {
    mkdirSync(join(here, 'there'));
    expect(await run(['plain', '--to', 'there'])).toMatchObject({
      exitCode: 1,
      stderr: 'error: there already exists: name another folder with --to, or delete it\n',
    });
    expect(await run(['plain/', '--to', 'plain'])).toMatchObject({ exitCode: 1 });
    expect(await run(['plain', '--to', 'plain/new'])).toMatchObject({
      exitCode: 2,
      stderr: 'error: plain/new is inside plain: name another folder with --to\n',
    });
  });

  it('what a person has to correct', async () => {
    folder('wrong', { 'one.wav': speech() }, { name: 'A', files: ['one.wav', 'two.wav'] });
    const { exitCode, stderr } = await run(['wrong']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: Fix these first; "callers-voice-clone check wrong" says more:\n {7}manifest\.json name /,
    );
    expect(await run(['nowhere'])).toMatchObject({
      exitCode: 1,
      stderr: 'error: There is no folder nowhere\n',
    });
  });

  it('to do without ffmpeg, and says what to do', async () => {
    const { exitCode, stderr } = await run(['plain'], { PATH: '/nonexistent' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: prepare needs ffmpeg, but ffmpeg is not on PATH\n {7}Install a complete ffmpeg/,
    );
  });

  it('an ffmpeg that lacks what it needs, says what to do, and leaves nothing half done', async () => {
    folder('old', { 'call.wav': call() });
    mkdirSync(join(here, 'bin'));
    const real = execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh\ncase "$*" in *pan=*) echo "No such filter: 'pan'" >&2; exit 1;; esac\nexec ${real} "$@"\n`;
    writeFileSync(join(here, 'bin/ffmpeg'), script);
    chmodSync(join(here, 'bin/ffmpeg'), 0o755);
    const PATH = `${join(here, 'bin')}:${withFfmpeg.PATH}`;
    const { exitCode, stderr } = await run(['old', '--channel', 'left'], { PATH });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: ffmpeg failed: No such filter: 'pan'\n {7}Install a complete ffmpeg/);
    expect(readdirSync(here).filter((name) => name.startsWith('old'))).toEqual(['old']);
  });
});
