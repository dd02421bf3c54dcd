import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page, selectors } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type CallersApiSimulator,
  startCallersApiSimulator,
} from '../../../emulators/callers-api/simulator.ts';
import { installedChromium, projectFolder } from './installations.ts';
import { type Model, startModel } from './model.ts';
import { type N8n, prepareN8n } from './n8n.ts';

/** The package in n8n as its users have it: command line, server and editor. */
const API_KEY = 'sk-real-n8n-0123456789';
/** How long the editor may take. */
const patience = { timeout: 30_000, interval: 250 };
const major = process.env['N8N_MAJOR'] ?? '2';
const screenshots = join(projectFolder, 'dist/n8n-screenshots', major);
const examples = join(projectFolder, 'examples');

let api: CallersApiSimulator;
let n8n: N8n;
let model: Model;

beforeAll(async () => {
  api = await startCallersApiSimulator({ apiKey: API_KEY });
  model = await startModel({ name: 'Amelia, receptionist' });
  n8n = await prepareN8n();
  const samples = join(projectFolder, 'examples/voices/amelia');
  for (const name of readdirSync(samples)) copyFileSync(join(samples, name), join(n8n.filesFolder, name));
  const openAi = { apiKey: 'sk-model', url: model.url };
  await n8n.importCredentials(
    credential('good', API_KEY),
    credential('wrong', 'sk-wrong'),
    credential('edited', API_KEY),
    { id: 'model', name: 'Model', type: 'openAiApi', data: openAi },
  );
  await n8n.importWorkflows(
    exampleWorkflow('good'),
    exampleWorkflow('wrong'),
    { ...exampleWorkflow('good'), id: 'combined', settings: { binaryMode: 'combined' } },
    eachItemOf(exampleWorkflow('good')),
    agentWorkflow(),
    loopWorkflow(),
    webhookWorkflow(),
    ...parentsAndChildren(),
    ...globSync('n8n-*.json', { cwd: examples }).map((file) => {
      const workflow = JSON.parse(readFileSync(join(examples, file), 'utf8')) as object;
      return { ...workflow, id: file };
    }),
  );
});

afterAll(async () => {
  // Undefined if n8n did not start.
  await (n8n as N8n | undefined)?.close();
  (model as Model | undefined)?.close();
  await api.close();
});

it('the example workflow runs from the command line and clones a voice', async () => {
  const output = await n8n.cli('execute', '--id=good', '--rawOutput');
  expect(output).toContain('"status": "success"');
  expect(output).not.toContain(API_KEY);
  expect(api.voices).toMatchObject([{ name: 'Amelia, receptionist', supportedLocales: ['en-GB', 'en-US'] }]);
  expect(output).toContain(api.voices[0]?.voiceId);
  expect(api.requests[0]?.files.map(({ filename }) => filename).toSorted()).toEqual([
    'goodbye.wav',
    'greeting.mp3',
    'look-up.mp3',
  ]);
  expect(api.requests[0]?.problems).toEqual([]);
});

it.skipIf(major === '1')('the example that keeps files inside the JSON does, too', async () => {
  const before = api.voices.length;
  const output = await n8n.cli('execute', '--id=combined', '--rawOutput');
  expect(output).toContain('"status": "success"');
  expect(api.voices).toHaveLength(before + 1);
});

const credentialProblems: [apiUrl: string, message: string][] = [
  ['/v9', 'There is no Callers API at the Base URL'],
  ['api.callers.ai', 'must be a URL such as https://'],
  ['http://127.0.0.1:9', 'No server listens at 127.0.0.1:9: correct the Base URL'],
  // The proxy refuses it.
  ['https://api.callers.invalid', 'A proxy, or another server before Callers, refused access'],
];

