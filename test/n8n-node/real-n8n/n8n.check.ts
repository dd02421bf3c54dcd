import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page, selectors } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type CallersApiSimulator,
  startCallersApiSimulator,
} from '../../../emulators/callers-api/simulator.ts';
import { startRawServer } from '../../support/servers.ts';
import { projectFolder } from './installations.ts';
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

beforeAll(async () => {
  api = await startCallersApiSimulator({ apiKey: API_KEY });
  n8n = await prepareN8n();
  const samples = join(projectFolder, 'examples/voices/amelia');
  for (const name of readdirSync(samples)) copyFileSync(join(samples, name), join(n8n.filesFolder, name));
  await n8n.importCredential(credential('good', API_KEY));
  await n8n.importCredential(credential('wrong', 'sk-wrong'));
  await n8n.importWorkflow(exampleWorkflow('good'));
  await n8n.importWorkflow(exampleWorkflow('wrong'));
  await n8n.importWorkflow({
    ...exampleWorkflow('good'),
    id: 'combined',
    settings: { binaryMode: 'combined' },
  });
  await n8n.importWorkflow(eachItemOf(exampleWorkflow('good')));
  for (const file of globSync('n8n-*.json', { cwd: examples })) {
    const workflow = JSON.parse(readFileSync(join(examples, file), 'utf8')) as object;
    await n8n.importWorkflow({ ...workflow, id: file });
  }
});

afterAll(async () => {
  await n8n.close();
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

describe('in the server', () => {
  beforeAll(() => n8n.start());

  it.each([
    ['a good key', { apiKey: API_KEY, path: '' }, { status: 'OK' }],
    [
      'a wrong key',
      { apiKey: 'sk-wrong', path: '' },
      { status: 'Error', message: 'Callers rejected this API key' },
    ],
    [
      'a wrong base URL',
      { apiKey: API_KEY, path: '/v9' },
      { status: 'Error', message: 'There is no Callers API at the Base URL' },
    ],
  ])(
    'the test of a credential with %s says so, and makes no voice',
    async (_, { apiKey, path }, expected) => {
      const before = api.voices.length;
      const data = { apiKey, apiUrl: `${api.url}${path}` };
      const result = await n8n.rest('credentials/test', {
        credentials: { id: 'good', name: 'Test', type: 'callersApi', data },
      });
      expect(result).toMatchObject(expected);
      expect(api.voices).toHaveLength(before);
    },
  );

  it('the test of a credential never sends the key in the clear', async () => {
    // This machine, written so that the rule does not recognize it.
    const other = await startRawServer((socket) => socket.resume().once('data', () => socket.end()));
    const apiUrl = other.url.replace('127.0.0.1', '127.1');
    const result = await n8n.rest('credentials/test', {
      credentials: { id: 'good', name: 'Test', type: 'callersApi', data: { apiKey: API_KEY, apiUrl } },
    });
    await other.close();
    expect(result).toMatchObject({ status: 'Error' });
    expect(other.connections).toBe(1);
    expect(other.received.toString('latin1')).not.toContain(API_KEY);
  });

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
      }, patience);
      await shot('second-item');
    });

    it.each(globSync('n8n-*.json', { cwd: examples }))('knows every node of %s', async (file) => {
      await page.goto(`${n8n.url}/workflow/${file}`);
      await page.getByTestId('canvas-node').first().waitFor();
      await shot(file.replace('.json', ''));
      expect(await page.getByText(/Install this node|unknown node/i).count()).toBe(0);
    });

    it('says as a tool that files need an expression', async () => {
      await openNode(page, 'n8n-agent.json');
      await page.getByText('An agent cannot hand over files').first().waitFor();
      await page.getByText('Audio Files').first().waitFor();
      expect(await page.getByText('Input Binary Field(s)').count()).toBe(0);
      await shot('tool');
    });

    it('shows what to do about a wrong key', async () => {
      await openNode(page, 'wrong');
      await page.getByTestId('node-execute-button').click();
      const output = page.getByTestId('ndv-output-panel').or(page.getByTestId('output-panel')).first();
      await vi.waitFor(async () => {
        const text = await output.innerText();
        expect(text).toContain('Callers rejected the API key');
        expect(text).toContain('Check the key in the credential.');
      }, patience);
      await shot('wrong-key');
    });
  });
});

function credential(id: string, apiKey: string): object {
  return { id, name: `Callers account (${id})`, type: 'callersApi', data: { apiKey, apiUrl: api.url } };
}

interface ExampleWorkflow {
  id?: string;
  name: string;
  nodes: { name: string; parameters: Record<string, unknown>; credentials?: object }[];
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

/** One voice per recording, the default. */
function eachItemOf(workflow: ExampleWorkflow): ExampleWorkflow {
  for (const { parameters } of workflow.nodes)
    if ('samplesFrom' in parameters) delete parameters['samplesFrom'];
  return { ...workflow, id: 'each' };
}

async function openNode(page: Page, workflow: string): Promise<void> {
  await page.goto(`${n8n.url}/workflow/${workflow}`);
  await page.getByTestId('canvas-node').filter({ hasText: 'Clone a voice' }).first().dblclick();
  await page.getByTestId('node-execute-button').waitFor();
}

async function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) installChromium();
  return chromium.launch({
    executablePath,
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

/** Debian's own: playwright's would have to come from elsewhere than a package registry. */
function installChromium(): void {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'Chromium is missing: install it (Debian: apt-get install chromium), or set CHROMIUM to its path',
    );
  }
  execFileSync('apt-get', ['update'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore' });
}
