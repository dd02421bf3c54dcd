import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { closedPort } from '../../support/servers.ts';
import { installedN8n, packedPackage } from './installations.ts';

export interface N8n {
  /** `http://127.0.0.1:port`, once it is started. */
  readonly url: string;
  /** Where n8n lets workflows read files. */
  readonly filesFolder: string;
  /** Runs n8n's command line. */
  cli(...parameters: string[]): Promise<string>;
  importWorkflow(workflow: object): Promise<void>;
  importCredential(credential: object): Promise<void>;
  start(): Promise<void>;
  /** Calls the API that the editor uses, as the owner. */
  rest(path: string, body: object): Promise<unknown>;
  readonly cookies: string;
  close(): Promise<void>;
}

export const owner = {
  email: 'owner@example.com',
  firstName: 'Olivia',
  lastName: 'Owner',
  password: 'Secret-123456',
};

/** n8n with an empty database and the packed package in the place where n8n installs community packages. */
export async function prepareN8n(): Promise<N8n> {
  const installation = installedN8n();
  const folder = mkdtempSync(join(tmpdir(), 'real-n8n-'));
  const filesFolder = join(folder, 'files');
  mkdirSync(filesFolder);
  cpSync(packedPackage(), join(folder, '.n8n/nodes/node_modules/n8n-nodes-callers'), { recursive: true });
  const port = await closedPort();
  const environment = {
    ...process.env,
    // n8n says nothing in tests.
    NODE_ENV: 'production',
    N8N_USER_FOLDER: folder,
    N8N_PORT: String(port),
    N8N_RUNNERS_BROKER_PORT: String(await closedPort()),
    N8N_LISTEN_ADDRESS: '127.0.0.1',
    N8N_RESTRICT_FILE_ACCESS_TO: filesFolder,
    N8N_SECURE_COOKIE: 'false',
    N8N_DIAGNOSTICS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
    N8N_TEMPLATES_ENABLED: 'false',
    N8N_PERSONALIZATION_ENABLED: 'false',
    // What a workflow run from the command line puts out is an info to n8n.
    N8N_LOG_LEVEL: 'info',
    // Nothing leaves this machine: whatever else n8n would like to reach on its own ends here.
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  };
  const program = join(installation, 'node_modules/n8n/bin/n8n');
  const url = `http://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  let cookies = '';

  async function cli(...parameters: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...parameters], {
      env: environment,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  async function importFrom(command: string, content: object): Promise<void> {
    const file = join(folder, 'import.json');
    writeFileSync(file, JSON.stringify(content));
    await cli(command, `--input=${file}`);
  }

  async function rest(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${url}/rest/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: cookies },
      body: JSON.stringify(body),
    });
    const set = response.headers.getSetCookie();
    if (set.length > 0) cookies = set.map((cookie) => cookie.split(';', 1)[0]).join('; ');
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 200)}`);
    return (JSON.parse(text) as { data: unknown }).data;
  }

  return {
    url,
    filesFolder,
    cli,
    importWorkflow: (workflow) => importFrom('import:workflow', workflow),
    importCredential: (credential) => importFrom('import:credentials', [credential]),
    rest,
    get cookies() {
      return cookies;
    },
    async start() {
      server = spawn(process.execPath, [program, 'start'], { env: environment, stdio: 'ignore' });
      await setUpOwner(() => rest('owner/setup', owner));
    },
    async close() {
      if (server && server.exitCode === null) {
        server.kill('SIGTERM');
        await once(server, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** n8n listens before it answers, and answers before it knows its own routes. */
async function setUpOwner(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