describe('in the server', () => {
  beforeAll(() => n8n.start());

  it.each<[data: { apiKey?: string; apiUrl?: string }, expected: object]>([
    [{}, { status: 'OK' }],
    [{ apiKey: 'sk-wrong' }, { status: 'Error', message: 'Callers rejected this API key' }],
    ...credentialProblems.map(([apiUrl, message]): [object, object] => [
      { apiUrl },
      { status: 'Error', message: expect.stringContaining(message) },
    ]),
  ])('the test of a credential with %j says so, and makes no voice', async (data, expected) => {
    const before = api.voices.length;
    expect(await testCredential(data)).toMatchObject(expected);
    expect(api.voices).toHaveLength(before);
  });

  it('an agent clones from the files of a chat, and learns that a voice may exist', async () => {
    await n8n.activate('agent');
    for (const [behavior, expected] of [
      [{ kind: 'normal' }, '"name":"Amelia, receptionist"'],
      [{ kind: 'answer', status: 504, created: true }, '"voiceMayExist":true'],
    ] as const) {
      api.behaveNext(behavior);
      const form = new FormData();
      for (const [name, value] of Object.entries({
        action: 'sendMessage',
        sessionId: '1',
        chatInput: 'Clone it',
      }))
        form.set(name, value);
      const recording = readFileSync(join(examples, 'voices/amelia/greeting.mp3'));
      form.set('files', new File([recording], 'greeting.mp3', { type: 'audio/mpeg' }));
      // n8n registers it a moment after it says that it has.
      await vi.waitFor(async () => {
        const response = await fetch(`${n8n.url}/webhook/agent/chat`, { method: 'POST', body: form });
        expect(response.status).toBe(200);
      }, patience);
      expect(model.told.pop()).toContain(expected);
      expect(api.requests.at(-1)?.files).toMatchObject([{ filename: 'greeting.mp3' }]);
    }
  });

  it('an agent in a loop clones from the files of each turn', async () => {
    await n8n.activate('loop');
    const before = api.requests.length;
    await vi.waitFor(async () => {
      const response = await fetch(`${n8n.url}/webhook/loop`, { method: 'POST' });
      expect(response.status).toBe(200);
    }, patience);
    const files = api.requests
      .slice(before)
      .flatMap((request) => request.files.map(({ filename }) => filename));
    expect(api.requests).toHaveLength(before + 2);
    expect(files.toSorted()).toEqual(['greeting.mp3', 'look-up.mp3']);
  });

  it('a person who retries what a webhook started pays for no voice twice', async () => {
    await n8n.activate('webhook');
    const before = { voices: api.voices.length, requests: api.requests.length };
    api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 429 });
    const form = new FormData();
    const recording = readFileSync(join(examples, 'voices/amelia/greeting.mp3'));
    form.set('data', new File([recording], 'greeting.mp3', { type: 'audio/mpeg' }));
    await vi.waitFor(async () => {
      const response = await fetch(`${n8n.url}/webhook/retried`, { method: 'POST', body: form });
      expect(response.status).toBe(200);
    }, patience);
    const id = await vi.waitFor(async () => {
      const filter = encodeURIComponent(JSON.stringify({ workflowId: 'webhook' }));
      const { results } = (await n8n.rest(`executions?filter=${filter}`)) as {
        results: { id: string; status: string }[];
      };
      expect(results[0]?.status).toBe('error');
      return results[0]?.id;
    }, patience);
    await n8n.rest(`executions/${id}/retry`, { loadWorkflow: false });
    expect(api.voices.slice(before.voices).map(({ name }) => name)).toEqual(['Amelia 0', 'Amelia 1']);
    expect(api.requests).toHaveLength(before.requests + 3);
  });

  it.each([
    ['its sub-workflow', 'parent', ['child']],
    ['a sub-workflow that reads the file itself', 'reads', ['reader']],
    // n8n 1 does not say from which execution such a sub-workflow descends.
    ...(major === '1'
      ? []
      : [['the sub-workflow of a sub-workflow', 'nests', ['reader', 'nested']] as const]),
  ] as const)(
    'a parent that tries %s again sends nothing again where a voice may exist',
    async (_, parent, children) => {
      // n8n 1 calls what is not active.
      if (major !== '1') for (const child of children) await n8n.activate(child);
      await n8n.activate(parent);
      const before = api.requests.length;
      api.behaveNext({ kind: 'answer', status: 429 }, { kind: 'answer', status: 504, created: true });
      const form = new FormData();
      const recording = readFileSync(join(examples, 'voices/amelia/greeting.mp3'));
      form.set('data', new File([recording], 'greeting.mp3', { type: 'audio/mpeg' }));
      const answer = await vi.waitFor(async () => {
        const response = await fetch(`${n8n.url}/webhook/${parent}`, { method: 'POST', body: form });
        expect(response.status).not.toBe(404);
        return response.json();
      }, patience);
      expect(answer).toEqual({ message: 'Error in workflow' });
      expect(api.requests).toHaveLength(before + 2);
    },
  );

  describe('the editor', () => {
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      selectors.setTestIdAttribute('data-test-id');
      mkdirSync(screenshots, { recursive: true });
      browser = await launchChromium();
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const cookies = n8n.cookies.split('; ').map((cookie) => {
        const [name = '', value = ''] = cookie.split('=', 2);
        return { name, value, url: n8n.url };
      });
      await context.addCookies(cookies);
      page = await context.newPage();
    });

    afterAll(() => browser.close());

    const shot = (name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) });

    it.each(['callers', 'voice clone', 'elevenlabs'])('finds the node by "%s"', async (words) => {
      await page.goto(`${n8n.url}/workflow/new`);
      await page
        .getByTestId('canvas-plus-button')
        .or(page.getByTestId('node-creator-plus-button'))
        .first()
        .click();
      await page.getByTestId('node-creator-search-bar').fill(words);
      const found = page.getByTestId('node-creator-item-name').filter({ hasText: /^\s*Callers\s*$/ });
      await vi.waitFor(async () => expect(await found.count()).toBeGreaterThan(0), patience);
      await shot(`search-${words.replace(' ', '-')}`);
    });

    it('shows the panel, runs the step and shows the voice', async () => {
      const before = api.voices.length;
      await openNode(page, 'good');
      await page.getByText('Each execution makes a new voice').first().waitFor();
      await shot('panel');
      await page.getByTestId('node-execute-button').click();
      const output = page.getByTestId('ndv-output-panel').or(page.getByTestId('output-panel')).first();
      await output.getByText('Amelia, receptionist').first().waitFor();
      await shot('result');
      expect(api.voices).toHaveLength(before + 1);
    });

    it('warns before several files become several voices', async () => {
      await openNode(page, 'each');
      await page.getByText('Execute previous nodes').first().click();
      const warning = page.getByText('Every input item becomes a separate voice').first();
      await vi.waitFor(async () => expect(await warning.isVisible()).toBe(true), patience);
      await shot('hint-before');
    });

    it('warns afterwards, too', async () => {
      await openNode(page, 'each');
      await page.getByTestId('node-execute-button').click();
      const warning = page.getByText('3 items became 3 voices of the same name').first();
      await vi.waitFor(async () => expect(await warning.isVisible()).toBe(true), patience);
      await shot('hint-after');
    });

    it('names the voices of the items before a failed one', async () => {
      api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 504 });
      await openNode(page, 'each');
      await page.getByTestId('node-execute-button').click();
      await page.getByText('A voice may still have been made').first().waitFor();
      await page.getByText('From Callers').first().click();
      await vi.waitFor(async () => {
        const text = await page
          .getByTestId('output-panel')
          .or(page.getByTestId('ndv-output-panel'))
          .innerText();
        expect(text).toContain(`"Amelia, receptionist" (${api.voices.at(-1)?.id})`);
        expect(text).toContain('voicesMadeBefore');
        expect(text).toContain('[item 1]');
        expect(text).toContain('This is item 2 of 3: in "[item 1]", n8n counts from 0.');
      }, patience);
      await shot('second-item');
    });

    it.each(globSync('n8n-*.json', { cwd: examples }))('knows every node of %s', async (file) => {
      await page.goto(`${n8n.url}/workflow/${file}`);
      await page.getByTestId('canvas-node').first().waitFor();
      await shot(file.replace('.json', ''));
      expect(await page.getByText(/Install this node|unknown node/i).count()).toBe(0);
    });

    it('shows as a tool where the files come from', async () => {
      await openNode(page, 'n8n-agent.json');
      // The notice of the panel; the sticky note behind it has other words.
      await page.getByText('An agent cannot pass files').first().waitFor();
      await page.getByText('Audio Files', { exact: true }).first().waitFor();
      await shot('tool');
      const files = page.getByTestId('parameter-input-binaryFields');
      expect(await files.locator('input').first().inputValue()).toBe('Files of the Chat');
      expect(await page.getByText('Input Data Field Name(s)').count()).toBe(0);
      // n8n offers to let the model fill in Description, but not the files.
      expect(await files.locator('..').getByTestId('from-ai-override-button').count()).toBe(0);
    });

    it.each(credentialProblems)('shows what is wrong with a credential with %s', async (apiUrl, message) => {
      await page.goto(`${n8n.url}/home/credentials`);
      await page.getByText('Callers account (edited)').first().click();
      await page.getByTestId('parameter-input-apiUrl').locator('input').first().fill(absolute(apiUrl));
      await page.getByTestId('credential-save-button').first().click();
      const shown = page.getByTestId('credential-edit-dialog').getByText(message).first();
      try {
        await page.getByText('More details').first().click();
        await shown.waitFor();
      } finally {
        await shot(`credential-${apiUrl.replaceAll(/\W+/g, '-')}`);
      }
      expect(await shown.isVisible()).toBe(true);
    });

    it('installs the package from the page of community nodes, and says whose it is', async () => {
      await page.goto(`${n8n.url}/settings/community-nodes`);
      await page
        .getByRole('button', { name: /^Install/ })
        .first()
        .click();
      await page.getByTestId('package-name-input').fill('n8n-nodes-callers');
      await page.getByTestId('user-agreement-checkbox').click();
      await shot('community-install');
      await page.getByTestId('install-community-package-button').click();
      const card = page.getByTestId('community-package-card');
      try {
        // n8n asks the registry, through npm, several times.
        await card.waitFor({ timeout: 120_000 });
      } finally {
        await shot('community-nodes');
      }
      const { version } = JSON.parse(readFileSync(join(projectFolder, 'n8n-node/package.json'), 'utf8')) as {
        version: string;
      };
      const text = (await card.innerText()).replaceAll(/\s+/g, ' ');
      expect(text).toMatch(/^n8n-nodes-callers 1 node: Callers /);
      expect(text).toContain(`v${version}`);
      expect(await n8n.rest('community-packages')).toMatchObject([
        { authorName: expect.stringMatching(/\w/), installedVersion: version },
      ]);
    }, 300_000);

    it('shows what to do about a wrong key', async () => {
      await openNode(page, 'wrong');
      await page.getByTestId('node-execute-button').click();
      const output = page.getByTestId('ndv-output-panel').or(page.getByTestId('output-panel')).first();
      await vi.waitFor(async () => {
        const text = await output.innerText();
        expect(text).toContain('Callers rejected the API key');
        expect(text).toContain('Check the key in the credential');
        // All items became one request.
        expect(text).not.toContain('[item');
      }, patience);
      await shot('wrong-key');
    });
  });
});

