import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localAwsVariables } from '../../emulators/aws.ts';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { wav } from '../support/wav.ts';

let pipeline: LocalPipeline;
let home: string;
beforeAll(async () => {
  pipeline = await startLocalPipeline({
    port: 0,
    environment: { SETTLE_SECONDS: '0' },
    cloneMilliseconds: 0,
  });
  home = await mkdtemp(join(tmpdir(), 'readme-'));
});
afterAll(async () => {
  await pipeline.close();
  await rm(home, { recursive: true });
});

it('the README leads from recordings to a voice', async () => {
  const folder = join(home, 'my-voice');
  await mkdir(folder);
  await writeFile(join(folder, 'one.wav'), wav(3000));
  await writeFile(join(folder, 'two.wav'), wav(4000));
  const bucket = `s3://${pipeline.bucket}/voices`;
  const run = (...args: string[]) =>
    callersVoice(args, {
      ...localAwsVariables,
      AWS_ENDPOINT_URL_S3: pipeline.endpoint,
    });

  // On a terminal it asks for the name.
  expect(await run('init', folder, '--name', 'Amelia')).toMatchObject({ exitCode: 0 });
  expect(await run('check', folder)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('2 samples'),
  });
  const dropped = await run('drop', folder, bucket);
  expect(dropped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Amelia') });
  expect(await run('status', bucket)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/my-voice.*succeeded.*Amelia/),
  });
  expect(await run('result', `${bucket}/my-voice`)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^succeeded [\s\S]*Voice +Amelia\n/),
  });
});
