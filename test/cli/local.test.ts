import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localCredentials } from '../../emulators/aws.ts';
import { type CallersVoice, startCallersVoice } from '../support/callers-voice.ts';

const root = new URL('../..', import.meta.url).pathname;
let folder: string;
let running: CallersVoice[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callers-voice-'));
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  running = [];
  await rm(folder, { recursive: true });
});

/** The built program's `local`, as a process. */
function start(
  args: string[],
  environment: Record<string, string> = {},
  run?: [node: string, file: string],
): CallersVoice {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...environment };
  const program = startCallersVoice(['local', ...args], env, root, run);
  running.push(program);
  return program;
}

/** `npm start` in a checkout, which also bundles the function. */
const npmStart = (...args: string[]) => start(args, {}, [process.execPath, 'cli/main.ts']);

async function voiceFolder(name: string, manifest: object): Promise<string> {
  const path = join(folder, name);
  await cp(join(root, 'examples/voices/amelia'), path, { recursive: true });
  await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
  return path;
}

describe('local --once', () => {
  it('clones the example folder, prints its result.json and exits with 0', async () => {
    const program = npmStart('--once');
    expect(await program.ends()).toBe(0);
    expect(JSON.parse(program.stdout)).toMatchObject({
      status: 'succeeded',
      voices: [{ name: 'Amelia, receptionist' }],
      samples: [{ name: 'goodbye.wav' }, { name: 'greeting.mp3' }, { name: 'look-up.mp3' }],
    });
    expect(program.stderr).toMatch(/simulated at http:\/\/127\.0\.0\.1/);
  });

  it('with a folder drops that one, and exits with 1 when it gets no voice', async () => {
    const path = await voiceFolder('too short', { name: 'Amy', files: ['goodbye.wav'] });
    const program = start([path, '--once']);
    expect(await program.ends()).toBe(1);
    expect(JSON.parse(program.stdout)).toMatchObject({
      status: 'failed',
      manifest: { key: 'too short/manifest.json' },
      error: { code: 'INVALID_MANIFEST', issues: [{ path: 'name' }] },
    });
  });

  it('says what it waits for, and until when', async () => {
    const path = await voiceFolder('incomplete', { name: 'Amelia', files: ['greeting.mp3', 'missing.mp3'] });
    const program = start([path, '--once']);
    await program.says(/… waiting for missing\.mp3 until \d+:\d+.*; press Ctrl-C to stop\n/);
    program.child.kill('SIGINT');
    expect(await program.ends()).toBe(130);
  });

  it('says what is wrong with a path that is no voice folder', async () => {
    const program = start([join(folder, 'nothing'), '--once']);
    expect(await program.ends()).toBe(2);
    expect(program.stderr).toMatch(/^error: There is no folder .*nothing\n$/);
    const empty = start([folder, '--once']);
    expect(await empty.ends()).toBe(1);
    expect(empty.stderr).toMatch(/no manifest\.json/);
  });

  it('with CALLERS_API_KEY calls the real API, and says so', async () => {
    // Nothing listens there: this shows that no simulator answers instead.
    const environment = { CALLERS_API_KEY: 'sk-real-1234', CALLERS_API_URL: 'http://127.0.0.1:1' };
    const program = start(['--once', '--logs', '--port', '0'], environment);
    await program.says(/Callers API {2}http:\/\/127\.0\.0\.1:1 - the real API: CALLERS_API_KEY is set/);
    await program.says(/ECONNREFUSED/);
    program.child.kill('SIGINT');
    expect(await program.ends()).toBe(130);
    expect(program.stdout + program.stderr).not.toContain('sk-real-1234');
  });

  it('says what is wrong with the environment', async () => {
    const program = start(['--once'], { CALLERS_API_URL: 'http://callers.example' });
    expect(await program.ends()).toBe(1);
    expect(program.stderr).toMatch(/CALLERS_API_URL must start with https/);
  });
});

describe('local', () => {
  it('stays up for folders that any S3 client drops, until Ctrl-C', async () => {
    const program = npmStart('--port', '0');
    const [, endpoint = ''] = await program.says(
      /npx --no callers-voice-clone drop my-voice s3:\/\/voices --endpoint-url \S+\n[\s\S]*aws s3 cp --endpoint-url (\S+) --recursive my-voice s3:\/\/voices\/my-voice\/ --exclude manifest.json\n/,
    );
    const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: localCredentials });
    for (const name of ['greeting.mp3', 'manifest.json']) {
      const body = await readFile(join(root, 'examples/voices/amelia', name));
      const params = { Bucket: 'voices', Key: `my-voice/${name}`, Body: body };
      await new Upload({ client: s3, params }).done();
    }
    s3.destroy();
    await program.says(/my-voice\/result\.json: succeeded/);
    program.child.kill('SIGINT');
    expect(await program.ends()).toBe(0);
  });

  it('says so when its port is taken', async () => {
    const first = start(['--port', '0']);
    const [, port = ''] = await first.says(/S3 and SQS\s+http:\/\/127\.0\.0\.1:(\d+)/);
    const second = start(['--port', port]);
    expect(await second.ends()).toBe(1);
    expect(second.stderr).toMatch(/^error: .*port.*--port/i);
  });
});