/** What the editor says of a credential that is being edited. */
function testCredential({ apiKey = API_KEY, apiUrl = '' }): Promise<unknown> {
  const data = { apiKey, apiUrl: absolute(apiUrl) };
  return n8n.rest('credentials/test', {
    credentials: { id: 'good', name: 'Test', type: 'callersApi', data },
  });
}

/** Of a path in the API. */
function absolute(url: string): string {
  return /^(?!\/|$)/.test(url) ? url : `${api.url}${url}`;
}

function credential(id: string, apiKey: string): object {
  return { id, name: `Callers account (${id})`, type: 'callersApi', data: { apiKey, apiUrl: api.url } };
}

interface ExampleWorkflow {
  id?: string;
  name: string;
  nodes: { name: string; parameters: Record<string, unknown>; credentials?: object }[];
  connections: Record<string, object>;
}

/** The published example with what a user fills in: the credential, and where the recordings are. */
function exampleWorkflow(id: string): ExampleWorkflow {
  const file = join(projectFolder, 'examples/n8n-workflow.json');
  const workflow = JSON.parse(readFileSync(file, 'utf8')) as ExampleWorkflow;
  for (const node of workflow.nodes) {
    if (node.name === 'Read audio samples')
      node.parameters['fileSelector'] = join(n8n.filesFolder, '*.{mp3,wav}');
    if (node.name === 'Clone a voice') {
      node.credentials = { callersApi: { id, name: `Callers account (${id})` } };
    }
  }
  return { ...workflow, id };
}

