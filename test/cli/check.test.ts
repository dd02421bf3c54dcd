import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFolder } from '../../cli/check/check-folder.ts';
import { forScripts } from '../../cli/check/describe-folder.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { lookAtFolder } from '../../voice-folder/s3/look-at-folder.ts';
import { memoryS3, type Objects, put } from '../functions/crash-points/memory-s3.ts';
import { callersVoice, type Ended, isolated } from '../support/callers-voice.ts';
import { NO_FFMPEG } from '../support/checked-folder.ts';
import { programFile, programNode } from '../support/program.ts';
import { wav } from '../support/wav.ts';

let here: string;

beforeEach(async () => {
  here = await mkdtemp(join(tmpdir(), 'callers-voice-'));
  // As for the program.
  process.env['PATH'] = NO_FFMPEG;
});
afterEach(async () => {
  await rm(here, { recursive: true });
});

type Content = string | Buffer;

async function folder(name: string, files: Record<string, Content>): Promise<string> {
  for (const [file, content] of Object.entries(files)) {
    const path = join(here, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return name;
}

function check(...args: string[]): Promise<Ended> {
  return callersVoice(['check', ...args], {}, here);
}

interface Report {
  folders: { path: string; ok: boolean; problems: Record<string, unknown>[]; samples: unknown[] }[];
}

/** What `check --json` prints of a folder. A process for each would take its time. */
async function problemsOf(files: Record<string, Content>): Promise<Record<string, unknown>[]> {
  const report = forScripts(await checkFolder(join(here, await folder('voice', files))));
  return (JSON.parse(JSON.stringify(report)) as Report['folders'][number]).problems;
}

const recording = wav(10_000);

describe('callers-voice-clone check', () => {
  it('says how much of a valid folder will be sent, and exits with 0', async () => {
    await folder('amy', {
      'manifest.json': '{ "name": "Amelia", "files": ["one.wav"] }',
      'one.wav': wav(2048),
    });
    expect(await check('amy')).toEqual({
      exitCode: 0,
      stdout: `✔ amy  1 sample, 0.0 s, 2 KiB
  SAMPLE   LENGTH  FORMAT     RATE      CHANNELS  BIT RATE
  one.wav  0.0 s   WAV (PCM)  44.1 kHz  mono      706 kb/s
  Loudness, clipping, noise and pauses were not checked: ffmpeg is not on PATH.

1 folder checked: no problems.
`,
      stderr: '',
    });
  });

  it('follows links, as the AWS CLI does, but not in circles', async () => {
    await folder('real', { 'one.wav': recording });
    await folder('amy', { 'manifest.json': '{ "name": "Amelia", "files": ["one.wav", "more/one.wav"] }' });
    await symlink(join(here, 'real/one.wav'), join(here, 'amy/one.wav'));
    await symlink(join(here, 'real'), join(here, 'amy/more'));
    await symlink('..', join(here, 'real/back'));
    await symlink('nowhere', join(here, 'amy/broken.wav'));
    const { exitCode, stdout } = await check('amy', '--json');
    const [checked] = (JSON.parse(stdout) as Report).folders;
    expect(exitCode).toBe(0);
    expect(checked?.samples).toMatchObject([
      { name: 'one.wav' },
      { name: 'more/one.wav', sameAs: 'one.wav' },
    ]);
  });

  it('warns of what is named like a recording and cannot be opened', async () => {
    await folder('amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    await symlink('nowhere', join(here, 'amy/moved.wav'));
    await symlink('loop.wav', join(here, 'amy/loop.wav'));
    await symlink('nowhere', join(here, 'amy/notes.txt'));
    await writeFile(Buffer.from(join(here, 'amy/J\xfcrgen.wav'), 'latin1'), recording);
    await promisify(execFile)('/usr/bin/mkfifo', [join(here, 'amy/pipe.wav')]);
    const { exitCode, stdout } = await check('amy', '--json');
    const [checked] = (JSON.parse(stdout) as Report).folders;
    expect([exitCode, checked?.samples.length]).toEqual([0, 1]);
    const unused = checked?.problems.filter(({ code }) => code === 'NOT_USED');
    expect(unused?.map(({ file, message }) => [file, message])).toEqual([
      ['J\ufffdrgen.wav', 'is not used: its name is in no known encoding: rename it'],
      ['loop.wav', 'is not used: it cannot be opened (ELOOP)'],
      ['moved.wav', 'is not used: it is a link to a file that is not there'],
      ['pipe.wav', 'is not used: it is not a file but a pipe, a socket or a device'],
    ]);
  });

  it('writes the name of a folder on one line', async () => {
    await folder('a\n✔ b', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    expect((await check('a\n✔ b')).stdout).toMatch(/^✔ a ✔ b {2}1 sample/);
  });

  it('compares hundreds of files of one size without opening them all at once', async () => {
    const samples = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [
        `${index}.wav`,
        Buffer.concat([recording, Buffer.from([index % 256, index >> 8])]),
      ]),
    );
    await folder('amy', { 'manifest.json': '{ "name": "Amelia" }', ...samples });
    // Far fewer than there are files.
    const script = `ulimit -n 100; exec '${programNode}' '${programFile}' check amy --json`;
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], {
      cwd: here,
      env: { PATH: '/nonexistent' },
      maxBuffer: 64 * 1024 * 1024,
    });
    expect((JSON.parse(stdout) as Report).folders[0]?.samples).toHaveLength(400);
  });

  it.each([
    ['rich text', '{\\rtf1\\ansi { "name": "Amelia" }}', /rich text \(RTF\): save it as plain text/],
    ['a no-break space', '{\u00a0"name": "Amelia" }', /this one is a non-breaking space/],
    ['a Windows path', '{ "name": "Amelia", "files": ["C:\\voices\\one.wav"] }', /write \/ between folders/],
  ])('says what to do about %s', async (_, text, advice) => {
    const problems = await problemsOf({ 'manifest.json': text, 'one.wav': recording });
    expect(problems[0]?.['suggestion']).toMatch(advice);
  });

  it('says to leave the drive out of a name', async () => {
    const problems = await problemsOf({
      'manifest.json': '{ "name": "Amelia", "files": ["C:/voices/one.wav"] }',
      'one.wav': recording,
    });
    expect(problems[0]?.['message']).toMatch(/remove the drive letter/);
  });

  it('warns of two names that are one in S3', async () => {
    const problems = await problemsOf({
      'manifest.json': '{ "name": "Amelia" }',
      'Zo\u00eb.wav': recording,
      'Zoe\u0308.wav': recording,
    });
    const message = 'has the name of another recording but for how accents are stored: drop refuses both';
    expect(problems).toContainEqual(expect.objectContaining({ file: 'Zo\u00eb.wav', message }));
  });

  it('never loads the AWS SDK', async () => {
    await folder('amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    const preload = new URL('../support/without-packages.mjs', import.meta.url).href;
    // Its sources: what is built has no packages to load.
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', preload, 'cli/main.ts', ...args], {
        encoding: 'utf8',
        env: isolated({ WITHOUT_PACKAGES: '@aws-sdk/' }),
      });
    expect(run('check', join(here, 'amy'))).toMatchObject({ status: 0, stderr: '' });
    expect(run('status', 's3://bucket').stderr).toContain('@aws-sdk/');
  });

  it('reports every mistake in a manifest, with its line and a suggestion', async () => {
    await folder('amy', {
      'manifest.json': [
        '{',
        '  "name": "Amy",',
        '  "providerType": "elevenlabs",',
        '  "supportedLocales": ["en-us", "de-DE"],',
        '  "similarity_boost": 0.5,',
        '  "stability": "0.5",',
        '  "files": ["on.wav"]',
        '}',
      ].join('\r\n'),
      'one.wav': recording,
    });
    const { exitCode, stdout } = await check('amy');
    expect(exitCode).toBe(1);
    expect(stdout).toBe(`✘ amy
  amy/manifest.json:2:11
    error name must have at least 5 characters
  amy/manifest.json:3:19
    error providerType must be one of ELEVENLABS, CARTESIA, GOOGLE_CLOUD, not "elevenlabs"
    → "ELEVENLABS"
  amy/manifest.json:4:24
    error supportedLocales[0] must be one of the documented values, not "en-us"
    → "en-US"
  amy/manifest.json:5:3
    error similarity_boost is not a known field
    → similarityBoost
  amy/manifest.json:6:16
    error stability must be a number from 0 to 1
    → 0.5
  amy/manifest.json:7:13
    error files[0] lists "on.wav", which is not in the folder
    → "one.wav"

1 folder checked: 6 errors.
`);
  });

  it('says the same as JSON, and nothing else on standard output', async () => {
    await folder('amy', {
      'manifest.json': '{ "name": "Amelia",\n  "files": ["on.wav", "two.wav", "three.wav"] }',
      'one.wav': recording,
      'two.wav': wav(3000),
      'three.wav': '',
    });
    const { exitCode, stdout, stderr } = await check('amy', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      folders: [
        {
          path: 'amy',
          ok: false,
          problems: [
            {
              severity: 'error',
              file: 'manifest.json',
              line: 2,
              column: 13,
              path: 'files[0]',
              code: 'MISSING_SAMPLES',
              message: 'lists "on.wav", which is not in the folder',
              suggestion: '"one.wav"',
            },
            {
              severity: 'error',
              file: 'three.wav',
              code: 'EMPTY_SAMPLE',
              message: 'is empty',
              suggestion: 'replace or remove it',
            },
          ],
          samples: [
            {
              name: 'two.wav',
              path: 'amy/two.wav',
              size: 3000,
              media: {
                container: 'WAV',
                codec: 'PCM',
                sampleRate: 44_100,
                bitsPerSecond: 705_600,
                channels: 1,
                seconds: (3000 - 44) / 88_200,
              },
            },
            { name: 'three.wav', path: 'amy/three.wav', size: 0 },
          ],
          isHeard: false,
          notHeard: 'ffmpeg is not on PATH',
        },
      ],
    });
  });

  it.each([
    ['a comma too many', '{\n  "name": "Amelia",\n}', 3, 1, 'remove the comma before it'],
    ['a comment', '// mine\n{ "name": "Amelia" }', 1, 1, 'remove the comment: JSON does not allow comments'],
    ['curly quotes', '{\n “name”: "Amelia" }', 2, 2, 'use straight double quotes: "'],
    ['no comma', '{ "name": "Amelia"\n  "speed": 1 }', 2, 3, 'put a comma or a colon before it'],
    ['no end', '{ "name": "Amelia"', 1, 19, 'a closing quote, bracket or brace is missing'],
    [
      'two manifests',
      '{ "name": "Amelia" }\n{ "name": "Beate" }',
      2,
      1,
      'the manifest ends before it: remove the rest; another voice needs a folder of its own',
    ],
    ['Python', '{ "name": "Amelia", "subAccounts": True }', 1, 36, 'write true, false or null in lowercase'],
  ])('recognizes %s in invalid JSON', async (_, manifest, line, column, suggestion) => {
    const [problem, ...others] = await problemsOf({ 'manifest.json': manifest, 'one.wav': recording });
    expect(problem).toMatchObject({ line, column, suggestion, code: 'INVALID_MANIFEST' });
    expect(problem?.['message']).toMatch(/^is not valid JSON: [A-Z][^(]*$/);
    expect(others).toEqual([]);
  });

  it.each([
    ['provider', '"provider": "CARTESIA"', 'providerType'],
    ['locales', '"locales": []', 'supportedLocales'],
    ['naem', '"naem": "Amelia"', 'name'],
    ['one locale without brackets', '"supportedLocales": "en-GB"', '["en-GB"]'],
    ['an underscore', '"supportedLocales": ["pt_br"]', '"pt-BR"'],
    ['a locale that may be one of several', '"supportedLocales": ["es-AR"]', '"es-ES" or "es-MX"'],
    ['a flag in quotes', '"subAccounts": "True"', 'true'],
    ['a path', '"files": ["./one.wav"]', '"one.wav"'],
    ['another extension', '"files": ["one.mp3"]', '"one.wav"'],
    ['something unheard of', '"colour": "red"', undefined],
    ['a number that is too large', '"speed": 7', undefined],
  ])('suggests only what is valid: %s', async (_, member, suggestion) => {
    const [problem] = await problemsOf({
      'manifest.json': `{ "name": "Amelia", ${member} }`,
      'one.wav': recording,
    });
    expect(problem).toMatchObject({ severity: 'error' });
    expect(problem?.['suggestion']).toBe(suggestion);
  });

  it.each([
    ['field', '{ "name": "Amelia", "x": DEEP }', { path: 'x', message: 'is not a known field' }],
    ['value', '{ "name": DEEP }', { path: 'name', message: 'must be text' }],
    [
      'text that ends early',
      '{ "name": [DEEP',
      { message: "is not valid JSON: Expected ',' or ']' after array element" },
    ],
  ])('finds no fault but the %s in a manifest of thousands of levels', async (_, manifest, problem) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const problems = await problemsOf({
      'manifest.json': manifest.replace('DEEP', deep),
      'one.wav': recording,
    });
    expect(problems).toMatchObject([problem]);
  });

  it('does not suggest a file that is listed already', async () => {
    const files = { 'manifest.json': '{ "name": "Amelia", "files": ["take1.wav", "take2.wav"] }' };
    const [alone] = await problemsOf({ ...files, 'take2.wav': recording });
    expect(alone).not.toHaveProperty('suggestion');
    const [another] = await problemsOf({ ...files, 'take3.wav': wav(500) });
    expect(another).toMatchObject({ path: 'files[0]', suggestion: '"take3.wav"' });
  });

  it('finds files that are not audio, duplicate or left out, and repeated keys', async () => {
    const problems = await problemsOf({
      'manifest.json':
        '{ "name": "Amy", "name": "Amelia", "files": ["a.wav", "b.wav", "page.mp3", "c.raw"] }',
      'a.wav': recording,
      'b.wav': recording,
      'c.raw': wav(500),
      'page.mp3': '<!DOCTYPE html><p>404',
      'new.flac': wav(600),
    });
    expect(problems.map(({ severity, file, path, message }) => [severity, path ?? file, message])).toEqual([
      ['warning', 'name', 'is set more than once: only the last value counts'],
      ['warning', 'b.wav', 'has the same content as a.wav: it is sent once'],
      ['error', 'page.mp3', 'is a web page (HTML), not audio'],
      ['warning', 'new.flac', 'is not used: "files" does not list it'],
    ]);
  });

  it('exits with 0 when there are only warnings, and names the provider’s page', async () => {
    const minute = wav(30 * 88_200); // 30 seconds.
    await folder('amy', {
      'manifest.json': '{ "name": "Amelia", "providerType": "CARTESIA" }',
      'one.wav': minute,
      'two.wav': recording,
    });
    await folder('bea', {
      'manifest.json': '{ "name": "Beate", "providerType": "GOOGLE_CLOUD" }',
      'one.flac': Buffer.alloc(100, 0xff),
      'two.wav': wav(500),
    });
    const { exitCode, stdout } = await check('amy', 'bea');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('warning has 2 samples; Cartesia clones a voice from one clip');
    expect(stdout).toMatch(
      /amy\/one\.wav\n +warning has 30 seconds; Cartesia .*\n +https:\/\/docs\.cartesia\.ai/,
    );
    expect(stdout).toMatch(/amy\/two\.wav\n +warning has 0.1 seconds; Cartesia .* 3 to 10/);
    expect(stdout).toMatch(/bea\/one\.flac\n +warning is not a format that Google Cloud accepts/);
    expect(stdout).not.toMatch(/bea\/two\.wav/);
    expect(stdout).toMatch(/2 folders checked: 5 warnings\.\n$/);
  });

  it('expands patterns that the shell did not', async () => {
    await folder('many/amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    await folder('many/bea', { 'manifest.json': '{ "name": "Beate" }', 'one.wav': recording });
    await folder('many/.git', { 'manifest.json': '{}' });
    const { stdout } = await check('many/*');
    expect(stdout.match(/^✔ \S+/gm)).toEqual(['✔ many/amy', '✔ many/bea']);
  });

  it.each([
    ['tl-PH', '"fil-PH"'],
    ['iw-IL', '"he-IL"'],
    ['en-UK', '"en-GB"'],
    ['nb-NO', 'leave it out: Callers documents no locale for Norwegian Bokmål'],
  ])('suggests for the locale %s: %s', async (locale, suggestion) => {
    const manifest = JSON.stringify({ name: 'Amelia', supportedLocales: [locale] });
    const [problem] = await problemsOf({ 'manifest.json': manifest, 'one.wav': recording });
    expect(problem?.['suggestion']).toBe(suggestion);
  });

  it('says which character differs in a suggestion that looks the same', async () => {
    await folder('alike', {
      'manifest.json': JSON.stringify({
        name: 'Amelia',
        files: ['9.41 AM.wav'],
        supportedLocales: ['en\u2011GB'],
      }),
      '9.41\u202fAM.wav': recording,
    });
    const { stdout } = await check('alike');
    expect(stdout).toContain('it has U+0020 where the right one has U+202F, which looks the same');
    expect(stdout).toContain('it has U+2011 where the right one has U+002D, which looks the same');
  });

  it('finds the voice folders in a folder, and continues after a missing one', async () => {
    await folder('voices/amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    await folder('voices/bea', { 'manifest.json': '{ "name": "Beate" }', 'takes/one.wav': recording });
    await folder('new', { 'one.wav': recording });
    await folder('old', { 'Manifest.json': '{}' });
    const { exitCode, stdout, stderr } = await check(
      'nowhere',
      'new',
      'old',
      'voices',
      'voices/amy/',
      './old/',
    );
    // As for drop: a path that does not exist is a mistake in the command line.
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(stdout).toContain('✘ nowhere\n  nowhere\n    error cannot be read: There is no folder nowhere');
    const file = await check('new/one.wav');
    expect(file.exitCode).toBe(2);
    expect(file.stdout).toContain('error cannot be read: new/one.wav is a file: name its folder, new');
    expect(stdout).toContain('→ write one with: callers-voice-clone init "new"');
    // What is named twice is checked once.
    expect(stdout.match(/→ rename Manifest.json to manifest.json|✔ .*amy/g)).toHaveLength(2);
    expect(stdout).toContain(
      'error contains no audio files next to manifest.json\n    → list the files in subfolders in "files"',
    );
  });

  it('reports subfolders that lack only a manifest, and exits with 1', async () => {
    await folder('voices/amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    await folder('voices/bea', { 'Manifest.json': '{ "name": "Beate" }', 'one.wav': recording });
    await folder('voices/cleo', { 'manifest.json.txt': '{ "name": "Cleopatra" }' });
    await folder('voices/dora', { 'take.m4a': recording });
    await folder('voices/notes', { 'notes.txt': 'no voice' });
    await folder('voices/.git', { 'one.wav': recording });
    const { exitCode, stdout } = await check('voices');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✔ voices/amy');
    expect(stdout).toMatch(/✘ voices\/bea\n.*\n.*contains no manifest\.json\n +→ rename Manifest\.json/);
    expect(stdout).toMatch(
      /✘ voices\/cleo\n.*\n.*contains no manifest\.json\n +→ rename manifest\.json\.txt/,
    );
    expect(stdout).toMatch(
      /✘ voices\/dora\n.*\n.*contains no manifest\.json\n +→ write one with: .* "voices\/dora"/,
    );
    expect(stdout).toMatch(/4 folders checked: 3 errors\.\n$/);
  });

  it('reports them when there are no others, too, but never a folder of takes', async () => {
    await folder('voices/dora', { 'take.m4a': recording });
    expect((await check('voices')).stdout).toContain('✘ voices/dora');
    await folder('amy', { 'one.wav': recording, 'takes/one.wav': recording });
    const { stdout } = await check('amy');
    expect(stdout).toContain('✘ amy\n');
    expect(stdout).not.toContain('amy/takes');
  });

  it('suggests a copy of the manifest where there is no other', async () => {
    await folder('voices/eve', { 'manifest - Copy - Copy.json': '{}', 'one.wav': recording });
    expect((await check('voices')).stdout).toContain('→ rename manifest - Copy - Copy.json to manifest.json');
  });

  it('and drop then uploads nothing of the others either', async () => {
    await folder('voices/amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    await folder('voices/bea', { 'Manifest.json': '{ "name": "Beate" }', 'one.wav': recording });
    const { exitCode, stderr } = await callersVoice(['drop', 'voices', 's3://nobody/voices'], {}, here);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/voices\/bea\n.*contains no manifest\.json\n +→ rename Manifest\.json/);
  });

  it.runIf(process.getuid?.() === 0)('reports what may not be read, and all else', async () => {
    await folder('voices/amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    await folder('voices/bea', { 'manifest.json': '{ "name": "Beate" }', 'one.wav': recording });
    await folder('voices/cleo', {
      'manifest.json': '{ "name": "Cleopatra" }',
      'one.wav': recording,
      'two.wav': recording,
      'three.wav': '',
      'Interview 7': recording,
      'film.mov': 'video',
      'takes/one.wav': recording,
      '.Trashes/one.wav': recording,
    });
    await folder('voices/dora', { 'manifest.json': '{ "name": "Dorothea" }', 'one.wav': recording });
    await folder('voices/edda', { 'manifest.json': '{ "name": "Edith" }', 'one.wav': recording });
    await chmod(here, 0o755);
    const hidden = ['one.wav', 'Interview 7', 'film.mov', 'takes', '.Trashes'].map((name) => `cleo/${name}`);
    for (const name of ['bea', 'dora/manifest.json', ...hidden])
      await chmod(join(here, 'voices', name), 0o000);
    await chmod(join(here, 'voices/edda'), 0o444);
    const { folders } = fork('check voices --json', 65_534);
    expect(folders.map(({ path, ok }) => [path, ok])).toEqual([
      ['voices/amy', true],
      ['voices/bea', false],
      ['voices/cleo', false],
      ['voices/dora', false],
      ['voices/edda', false],
    ]);
    const [, bea, cleo, dora, edda] = folders.map(({ problems }) => problems);
    expect(bea?.[0]?.['message']).toMatch(/^cannot be read: EACCES/);
    const unread = {
      severity: 'error',
      message: 'cannot be read: you may not open it',
      suggestion: 'give yourself the right to read it, or move it out of the folder',
    };
    expect(cleo).toEqual([
      expect.objectContaining({ file: 'three.wav', code: 'EMPTY_SAMPLE' }),
      { file: 'one.wav', ...unread },
      expect.objectContaining({ file: 'film.mov', code: 'NOT_USED' }),
      {
        severity: 'warning',
        file: 'takes/',
        code: 'NOT_USED',
        message: 'is not used: it cannot be opened (EACCES)',
      },
    ]);
    expect(dora).toEqual([{ file: 'manifest.json', ...unread }]);
    expect(edda).toEqual([{ file: 'manifest.json', ...unread }]);
  });

  /** As another user: root may read everything. */
  function fork(args: string, uid: number): Report {
    const { stdout } = spawnSync(programNode, [programFile, ...args.split(' ')], {
      cwd: here,
      uid,
      encoding: 'utf8',
    });
    return JSON.parse(stdout) as Report;
  }

  it('names each file that looks like a recording and is not used', async () => {
    const problems = await problemsOf({
      'manifest.json': '{ "name": "Amelia" }',
      'one.wav': recording,
      'IMG_0042.MOV': 'video',
      '.take2.m4a.icloud': 'bplist00',
      'takes/three.wav': wav(900),
      '._one.wav': 'of a Mac',
      'notes.txt': 'no recording',
    });
    expect(problems).toEqual([
      {
        severity: 'warning',
        file: '.take2.m4a.icloud',
        code: 'NOT_USED',
        message:
          'is not used: it is iCloud’s placeholder for "take2.m4a": download that file to this computer first',
      },
      {
        severity: 'warning',
        file: 'IMG_0042.MOV',
        code: 'NOT_USED',
        message: 'is not used: it is a video file: save the audio as .wav or .m4a',
      },
      {
        severity: 'warning',
        file: 'takes/three.wav',
        code: 'NOT_USED',
        message: 'is not used: it is in a subfolder: move it next to manifest.json, or list it in "files"',
      },
    ]);
  });

  it.each(['aria2', 'st', 'lftp-pget-status'])('refuses a recording beside its .%s', async (extension) => {
    const problems = await problemsOf({
      'manifest.json': '{ "name": "Amelia", "files": ["one.wav", "takes/two.wav"] }',
      'one.wav': recording,
      'takes/two.wav': wav(20_000),
      [`takes/two.wav.${extension}`]: 'what is still missing',
      [`three.wav.${extension}`]: 'what is still missing',
    });
    expect(problems.map(({ severity, file }) => [severity, file])).toEqual([
      ['error', 'takes/two.wav'],
      ['warning', `three.wav.${extension}`],
    ]);
    expect(problems[0]).toMatchObject({
      message: `is not all there: takes/two.wav.${extension} marks an incomplete download`,
      suggestion: 'let the download end, or start it again; if all is there, delete that file',
    });
  });

  it('names recordings next to voice folders, and drop does too', async () => {
    await folder('voices/amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': wav(900) });
    await folder('voices', { 'stray.wav': recording, 'notes.txt': 'no recording' });
    const said = 'voices/stray.wav\n    warning is not used: it is next to voice folders, not in one\n';
    const { exitCode, stdout } = await check('voices');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`✔ voices\n  ${said}`);
    expect(stdout).toMatch(/1 folder checked: 1 warning\.\n$/);
    const dropped = await callersVoice(['drop', 'voices', 's3://nobody/voices'], {}, here);
    expect(dropped.stderr).toContain(said);
  });

  it('names voice folders in a voice folder: they are not dropped with it', async () => {
    const problems = await problemsOf({
      'manifest.json': '{ "name": "Amelia" }',
      'one.wav': recording,
      'bea/manifest.json': '{ "name": "Beate" }',
      'bea/one.wav': wav(900),
    });
    expect(problems).toEqual([
      expect.objectContaining({
        severity: 'warning',
        file: 'bea/',
        message: expect.stringMatching(/^is a voice folder of its own: .*name it too$/) as string,
      }),
    ]);
  });

  it('does not ask to name a voice folder in a voice folder that is named', async () => {
    await folder('amy', { 'manifest.json': '{ "name": "Amelia" }', 'one.wav': recording });
    await folder('amy/bea', { 'manifest.json': '{ "name": "Beate" }', 'one.wav': wav(900) });
    const { stdout } = await check('amy', 'amy/bea/');
    expect(stdout).toMatch(/2 folders checked: no problems\.\n$/);
  });

  it('keeps control characters of a file name from the terminal', async () => {
    await folder('amy', {
      'manifest.json': '{ "name": "Amelia", "\\u001b[2J": 1 }',
      '\u001b[2J.wav': recording,
      'same.wav': recording,
      'x\u001b[2J.wav': '',
    });
    const { stdout } = await check('amy');
    expect(stdout).toContain('has the same content as \ufffd[2J.wav');
    expect(stdout).toContain('error is empty');
    expect(stdout).not.toContain('\u001b');
  });

  it('keeps those of a name from the terminal that it takes for an option', async () => {
    const { exitCode, stderr } = await check('--\u001b[2J\u202e.wav');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("error: unknown option '--\ufffd[2J\ufffd.wav'");
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('\u202e');
  });

  it('uses colors only on a terminal, or when FORCE_COLOR asks for them', async () => {
    await folder('amy', { 'manifest.json': '{}' });
    expect((await check('amy')).stdout).not.toContain('\u001b');
    expect((await callersVoice(['check', 'amy'], { FORCE_COLOR: '1' }, here)).stdout).toContain('\u001b[31m');
  });
});

