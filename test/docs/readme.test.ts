import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localAwsVariables } from '../../emulators/aws.ts';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { programs } from '../support/debian.ts';
import { builtFunction } from '../support/program.ts';
import { wav } from '../support/wav.ts';

let pipeline: LocalPipeline;
let home: string;
beforeAll(async () => {
  // For `prepare`.
  programs('ffmpeg');
  pipeline = await startLocalPipeline({
    port: 0,
    environment: { SETTLE_SECONDS: '0' },
    bundleFolder: builtFunction,
    cloneMilliseconds: 0,
  });
  home = await mkdtemp(join(tmpdir(), 'readme-'));
});
afterAll(async () => {
  await pipeline.close();
  await rm(home, { recursive: true });
});

/** The commands of our program in the README, in order. */
const commands = Array.from(
  readFileSync(new URL('../../README.md', import.meta.url), 'utf8').matchAll(
    /^callers-voice-clone ([^#\n]*)/gm,
  ),
  ([, command = '']) => command.trim(),
);

it('the commands in the README lead, one after another, from recordings to a voice', async () => {
  const folder = join(home, 'my-voice');
  await mkdir(folder);
  await writeFile(join(folder, 'one.wav'), wav(3000));
  await writeFile(join(folder, 'two.wav'), wav(4000));
  const { PATH = '' } = process.env;
  const variables = { ...localAwsVariables, AWS_ENDPOINT_URL_S3: pipeline.endpoint, PATH };
  const printed: Record<string, string> = {};
  for (const command of commands) {
    const args = command.replace('s3://my-bucket', `s3://${pipeline.bucket}`).split(' ');
    const [name = ''] = args;
    // On a terminal it asks for the name.
    const { exitCode, stdout, stderr } = await callersVoice(
      name === 'init' ? [...args, '--name', 'Amelia'] : args,
      variables,
      home,
    );
    // Nothing has failed here, so `retry` refuses.
    const [code, words] = name === 'retry' ? [1, 'nothing to retry'] : [0, ''];
    expect({ command, exitCode, stderr }).toEqual({
      command,
      exitCode: code,
      stderr: expect.stringContaining(words),
    });
    printed[name] ??= stdout;
  }
  expect(printed).toMatchObject({
    init: expect.any(String),
    check: expect.stringContaining('2 samples'),
    drop: expect.stringContaining('Amelia'),
    status: expect.stringMatching(/my-voice.*succeeded.*Amelia/),
    result: expect.stringMatching(/^succeeded [\s\S]*Voice +Amelia\n/),
    retry: '',
  });
});