/** The published agent with credentials, and a chat that is open to anybody. */
function agentWorkflow(): ExampleWorkflow {
  const workflow = JSON.parse(readFileSync(join(examples, 'n8n-agent.json'), 'utf8')) as ExampleWorkflow;
  for (const node of workflow.nodes) {
    if (node.name === 'Clone a voice')
      node.credentials = { callersApi: { id: 'good', name: 'Callers account (good)' } };
    if (node.name === 'OpenAI Chat Model') node.credentials = { openAiApi: { id: 'model', name: 'Model' } };
    if (node.name === 'When chat message received') {
      node.parameters['public'] = true;
      Object.assign(node, { webhookId: 'agent' });
    }
  }
  return { ...workflow, id: 'agent' };
}

/** The published agent, called once for each recording. */
function loopWorkflow(): object {
  const { nodes, connections } = agentWorkflow();
  const agent = nodes.filter(({ name }) => !['When chat message received', 'Note'].includes(name));
  for (const { name, parameters } of agent)
    if (name === 'AI Agent') Object.assign(parameters, { promptType: 'define', text: 'Clone it' });
  const hook = { httpMethod: 'POST', path: 'loop', responseMode: 'lastNode' };
  const { 'When chat message received': _, ...subNodes } = connections;
  return {
    id: 'loop',
    name: 'Loop',
    nodes: [
      nodeOf('Webhook', 'n8n-nodes-base.webhook', 2, hook, { webhookId: 'loop' }),
      nodeOf('Read', 'n8n-nodes-base.readWriteFile', 1, { fileSelector: join(n8n.filesFolder, '*.mp3') }),
      nodeOf('Loop', 'n8n-nodes-base.splitInBatches', 3, {}),
      ...agent,
    ],
    connections: {
      ...subNodes,
      Webhook: to('Read', 0),
      Read: to('Loop', 0),
      Loop: { main: [[], ...to('AI Agent', 0).main] },
      'AI Agent': to('Loop', 0),
    },
    settings: { executionOrder: 'v1' },
  };
}

