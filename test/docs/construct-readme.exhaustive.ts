import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  // In the repository, so that packages are found.
  await mkdir(join(root, 'dist'), { recursive: true });
  folder = await mkdtemp(join(root, 'dist', 'construct-readme-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('every snippet of the construct’s README compiles as users write it, and synthesizes', async () => {
  const page = await readFile(join(root, 'cdk/README.md'), 'utf8');
  const snippets = Array.from(page.matchAll(/^```ts\n([^]*?)^```/gm), ([, code = '']) => code);
  expect(snippets.length).toBeGreaterThan(6);
  const program = `${snippets.join('\n')}\n(stack.node.root as App).synth();\n`;
  const index = JSON.stringify(join(root, 'cdk/index.ts'));
  await writeFile(join(folder, 'app.ts'), program.replaceAll("'callers-voice-clone-cdk'", index));
  await writeFile(join(folder, 'aws-cdk-lib.d.ts'), await namespacesIn(program));
  const options = {
    noEmit: true,
    paths: { 'aws-cdk-lib': ['./aws-cdk-lib.d.ts'] },
    incremental: false,
    exactOptionalPropertyTypes: false,
    noUnusedLocals: false,
  };
  const config = { extends: '../../tsconfig.json', compilerOptions: options, files: ['app.ts'], include: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await run(join(root, 'node_modules/typescript/bin/tsc'), ['-p', folder, '--checkers', '1']);

  const { stderr } = await run(process.execPath, ['app.ts'], {
    cwd: folder,
    env: { ...process.env, CDK_OUTDIR: join(folder, 'assembly') },
  });
  expect(stderr.split('\n').filter((line) => line.includes('callers-voice-clone:'))).toEqual([]);
});

/** What aws-cdk-lib exports, without the 300 services that a program does not name. */
async function namespacesIn(program: string): Promise<string> {
  const library = join(root, 'node_modules/aws-cdk-lib');
  const lines = (await readFile(join(library, 'index.d.ts'), 'utf8')).split('\n');
  const named = lines.filter((line) => {
    const [, name] = /^export \* as (\w+) /.exec(line) ?? [];
    return name === undefined || new RegExp(`\\b${name}\\b`).test(program);
  });
  return named.join('\n').replaceAll(/'\.\/(.+)'/g, `'${library}/$1/index.js'`);
}
