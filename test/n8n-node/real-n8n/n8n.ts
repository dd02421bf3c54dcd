import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { closedPort } from '../../support/servers.ts';
import { installAsReadmeSays, installedN8n, packageFolder, projectFolder } from './installations.ts';
import { startRegistry } from './registry.ts';

/** An n8n with a folder of its own. */
export interface N8n {
  /** `http://127.0.0.1:port`, once it is started. */
  readonly url: string;
  /** Where n8n lets workflows read files. */
  readonly filesFolder: string;
  /** Runs n8n's command line. */
  cli(...parameters: string[]): Promise<string>;
  importWorkflows(...workflows: object[]): Promise<void>;
  importCredentials(...credentials: object[]): Promise<void>;
  start(): Promise<void>;
  /** Calls the API that the editor uses, as the owner. */
  rest(path: string, body?: object): Promise<unknown>;
  /** Lets a workflow be called from outside. */
  activate(workflow: string): Promise<void>;
  readonly cookies: string;
  close(): Promise<void>;
}

const owner = {
  email: 'owner@example.com',
  firstName: 'Olivia',
  lastName: 'Owner',
  password: 'Secret-123456',
};

/** n8n with an empty database, and the package installed as its README says. */
export async function prepareN8n(): Promise<N8n> {
  const installation = installedN8n();
  const folder = mkdtempSync(join(tmpdir(), 'real-n8n-'));
  const filesFolder = join(folder, 'files');
  mkdirSync(filesFolder);
  installAsReadmeSays(folder);
  const port = await closedPort();
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const packed = join(projectFolder, 'dist/packages', `n8n-nodes-callers-${version}.tgz`);
  const registry = await startRegistry(packed, folder);
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
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
    ...registry.environment,
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

  async function rest(path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<unknown> {
    const response = await fetch(`${url}/rest/${path}`, {
      method,
      headers: { 'content-type': 'application/json', cookie: cookies },
      ...(body && { body: JSON.stringify(body) }),
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
    importWorkflows: (...workflows) => importFrom('import:workflow', workflows),
    importCredentials: (...credentials) => importFrom('import:credentials', credentials),
    rest,
    async activate(workflow) {
      const { versionId } = (await rest(`workflows/${workflow}`)) as { versionId: string };
      if (process.env['N8N_MAJOR'] === '1') {
        await rest(`workflows/${workflow}`, { versionId, active: true }, 'PATCH');
      } else {
        await rest(`workflows/${workflow}/activate`, { versionId });
      }
    },
    get cookies() {
      return cookies;
    },
    async start() {
      // A group of its own, so that it ends with the processes that it starts.
      server = spawn(process.execPath, [program, 'start'], {
        env: environment,
        stdio: 'ignore',
        detached: true,
      });
      process.once('exit', () => signal(server, 'SIGKILL'));
      await setUpOwner(() => rest('owner/setup', owner));
    },
    async close() {
      if (server && server.exitCode === null && server.signalCode === null) {
        const ended = once(server, 'exit');
        signal(server, 'SIGTERM');
        // n8n ignores it while it starts.
        const patience = setTimeout(() => signal(server, 'SIGKILL'), 10_000);
        await ended;
        clearTimeout(patience);
      }
      signal(server, 'SIGKILL');
      registry.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** To the process and all that it started, as far as they still run. */
function signal(server: ChildProcess | undefined, name: NodeJS.Signals): void {
  try {
    if (server?.pid !== undefined) process.kill(-server.pid, name);
  } catch {
    // All have ended.
  }
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
