import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { installed } from '../support/installed.ts';
import { nodeOf } from '../support/node-of.ts';
import { archiveOf, newProject } from './packed.ts';

const archive = archiveOf('callers-voice-clone-cdk');
const { peerDependencies } = JSON.parse(
  execFileSync('tar', ['-xzOf', archive, 'package/package.json'], { encoding: 'utf8' }),
) as { peerDependencies: Record<string, string> };
/** Yarn and bun do not use what aws-cdk-lib bundles, so the oldest: it needs only what every registry has. */
const oldest = Object.entries(peerDependencies).map(([name, range]) => [name, range.replace('^', '')]);
const app = `
const { App } = require('aws-cdk-lib');
const { VoiceCloneStack } = require('callers-voice-clone-cdk');
const app = new App({ outdir: 'out' });
new VoiceCloneStack(app, 'CallersVoiceClone', { prefix: 'voices', maxConcurrency: 7 });
app.synth();
`;

interface Manager {
  install: string[];
  /** Starts the app. @default - Node, as it is */
  start?: string[];
  env?: Record<string, string>;
}

const node24 = process.execPath;
const tools = installed('package-managers', ['pnpm@10', '@yarnpkg/cli-dist@4', 'bun@1']);
const tool = (path: string) => join(tools, 'node_modules', path);
const bun = tool(`@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`);
const yarnFile = tool('@yarnpkg/cli-dist/bin/yarn.js');

function yarn(linker: 'node-modules' | 'pnp'): Manager {
  return {
    install: [node24, yarnFile, 'install'],
    start: [yarnFile, 'node'],
    env: {
      YARN_NODE_LINKER: linker,
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      YARN_ENABLE_SCRIPTS: 'false',
      YARN_ENABLE_TELEMETRY: 'false',
      YARN_NPM_REGISTRY_SERVER: execFileSync('npm', ['config', 'get', 'registry'], {
        encoding: 'utf8',
      }).trim(),
      YARN_UNSAFE_HTTP_WHITELIST: '*',
    },
  };
}

const managers: [string, Manager][] = [
  ['npm', { install: ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund'] }],
  ['pnpm', { install: [node24, tool('pnpm/bin/pnpm.cjs'), 'install', '--ignore-scripts'] }],
  ['Yarn with node_modules', yarn('node-modules')],
  ['Yarn with Plug’n’Play', yarn('pnp')],
  ['bun', { install: [bun, 'install', '--ignore-scripts'] }],
];

let expected: Record<string, string>;

describe.each(managers)('installed by %s, the construct', (_name, { install, start = [], env = {} }) => {
  const folder = newProject({
    private: true,
    dependencies: Object.fromEntries([...oldest, ['callers-voice-clone-cdk', `file:${archive}`]]) as object,
  });

  beforeAll(() => {
    writeFileSync(join(folder, 'app.js'), app);
    // So that Yarn does not look for a project above.
    writeFileSync(join(folder, 'yarn.lock'), '');
    run(install);
  });

  it.each([20, 22, 24] as const)('deploys the same on Node %i', (version) => {
    run([nodeOf(version), ...start, 'app.js']);
    const actual = deployed();
    expected ??= actual;
    expect(Object.keys(actual)).toContain('CallersVoiceClone.template.json');
    expect(actual).toEqual(expected);
  });

  function run([command = '', ...args]: string[]): void {
    execFileSync(command, args, { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' });
  }

  /** Templates, and the names of the assets, which are hashes of their content. */
  function deployed(): Record<string, string> {
    const names = readdirSync(join(folder, 'out')).filter((name) => /^asset\.|\.template\.json$/.test(name));
    return Object.fromEntries(
      names.map((name) => [
        name,
        name.endsWith('.json') ? readFileSync(join(folder, 'out', name), 'utf8') : '',
      ]),
    );
  }
});