describe('what check says is what the function does:', () => {
  const cases: [string, Record<string, Content>][] = [
    ['all audio files in name order', { 'b.wav': 'b', 'a.MP3': 'a', 'notes.txt': 'x', '._a.mp3': 'x' }],
    ['a list, in its order', { 'b.wav': 'b', 'a.wav': 'a', 'manifest.json': listing('b.wav', 'a.wav') }],
    ['a file in a folder below', { 'x/a.wav': 'a', 'manifest.json': listing('x/a.wav') }],
    ['another Unicode form', { 'Zoe\u0308.wav': 'a', 'manifest.json': listing('Zo\u00eb.wav') }],
    ['the same content twice', { 'a.wav': 'same', 'b.wav': 'same', 'c.wav': 'else' }],
    ['no audio', { 'notes.txt': 'x' }],
    ['a missing file', { 'a.wav': 'a', 'manifest.json': listing('a.wav', 'b.wav') }],
    ['another case', { 'A.wav': 'a', 'manifest.json': listing('a.wav') }],
    ['an empty file', { 'a.wav': 'a', 'b.wav': '' }],
    ['missing and empty ones', { 'a.wav': '', 'manifest.json': listing('b.wav', 'a.wav') }],
    ['a name that is too short', { 'a.wav': 'a', 'manifest.json': '{"name":"Amy"}' }],
    ['a byte order mark', { 'a.wav': 'a', 'manifest.json': '\ufeff{"name":"Amelia"}' }],
    ['Latin-1', { 'a.wav': 'a', 'manifest.json': Buffer.from('{"name":"Zo\u00ebch"}', 'latin1') }],
    [
      'too many files',
      {
        'a.wav': 'a',
        'manifest.json': listing(...Array.from({ length: 1001 }, (_, index) => `${index}.wav`)),
      },
    ],
  ];

  it.each(cases)('%s', async (_, given) => {
    const files = { 'manifest.json': '{"name":"Amelia"}', ...given };
    await folder('voice', files);
    const checked = await checkFolder(join(here, 'voice'));

    const objects: Objects = new Map();
    const uploadedAt = new Date('2026-11-22T00:00:00Z');
    for (const [name, content] of Object.entries(files)) {
      put(objects, `voice/${name}`, content, uploadedAt);
    }
    const now = new Date('2026-11-22T00:01:00Z');
    const s3 = memoryS3(
      objects,
      (_name, effect) => Promise.resolve().then(effect),
      () => now,
    );
    const found = await lookAtFolder(
      s3,
      { bucket: 'voices', key: 'voice/manifest.json', sequencer: '1', uploadedAt, isCopy: false },
      { now: () => now, requestId: 'request', rules: defaultRules },
    );
    // For a folder that cannot be sent, the function does not always list the samples.
    const drop = found.drop?.samples;
    const sent = checked.samples.map(({ path: _path, ...sample }) => sample);
    expect(sent).toEqual(drop ?? sent);
    const errors = checked.problems.filter(
      ({ code, severity }) => severity === 'error' && code !== 'NOT_AUDIO',
    );
    expect(errors[0]?.code).toBe('fault' in found ? found.fault.code : undefined);
  });

  function listing(...files: string[]): string {
    return JSON.stringify({ name: 'Amelia', files });
  }
});

describe('callers-voice-clone', () => {
  it('explains exit codes in its help, and shows examples of each command', async () => {
    const { exitCode, stdout } = await callersVoice(['--help'], {}, here);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Exit codes:\n {2}0 +success\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}130 /);
    for (const command of ['init', 'check', 'local']) {
      const help = await callersVoice([command, '--help'], {}, here);
      expect(help.stdout).toContain(`Examples:\n  $ callers-voice-clone ${command}`);
      expect(help.exitCode).toBe(0);
    }
  });

  it.each([
    [['chek', 'amy'], /^error: unknown command 'chek'\n\(Did you mean check\?\)/],
    [['check'], /^error: missing required argument 'folder'/],
    [['check', 'amy', '--jsn'], /^error: unknown option '--jsn'\n\(Did you mean --json\?\)/],
    [[], /^Usage: callers-voice-clone/],
  ])('exits with 2 when the command line is wrong: %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await callersVoice(args, {}, here);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