function nodeOf(name: string, type: string, typeVersion: number, parameters: object, more = {}): object {
  return { id: name, name, type, typeVersion, position: [0, 0], parameters, ...more };
}

const to = (name: string, ...inputs: number[]) => ({
  main: [inputs.map((index) => ({ node: name, type: 'main', index }))],
});

/** Webhooks that clone in a sub-workflow, which n8n tries four times: of their file, or of one that it reads itself. */
function parentsAndChildren(): object[] {
  const hook = { httpMethod: 'POST', responseMode: 'lastNode' };
  const retrying = { retryOnFail: true, maxTries: 4, waitBetweenTries: 1 };
  const clone = { resource: 'voice', operation: 'clone', name: 'Amelia', binaryFields: '*' };
  const credentials = { callersApi: { id: 'good', name: 'Callers account (good)' } };
  const settings = { executionOrder: 'v1' };
  const called = nodeOf('Called', 'n8n-nodes-base.executeWorkflowTrigger', 1.1, {
    inputSource: 'passthrough',
  });
  const file = { fileSelector: join(n8n.filesFolder, 'greeting.mp3') };
  const read = nodeOf('Read', 'n8n-nodes-base.readWriteFile', 1, file);
  const cloned = nodeOf('Clone', 'n8n-nodes-callers.callers', 1, clone, { credentials });
  const calls = (child: string, more?: object) => {
    const workflowId = { __rl: true, mode: 'id', value: child };
    return nodeOf('Call', 'n8n-nodes-base.executeWorkflow', 1.2, { workflowId }, more);
  };
  const parent = (id: string, child: string) => ({
    id,
    name: id,
    nodes: [
      nodeOf('Webhook', 'n8n-nodes-base.webhook', 2, { ...hook, path: id }, { webhookId: id }),
      calls(child, retrying),
    ],
    connections: { Webhook: to('Call', 0) },
    settings,
  });
  return [
    parent('parent', 'child'),
    parent('reads', 'reader'),
    parent('nests', 'nested'),
    {
      id: 'child',
      name: 'Child',
      nodes: [called, cloned],
      connections: { Called: to('Clone', 0) },
      settings,
    },
    {
      id: 'reader',
      name: 'Reader',
      nodes: [called, read, cloned],
      connections: { Called: to('Read', 0), Read: to('Clone', 0) },
      settings,
    },
    {
      id: 'nested',
      name: 'Nested',
      nodes: [called, calls('reader')],
      connections: { Called: to('Call', 0) },
      settings,
    },
  ];
}

/** Two voices of the file that a webhook receives. */
function webhookWorkflow(): object {
  return {
    id: 'webhook',
    name: 'Webhook',
    nodes: [
      nodeOf(
        'Webhook',
        'n8n-nodes-base.webhook',
        2,
        { httpMethod: 'POST', path: 'retried' },
        { webhookId: 'retried' },
      ),
      nodeOf('Merge', 'n8n-nodes-base.merge', 3, {}),
      nodeOf(
        'Clone',
        'n8n-nodes-callers.callers',
        1,
        { resource: 'voice', operation: 'clone', name: '={{ "Amelia " + $itemIndex }}', binaryFields: '*' },
        { credentials: { callersApi: { id: 'good', name: 'Callers account (good)' } } },
      ),
    ],
    connections: { Webhook: to('Merge', 0, 1), Merge: to('Clone', 0) },
    settings: { executionOrder: 'v1' },
  };
}

/** One voice per recording, the default. */
function eachItemOf(workflow: ExampleWorkflow): ExampleWorkflow {
  for (const { parameters } of workflow.nodes)
    if ('voicesToMake' in parameters) delete parameters['voicesToMake'];
  return { ...workflow, id: 'each' };
}

async function openNode(page: Page, workflow: string): Promise<void> {
  await page.goto(`${n8n.url}/workflow/${workflow}`);
  // Notes name it, too.
  const note = page.getByTestId('sticky');
  const nodes = page.getByTestId('canvas-node').filter({ hasText: 'Clone a voice', hasNot: note });
  await nodes.first().dblclick();
  await page.getByTestId('node-execute-button').waitFor();
}

async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: installedChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}
