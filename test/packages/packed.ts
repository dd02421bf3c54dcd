import { type ExecFileOptions, execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { buildPackages } from '../../release/build-packages.ts';
import { node20 } from '../support/node-of.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The archive of each package that is published. */
    archives: Record<string, string>;
    /** For whatever the tests write. */
    folder: string;
  }
}

/**
 * Vitest's global setup: builds and packs everything once, and installs the program with the oldest Node that it is for, so
 * that its own tests start that one.
 */
export default async function packOnce(project: TestProject): Promise<() => Promise<void>> {
  const archives = await buildPackages();
  const folder = mkdtempSync(join(tmpdir(), 'packages-'));
  // Some tests run the program as another user.
  chmodSync(folder, 0o755);
  project.provide('archives', archives);
  project.provide('folder', folder);

  const [node] = nodes;
  const program = newProjectIn(folder);
  await install(program, archives['callers-voice-clone'] ?? '', node);
  process.env['PROGRAM'] = JSON.stringify([
    node.path,
    join(program, 'node_modules/callers-voice-clone/dist/main.js'),
  ]);
  // Not synchronously: meanwhile, Vitest would think that its workers hang.
  return () => rm(folder, { recursive: true });
}

/** The archive of a package, as `npm run build:packages` made it. */
export function archiveOf(name: string): string {
  const archive = inject('archives')[name];
  if (archive === undefined) throw new Error(`${name} is not among the packages`);
  return archive;
}

/** Names of the files in an archive, without the folder that npm puts them into. */
export function filesIn(archive: string): string[] {
  const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  return names.map((name) => name.replace(/^package\//, '')).toSorted();
}

/** All text in an archive. */
export function textIn(archive: string): string {
  return execFileSync('tar', ['-xzOf', archive], { encoding: 'latin1', maxBuffer: 2 ** 28 });
}

/** A Node that the packages are for. */
export interface Node {
  version: 20 | 24;
  path: string;
}

/** The oldest that packages are for, and the one that AWS Lambda has. */
export const nodes: readonly [Node, Node] = [
  { version: 20, path: node20() },
  { version: 24, path: process.execPath },
];

/** A folder with nothing but the `package.json` of a project. It is gone after the tests. */
export function newProject(packageJson: object = { private: true }): string {
  return newProjectIn(inject('folder'), packageJson);
}

function newProjectIn(parent: string, packageJson: object = { private: true }): string {
  const folder = mkdtempSync(join(parent, 'project-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(packageJson));
  return folder;
}

/** Installs an archive into a project as people do. */
export function install(folder: string, archive: string, node: Node): Promise<Ended> {
  return run('npm', ['install', archive], { cwd: folder, node });
}

/** `npm publish` of an archive, as far as it goes without a registry. @returns what npm says that it does, and warns of */
export async function wouldPublish(archive: string): Promise<{ published: string; warnings: string[] }> {
  const args = ['publish', archive, '--dry-run', '--provenance', '--access', 'public'];
  const { stdout, stderr } = await run('npm', args, {
    cwd: newProject(),
    node: nodes[1],
    environment: {
      npm_config_registry: 'http://127.0.0.1:1/',
      npm_config_fetch_retries: '0',
      // `npm run --silent` hands on its own.
      npm_config_loglevel: 'notice',
    },
  });
  const warnings = stderr.match(/^npm (?:warn|error) .*$/gim) ?? [];
  return {
    published: stdout.trim(),
    warnings: warnings.filter((line) => !line.includes('requires you to be logged in')),
  };
}

/** How a command ended, and what it printed. */
export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Where a command runs, by which Node. */
export interface RunOptions {
  cwd: string;
  node: Node;
  environment?: Record<string, string>;
}

/** Runs a command to its end where `node` is that Node. */
export function run(command: string, args: string[], options: RunOptions): Promise<Ended> {
  const { cwd, node, environment } = options;
  const bin = mkdtempSync(join(tmpdir(), 'bin-'));
  symlinkSync(node.path, join(bin, 'node'));
  const settings: ExecFileOptions = {
    cwd,
    env: {
      ...process.env,
      // Of the npm that runs these tests.
      npm_config_local_prefix: cwd,
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      ...environment,
      PATH: [bin, process.env['PATH']].join(delimiter),
    },
  };
  return new Promise((resolve) => {
    execFile(command, args, settings, (error, stdout, stderr) => {
      rmSync(bin, { recursive: true });
      const exitCode = error === null ? 0 : Number(error.code ?? 1);
      resolve({ exitCode, stdout: String(stdout), stderr: String(stderr) });
    });
  });
}
