import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import packageJson from '../../cli/package.json' with { type: 'json' };
import { localAwsVariables } from '../../emulators/aws.ts';
import {
  archiveOf,
  type Ended,
  filesIn,
  install,
  newProject,
  nodes,
  run,
  textIn,
  wouldPublish,
} from './packed.ts';

const root = new URL('../..', import.meta.url).pathname;
const [node20, node24] = nodes;

describe('the archive of the program', () => {
  const archive = archiveOf('callers-voice-clone');

  it('holds what is needed, and nothing else', () => {
    const isChunk = (name: string) => /^dist\/[\w-]+-[A-Z\d]{8}\.js$/.test(name);
    expect(filesIn(archive).filter((name) => !isChunk(name))).toEqual([
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES.txt',
      'clone-voice/index.js',
      'clone-voice/package.json',
      'dist/execution-environment.js',
      'dist/main.js',
      'dist/result-types.d.ts',
      'dist/start.js',
      'examples/voices/amelia/goodbye.wav',
      'examples/voices/amelia/greeting.mp3',
      'examples/voices/amelia/look-up.mp3',
      'examples/voices/amelia/manifest.json',
      'manifest.schema.json',
      'package.json',
    ]);
  });

  it('reveals nothing about the machine that built it', () => {
    const text = textIn(archive);
    expect(text).not.toContain(root);
    expect(text).not.toContain(process.env['HOME'] ?? root);
  });

  it('includes the licenses of what it bundles', () => {
    const text = textIn(archive);
    expect(text).toMatch(/^commander \d+\.\d+\.\d+\n[^]*?Permission is hereby granted/m);
    expect(text).toMatch(/^@aws-sdk\/client-s3 \d+\.\d+\.\d+\n[^]*?Apache License/m);
  });

  it('npm would publish it as it is', async () => {
    expect(await wouldPublish(archive)).toEqual({
      published: `+ callers-voice-clone@${packageJson.version}`,
      warnings: [],
    });
  });
});

describe.each(nodes)('the program, installed with Node $version', (node) => {
  let folder: string;
  let installation: Ended;
  let pipeline: LocalPipeline;
  const program = (...args: string[]) =>
    run(join(folder, 'node_modules/.bin/callers-voice-clone'), args, {
      cwd: folder,
      node,
      environment: { ...localAwsVariables, AWS_ENDPOINT_URL_S3: pipeline.endpoint },
    });

  beforeAll(async () => {
    folder = newProject();
    installation = await install(folder, archiveOf('callers-voice-clone'), node);
    pipeline = await startLocalPipeline({
      port: 0,
      environment: { SETTLE_SECONDS: '0' },
      cloneMilliseconds: 0,
    });
  });
  afterAll(async () => {
    await pipeline.close();
  });

  it('installs no other package, without a warning of npm', () => {
    expect(installation).toMatchObject({ exitCode: 0, stderr: '' });
    const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(['callers-voice-clone']);
  });

  it('shows its help and its version', async () => {
    const help = await program('--help');
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: callers-voice-clone /);
    expect((await program('--version')).stdout).toBe(`${packageJson.version}\n`);
  });

  it('makes a voice of recordings', async () => {
    cpSync(join(root, 'examples/voices/amelia'), join(folder, 'my-voice'), { recursive: true });
    const place = `s3://${pipeline.bucket}/node-${node.version}`;
    expect(await program('init', 'my-voice', '--name', 'Amelia', '--force')).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(await program('check', 'my-voice')).toMatchObject({ exitCode: 0, stderr: '' });
    const dropped = await program('drop', 'my-voice', place, '--json', '--quiet');
    expect(dropped).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(dropped.stdout)).toMatchObject({ folders: [{ status: 'succeeded' }] });
    const status = await program('status', place);
    expect(status.stdout).toMatch(/my-voice.*succeeded.*Amelia/);
  });

  it('reports mistakes without colors', async () => {
    const { exitCode, stderr } = await program('init', 'nowhere', '--name', 'Amelia');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'error: There is no folder nowhere\n' });
  });

  it.skipIf(node === node24)('says that the pipeline needs a later Node', async () => {
    const { exitCode, stderr } = await program('local', '--once');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: local .*requires Node 24 or later; this is Node 20\.\d+\.\d+\n$/);
  });

  it.skipIf(node === node20)('says what the pipeline needs, and runs it once that is installed', async () => {
    const { exitCode, stderr } = await program('local', '--once');
    expect(exitCode).toBe(1);
    const [, command = ''] =
      /^error: local .*; install them with: (npm install fauxqs@\d+)\n$/.exec(stderr) ?? [];
    const [npm = '', ...args] = command.split(' ');
    expect(await run(npm, args, { cwd: folder, node })).toMatchObject({ exitCode: 0 });
    const cloned = await program('local', '--once');
    expect(cloned).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(cloned.stdout)).toMatchObject({
      status: 'succeeded',
      voices: [{ name: 'Amelia, receptionist' }],
    });
  });
});

it('the program can be installed globally, as in the README', async () => {
  const cwd = newProject();
  const prefix = join(cwd, 'global');
  const options = { cwd, node: node24, environment: { npm_config_prefix: prefix } };
  const args = ['install', '--global', archiveOf('callers-voice-clone')];
  expect(await run('npm', args, options)).toMatchObject({ exitCode: 0, stderr: '' });
  const program = join(prefix, 'bin/callers-voice-clone');
  expect((await run(program, ['--help'], options)).stdout).toMatch(/^Usage: callers-voice-clone /);
  expect((await run(program, ['local'], options)).stderr).toContain('npm install --global fauxqs@');
});

describe('TypeScript that uses the package', () => {
  const settings = {
    nodenext: ['--module', 'nodenext'],
    bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
    exact: ['--module', 'nodenext', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
  };
  let folder: string;
  beforeAll(async () => {
    folder = newProject({ private: true, type: 'module' });
    await install(folder, archiveOf('callers-voice-clone'), node20);
  });

  it.each(Object.entries(settings))('gets the types of result.json: %s', async (_name, options) => {
    writeFileSync(
      join(folder, 'reads.ts'),
      `import type { ErrorCode, Result } from 'callers-voice-clone';

       export function voiceId(text: string): string | undefined {
         const result: Result = JSON.parse(text);
         // @ts-expect-error -- there are voices only where it succeeded
         result.voices;
         if (result.status === 'succeeded') return result.voices[0]?.voiceId;
         if (result.status === 'waiting' || result.status === 'cloning') return undefined;
         const code: ErrorCode = result.error.code;
         throw new Error(code + ' ' + result.error.message);
       }\n`,
    );
    const tsc = join(root, 'node_modules/.bin/tsc');
    const args = ['reads.ts', '--noEmit', '--strict', '--target', 'es2022', ...options];
    expect(await run(tsc, args, { cwd: folder, node: node24 })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('reads in its editor what the fields mean, and needs no other package', () => {
    const types = readFileSync(
      join(folder, 'node_modules/callers-voice-clone/dist/result-types.d.ts'),
      'utf8',
    );
    expect(types).toMatch(/\/\*\* In bytes\. \*\/\n\s*size: number;/);
    expect(types).not.toContain('import');
  });

  it('finds the JSON Schema', async () => {
    writeFileSync(
      join(folder, 'schema.js'),
      `import schema from 'callers-voice-clone/manifest.schema.json' with { type: 'json' };
       console.log(schema.required.join());`,
    );
    expect((await run('node', ['schema.js'], { cwd: folder, node: node24 })).stdout).toBe('name\n');
  });
});
