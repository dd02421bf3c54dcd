import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { archiveOf, filesIn, newProject, nodes, run, textIn, wouldPublish } from './packed.ts';

const root = new URL('../..', import.meta.url).pathname;
const [, node24] = nodes;

it('the archive of the n8n node holds what n8n loads, and nothing else', () => {
  expect(filesIn(archiveOf('n8n-nodes-callers'))).toEqual([
    'LICENSE',
    'README.md',
    'dist/credentials/CallersApi.credentials.js',
    'dist/icons/callers.dark.svg',
    'dist/icons/callers.svg',
    'dist/nodes/Callers/Callers.node.js',
    'dist/nodes/Callers/Callers.node.json',
    'dist/nodes/Callers/__schema__/v1.0.0/voice/clone.json',
    'package.json',
  ]);
});

it('and tells nothing of the machine that it was made on', () => {
  const text = textIn(archiveOf('n8n-nodes-callers'));
  expect(text).not.toContain(root);
  expect(text).not.toContain(process.env['HOME'] ?? root);
});

it('would be published as it is', async () => {
  expect(await wouldPublish(archiveOf('n8n-nodes-callers'))).toEqual({
    published: expect.stringMatching(/^\+ n8n-nodes-callers@\d+\.\d+\.\d+$/) as string,
    warnings: [],
  });
});

it('installed as n8n-node/README.md does, it comes alone, and n8n finds a node and a credential', async () => {
  const home = newProject();
  const command =
    /^npm install (.*) \S+\.tgz$/m.exec(readFileSync(join(root, 'n8n-node/README.md'), 'utf8'))?.[1] ?? '';
  const options = command.split(' ').map((option) => option.replace('~', home));
  const args = ['install', ...options, archiveOf('n8n-nodes-callers')];
  expect(await run('npm', args, { cwd: home, node: node24 })).toMatchObject({ exitCode: 0, stderr: '' });
  const modules = join(home, '.n8n/nodes/node_modules');
  expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['n8n-nodes-callers']);

  const script = `
    const { join } = require('node:path');
    const { n8n } = require('./package.json');
    const load = (file) => new (Object.values(require(join(process.cwd(), file)))[0])();
    const [node] = n8n.nodes.map(load);
    const [credential] = n8n.credentials.map(load);
    console.log(JSON.stringify([node.description.name, node.description.credentials[0].name, credential.name]));`;
  const loaded = await run('node', ['--eval', script], {
    cwd: join(modules, 'n8n-nodes-callers'),
    node: node24,
    // n8n lends its own modules to community nodes.
    environment: { NODE_PATH: join(root, 'n8n-node/node_modules') },
  });
  expect(loaded).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(loaded.stdout)).toEqual(['callers', 'callersApi', 'callersApi']);
});
