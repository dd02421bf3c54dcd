import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VoiceCloneStack } from '../../cdk/voice-clone-stack.ts';
import { bundleLambda, lambdaBundleFolder } from '../../functions/bundle.ts';
import { newApp, type Resource, temporaryFolder } from './synthesis.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** `npm run …` on a machine without AWS configuration, behind a proxy, where others may not read new files. */
async function npmRun(
  args: string[],
  proxy = 'http://127.0.0.1:9',
): Promise<{ stdout: string; stderr: string }> {
  return run('sh', ['-c', 'umask 077; exec npm run --silent "$@"', 'sh', ...args], {
    cwd: project,
    env: {
      PATH: process.env['PATH'],
      HOME: temporaryFolder(),
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      NODE_USE_ENV_PROXY: '1',
      npm_config_update_notifier: 'false',
    },
  });
}

interface Assembly {
  resources: Record<string, Resource>;
  /** Name and content of each file of the function's asset. */
  files: Record<string, string>;
  modes: number[];
  hash: string;
}

function readAssembly(folder: string): Assembly {
  const { Resources } = JSON.parse(readFileSync(join(folder, 'CallersVoiceClone.template.json'), 'utf8')) as {
    Resources: Record<string, Resource>;
  };
  const key = Object.values(Resources).find(({ Properties }) => Properties?.Code?.S3Key)?.Properties.Code
    .S3Key;
  const hash = String(key).replace(/\.zip$/, '');
  const asset = join(folder, `asset.${hash}`);
  const modes = readdirSync(asset).map((name) => statSync(join(asset, name)).mode & 0o777);
  return { resources: Resources, files: filesIn(asset), modes, hash };
}

function filesIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

const given = {
  bucketName: 'existing-voices',
  prefix: 'voices',
  apiKeySecretName: 'prod/callers',
  encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  subOrganizations: 'sub-1,sub-2',
  alarmEmail: 'oncall@example.com',
  resultEmail: 'studio@example.com',
  maxConcurrency: '20',
};

describe('npm run synth', () => {
  /** The requests to the proxy. */
  const asked: (string | undefined)[] = [];
  let synthesized: Assembly;
  let again: Assembly;
  // As a file manager leaves it.
  const stray = join(lambdaBundleFolder, '.DS_Store');
  afterAll(() => rmSync(stray));
  beforeAll(async () => {
    mkdirSync(lambdaBundleFolder, { recursive: true });
    writeFileSync(stray, '');
    const proxy = createServer((request, response) => {
      asked.push(request.url);
      response.destroy();
    });
    proxy.on('connect', ({ url }: IncomingMessage, socket: Duplex) => {
      asked.push(url);
      socket.destroy();
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const context = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const output = temporaryFolder();
    const { port } = proxy.address() as AddressInfo;
    await npmRun(['synth', '--', '--output', output, ...context], `http://127.0.0.1:${port}`);
    proxy.close();
    synthesized = readAssembly(output);

    await bundleLambda();
    const app = newApp();
    new VoiceCloneStack(app, 'CallersVoiceClone', {
      ...given,
      subOrganizations: ['sub-1', 'sub-2'],
      maxConcurrency: 20,
    });
    app.synth();
    again = readAssembly(app.outdir);
  });

  it('works without credentials, region or network', () => {
    expect(synthesized.hash).toMatch(/^[0-9a-f]{64}$/);
    // Other tests may call a port that was just free; requests for a proxy name a host.
    expect(asked.filter((url) => !url?.startsWith('/'))).toEqual([]);
  });

  it('takes every value that is given with -c', () => {
    const withoutMetadata = ({ resources }: Assembly) =>
      Object.fromEntries(
        Object.entries(resources).map(([id, { Metadata: _metadata, ...resource }]) => [id, resource]),
      );
    expect(withoutMetadata(synthesized)).toEqual(withoutMetadata(again));
    const text = JSON.stringify(synthesized.resources);
    for (const value of Object.values(given)) expect(text).toContain(value.replace(',', '\\",\\"'));
    expect(text).toContain('"MaximumConcurrency":20');
  });

  it('gives the same asset again after another build', () => {
    expect(again.hash).toBe(synthesized.hash);
    expect(again.files['index.js'] === synthesized.files['index.js']).toBe(true);
  });

  it('deploys what npm run build writes', async () => {
    await npmRun(['build']);
    const built = filesIn(lambdaBundleFolder);
    expect(Object.keys(synthesized.files).toSorted()).toEqual(['index.js', 'package.json']);
    // Lambda reads them as another user.
    expect(synthesized.modes).toEqual([0o644, 0o644]);
    for (const [name, content] of Object.entries(synthesized.files)) {
      // Not toBe: half a megabyte would be shown.
      expect({ name, same: content === built[name] }).toEqual({ name, same: true });
    }
  });

  it('says what is wrong with a value, and writes nothing to deploy', async () => {
    const output = temporaryFolder();
    const values = ['-c', 'maxConcurrency=1', '-c', 'alarmEmail=oncall'];
    const failure = (await npmRun(['synth', '--', '--output', output, ...values]).catch(
      (error: unknown) => error,
    )) as {
      code: number;
      stderr: string;
    };
    expect(failure.code).toBe(1);
    expect(failure.stderr).toContain(
      'The context is invalid: -c alarmEmail=…: must be an email address; -c maxConcurrency=…: must be from 2 to 1000',
    );
    expect(existsSync(join(output, 'manifest.json'))).toBe(false);
  });
});
