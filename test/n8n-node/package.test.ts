import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ICredentialType, INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { buildNode } from '../../release/build-node.ts';
import { locales } from '../../shared/locales.ts';
import { voiceSchema } from '../../shared/voice.ts';
import { apiFields } from '../support/api-fields.ts';

const folder = join(import.meta.dirname, '../../n8n-node');
const dist = join(folder, 'dist');
const examples = join(import.meta.dirname, '../../examples');
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

/** What n8n shows of the node that was built. */
function screen() {
  const load = createRequire(import.meta.url);
  const { Callers } = load(join(dist, 'nodes/Callers/Callers.node.js')) as { Callers: new () => INodeType };
  const { properties } = new Callers().description;
  const additional = properties.find(({ name }) => name === 'additionalFields')?.options as INodeProperties[];
  return { properties, additional };
}

beforeAll(() => buildNode());

it('n8n runs the package without any other', () => {
  expect(json(join(folder, 'package.json'))).not.toHaveProperty('dependencies');
  const modules = globSync('**/*.js', { cwd: dist }).flatMap((file) =>
    [...readFileSync(join(dist, file), 'utf8').matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(
      ([, name]) => name,
    ),
  );
  expect(new Set(modules)).toEqual(new Set(['n8n-workflow', 'node:crypto', 'zod/v4-mini']));
});

it('the package holds the node, the credential, their icons, and what n8n shows of them', () => {
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

// 26 KB until the node read headers and providers' guides, so that it hints at the same as result.json.
it('the package takes at most 28 KB', () => {
  const parameters = ['pack', '--dry-run', '--json'];
  const packed = execFileSync('npm', parameters, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ size }] = JSON.parse(packed) as [{ size: number }];
  expect(size).toBeLessThanOrEqual(28 * 1024);
});

it('n8n shows who made the package', () => {
  expect(json(join(folder, 'package.json'))['author']).toMatchObject({ name: expect.stringMatching(/./) });
});

it('the agent learns why a call of the tool failed', () => {
  const { nodes } = json(join(examples, 'n8n-agent.json')) as unknown as {
    nodes: { type: string; typeVersion: number; onError?: string }[];
  };
  expect(nodes.find(({ type }) => type.endsWith('.callersTool'))?.onError).toBe('continueRegularOutput');
  expect(nodes.find(({ type }) => type.endsWith('.agent'))?.typeVersion).toBeGreaterThanOrEqual(3);
});

it('the preview of the output has the fields of a voice', () => {
  const schema = json(join(dist, 'nodes/Callers/__schema__/v1.0.0/voice/clone.json'));
  expect(Object.keys(schema['properties'] as object).toSorted()).toEqual(
    Object.keys(voiceSchema.shape).toSorted(),
  );
});

it('the search finds the node, which it would not in the category AI', () => {
  const codex = json(join(dist, 'nodes/Callers/Callers.node.json'));
  expect(codex['categories']).not.toContain('AI');
  const aliases = (codex['alias'] as string[]).map((alias) => alias.toLowerCase());
  expect(aliases).toEqual(expect.arrayContaining(['elevenlabs', 'cartesia', 'voice clone', 'tts']));
});

it('each link leads to another place', () => {
  const { resources } = json(join(dist, 'nodes/Callers/Callers.node.json')) as {
    resources: Record<string, { url: string }[]>;
  };
  const { CallersApi } = createRequire(import.meta.url)(
    join(dist, 'credentials/CallersApi.credentials.js'),
  ) as { CallersApi: new () => ICredentialType };
  const { documentationUrl = '' } = new CallersApi();
  const ofNode = resources['primaryDocumentation']?.map(({ url }) => url);
  expect(resources['credentialDocumentation']).toEqual([{ url: documentationUrl }]);
  expect(
    new Set([json(join(folder, 'package.json'))['homepage'], documentationUrl, ...(ofNode ?? [])]).size,
  ).toBe(3);
});

it('an n8n without what the package needs says which n8n it needs', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'n8n-nodes-callers-'));
  onTestFinished(() => rmSync(elsewhere, { recursive: true }));
  cpSync(dist, elsewhere, { recursive: true });
  const load = createRequire(join(elsewhere, 'index.js'));
  expect(() => load('./nodes/Callers/Callers.node.js')).toThrow('n8n-nodes-callers needs n8n 1.123 or newer');
  expect(() => load('./credentials/CallersApi.credentials.js')).toThrow('needs n8n 1.123 or newer');
});

it.each(globSync('n8n-*.json', { cwd: examples }))('%s fills in fields that the node has', (file) => {
  const { nodes } = json(join(examples, file)) as unknown as {
    nodes: { name: string; type: string; parameters: Record<string, object> }[];
  };
  const fields = screen().properties;
  const inside = (collection: string) =>
    fields.find(({ name }) => name === collection)?.options?.map(({ name }) => name);
  for (const { parameters } of nodes.filter(({ type }) => type.startsWith('n8n-nodes-callers.'))) {
    expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(parameters)));
    for (const collection of ['additionalFields', 'options'])
      expect(inside(collection)).toEqual(expect.arrayContaining(Object.keys(parameters[collection] ?? {})));
  }
});

it('the screen has each field of the API, and no other', () => {
  const { additional } = screen();
  const names = apiFields.map(([name]) => name).filter((name) => name !== 'name');
  expect(additional.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
});

it.each(apiFields)('the screen offers for %s what the API takes', (name, field) => {
  const { properties, additional } = screen();
  const {
    type,
    options = [],
    typeOptions,
  } = [...properties, ...additional].find((each) => each.name === name) ?? {};
  const { enum: values, items, minimum, maximum } = field;
  const string = values ? 'options' : 'string';
  expect(type).toBe({ string, array: 'multiOptions', number: 'number', boolean: 'boolean' }[field.type]);
  expect(new Set((options as INodePropertyOptions[]).map(({ value }) => value))).toEqual(
    new Set(values ?? items?.enum),
  );
  expect([typeOptions?.minValue, typeOptions?.maxValue]).toEqual([minimum, maximum]);
});

it('every locale has a name of its own', () => {
  const options = screen().additional.find(({ name }) => name === 'supportedLocales')
    ?.options as INodePropertyOptions[];
  expect(options).toHaveLength(locales.length);
  expect(new Set(options.map(({ name }) => name)).size).toBe(locales.length);
  expect(options).toContainEqual({ name: 'German (Austria)', value: 'de-AT', description: 'de-AT' });
});
