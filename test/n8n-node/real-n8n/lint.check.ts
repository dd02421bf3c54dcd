import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { installedLinter, packedPackage } from './installations.ts';
import { copiedSources, environment, fillInOwner, scan } from './lint.ts';

it('n8n-node lint finds nothing, in strict mode', () => {
  const { sources, remove } = copiedSources();
  onTestFinished(remove);
  const bin = join(installedLinter(), 'node_modules/.bin');
  const { status, stdout, stderr } = spawnSync(join(bin, 'n8n-node'), ['lint'], {
    cwd: sources,
    encoding: 'utf8',
    env: { ...environment, PATH: [bin, process.env['PATH']].join(delimiter) },
  });
  expect({ status, findings: `${stdout}${stderr}`.match(/^.*(?:error|warning|problem).*$/gm) }).toEqual({
    status: 0,
    findings: null,
  });
});

it('the scan that n8n verifies packages with passes on the package, which holds only what is needed', async () => {
  const { folder, remove } = await packedPackage();
  onTestFinished(remove);
  fillInOwner(folder);
  expect(scan(folder, 'undefined')).toEqual({ passed: true });
  expect(readdirSync(folder).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
});
