import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { newProject, nodes, run } from './packed.ts';

const script = new URL('../../release/publish.ts', import.meta.url).pathname;
const archives = inject('archives');
let registry: Server;
let folder: string;
/** What was published, by the names of the packages. */
let published: Record<string, Buffer>;
/** Versions that the registry has, and whether it works at all. */
let known: string[];
let isBroken: boolean;

/** What `npm publish` sends. */
interface Publication {
  name: string;
  access: string;
  _attachments: Record<string, { data: string }>;
}

beforeEach(async () => {
  published = {};
  known = [];
  isBroken = false;
  registry = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1));
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (isBroken) return answer(400, { error: 'broken' });
    if (request.method === 'PUT') {
      return void json(request).then((body) => {
        const { access, _attachments } = body as Publication;
        const [attachment] = Object.values(_attachments);
        if (access === 'public' && attachment) published[name] = Buffer.from(attachment.data, 'base64');
        answer(201, { ok: true });
      });
    }
    if (!known.includes(name)) return answer(404, { error: 'Not found' });
    const version = /-(\d+\.\d+\.\d+)\.tgz$/.exec(archives[name] ?? '')?.[1] ?? '';
    return answer(200, {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { name, version } },
    });
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  folder = newProject();
  mkdirSync(join(folder, 'packages'));
  for (const archive of Object.values(archives))
    copyFileSync(archive, join(folder, 'packages', basename(archive)));
});
afterEach(() => {
  registry.close();
});

function publish() {
  const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  writeFileSync(join(folder, '.npmrc'), `registry=http://${host}/\n//${host}/:_authToken=secret\n`);
  return run('node', [script, 'packages'], {
    cwd: folder,
    node: nodes[1],
    environment: { npm_config_registry: `http://${host}/`, npm_config_fetch_retries: '0' },
  });
}

it('publishes the archives that were tested, to the byte', async () => {
  expect(await publish()).toMatchObject({ exitCode: 0 });
  const tested = Object.entries(archives).map(([name, archive]) => [name, readFileSync(archive)]);
  expect(published).toEqual(Object.fromEntries(tested));
});

it('skips what npm already has', async () => {
  known = ['n8n-nodes-callers'];
  const { exitCode, stdout } = await publish();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^n8n-nodes-callers@\d+\.\d+\.\d+ is already published$/m);
  expect(Object.keys(published)).toEqual(Object.keys(archives).filter((name) => !known.includes(name)));
});

it('publishes nothing when npm does not say what it has', async () => {
  isBroken = true;
  const { exitCode, stderr } = await publish();
  expect(exitCode).toBe(1);
  expect(stderr).toContain('npm view failed');
  expect(published).toEqual({});
});
