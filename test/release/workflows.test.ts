import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

interface Workflow {
  jobs: Record<string, { needs?: string; permissions?: Record<string, string>; steps: Step[] }>;
}

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
}

const root = new URL('../..', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const workflow = (file: string) => parse(read(file)) as Workflow;

it.each(globSync('.github/workflows/*.yml', { cwd: root }))('%s runs only what exists', (file) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const steps = Object.values(workflow(file).jobs).flatMap((job) => job.steps);
  const commands = steps.flatMap(({ run }) => run?.trim().split('\n') ?? []);
  const missing = commands.filter((command) => {
    const [program = '', what = '', script = ''] = command.split(' ');
    if (program === 'npm') return what === 'run' && !scripts[script];
    return !existsSync(join(root, program === 'node' ? what : program));
  });
  expect(missing).toEqual([]);
});

it('packages are published as they were tested, by a job that runs nothing else', () => {
  const { pack, publish } = workflow('.github/workflows/publish.yml').jobs;
  const archives = (action: string, job = publish) =>
    job?.steps.find(({ uses }) => uses?.startsWith(`actions/${action}@`))?.with;
  expect(pack?.steps.flatMap(({ run }) => run ?? [])).toEqual(
    expect.arrayContaining(['npm run check:release', 'npm run test:packages']),
  );
  expect(pack?.permissions).toBeUndefined();
  expect(archives('upload-artifact', pack)).toMatchObject({ name: 'packages', path: 'dist/packages/*.tgz' });
  expect(publish).toMatchObject({ needs: 'pack', permissions: { 'id-token': 'write' } });
  expect(archives('download-artifact')).toEqual({ name: 'packages', path: 'packages' });
  expect(publish?.steps.flatMap(({ run, env }) => (run ? [{ run, env }] : []))).toMatchObject([
    { run: 'node release/publish.ts packages', env: { NPM_CONFIG_PROVENANCE: true } },
  ]);
});
