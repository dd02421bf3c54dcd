import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { beforeAll, expect, test } from 'vitest';
import { locales } from '../../shared/locales.ts';
import { voiceSchema } from '../../shared/voice.ts';

const folder = join(import.meta.dirname, '../../n8n-node');
const dist = join(folder, 'dist');
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

beforeAll(() => {
  execFileSync(process.execPath, [join(folder, 'build.mts')], { stdio: 'inherit' });
});

test('n8n needs nothing but itself to run the package', () => {
  expect(json(join(folder, 'package.json'))).not.toHaveProperty('dependencies');
  const modules = globSync('**/*.js', { cwd: dist }).flatMap((file) =>
    [...readFileSync(join(dist, file), 'utf8').matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(
      ([, name]) => name,
    ),
  );
  expect(new Set(modules)).toEqual(new Set(['n8n-workflow', 'zod/v4-mini']));
});

test('the package holds the node, the credential, their icons, and what n8n shows of them', () => {
  const files = globSync('**/*.{js,svg,json}', { cwd: dist }).toSorted();
  expect(files).toEqual([
    'credentials/CallersApi.credentials.js',
    'icons/callers.dark.svg',
    'icons/callers.svg',
    'nodes/Callers/Callers.node.js',
    'nodes/Callers/Callers.node.json',
    'nodes/Callers/__schema__/v1.0.0/voice/clone.json',
  ]);
  const { n8n } = json(join(folder, 'package.json')) as { n8n: { nodes: string[]; credentials: string[] } };
  for (const file of [...n8n.nodes, ...n8n.credentials]) expect(existsSync(join(folder, file))).toBe(true);
});

test('the preview of the output has the fields of a voice', () => {
  const schema = json(join(dist, 'nodes/Callers/__schema__/v1.0.0/voice/clone.json'));
  expect(Object.keys(schema['properties'] as object)).toEqual(Object.keys(voiceSchema.shape));
});

test('the search finds the node, which the category AI would prevent', () => {
  const codex = json(join(dist, 'nodes/Callers/Callers.node.json'));
  expect(codex['categories']).not.toContain('AI');
  expect(codex['alias']).toContain('Voice Clone');
});

test('every locale of the API can be chosen, by a name of its own', () => {
  const load = createRequire(import.meta.url);
  const { Callers } = load(join(dist, 'nodes/Callers/Callers.node.js')) as { Callers: new () => INodeType };
  const fields = new Callers().description.properties;
  const additional = fields.find(({ name }) => name === 'additionalFields')?.options as INodeProperties[];
  const options = additional.find(({ name }) => name === 'supportedLocales')
    ?.options as INodePropertyOptions[];
  expect(new Set(options.map(({ value }) => value))).toEqual(new Set(locales));
  expect(options).toHaveLength(locales.length);
  expect(new Set(options.map(({ name }) => name)).size).toBe(locales.length);
  expect(options).toContainEqual({ name: 'German (Austria)', value: 'de-AT', description: 'de-AT' });
});
