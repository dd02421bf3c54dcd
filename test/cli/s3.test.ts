import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalAws, localAwsVariables, localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { callersVoice, type CallersVoice, startCallersVoice } from '../support/callers-voice.ts';
import { selfSigned } from '../support/certificate.ts';
import { forwarded } from '../support/local-server.ts';
import { s3Error } from '../support/s3-answers.ts';
import { type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts';
import { startRawServer } from '../support/servers.ts';
import { wav } from '../support/wav.ts';

let aws: LocalAws;
let s3: S3Proxy;
let home: string;
let folder: string;
let running: CallersVoice[] = [];
let servers: { close(): unknown }[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  const client = new S3Client({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: localCredentials,
  });
  const Body = JSON.stringify({ name: 'Amelia' });
  await client.send(new PutObjectCommand({ Bucket: aws.bucket, Key: 'amelia/manifest.json', Body }));
  client.destroy();
});
afterAll(async () => aws.close());

beforeEach(async () => {
  s3 = await startS3Proxy(aws.endpoint);
  home = await mkdtemp(join(tmpdir(), 'callers-voice-'));
  folder = join(home, 'ann');
  await mkdir(folder);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ name: 'A good voice' }));
  await writeFile(join(folder, 'one.wav'), wav(2000));
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  for (const server of servers) server.close();
  running = [];
  servers = [];
  await s3.close();
  await rm(home, { recursive: true });
});

/** The address of a server that lives as long as the test. */
async function serve(handle: RequestListener, tls?: { key: string; cert: string }): Promise<string> {
  if (!tls) return listening(createServer(handle));
  const url = await listening(createTlsServer(tls, handle));
  return url.replace('http://127.0.0.1', 'https://localhost');
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push({
    close() {
      server.close();
      server.closeAllConnections();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Hands a request on to another server. */
function passOn(target: string): RequestListener {
  return (request, response) =>
    void forwarded(request, response, target).then((answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
}

function status(environment: Record<string, string>, ...args: string[]) {
  return callersVoice(['status', 's3://voices', ...args], {
    ...localAwsVariables,
    ...environment,
  });
}

function drop(endpoint: string, place = 's3://voices') {
  return callersVoice(['drop', folder, place, '--no-wait'], {
    ...localAwsVariables,
    AWS_ENDPOINT_URL_S3: endpoint,
  });
}

const PAGE = '<!doctype html>\n<title>MinIO Console</title>';
const DATE = /cannot be read \(Invalid RFC3339 timestamp format Sat, 28 Nov 2026\): try again, and check/;
const html = { 'content-type': 'text/html' };

/** What `status` says of a folder that the function has not seen. */
const noResultYet: unknown = expect.stringMatching(/^If result\.json was moved or deleted, .*\n$/);

describe('what is not S3', () => {
  it.each<[string, RequestListener, RegExp]>([
    [
      'a console, or a page to sign in at',
      (_request, response) => response.writeHead(200, html).end(PAGE),
      /The answer is not from S3: 200 \(text\/html\) <!doctype html> <title>MinIO Console<\/title>\. Check the endpoint/,
    ],
    [
      'one that says nothing',
      (_request, response) => response.writeHead(200).end(),
      /The answer is not from S3: 200\. Check the endpoint/,
    ],
    [
      'one that leads elsewhere',
      (_request, response) => response.writeHead(302, { location: 'http://login.example/' }).end(),
      /The answer is not from S3: 302 to http:\/\/login\.example\/\. Check/,
    ],
    [
      'any other web server',
      (_request, response) => response.writeHead(404, html).end(`<h1>Not Found</h1>${'x'.repeat(500)}`),
      /The answer is not from S3: 404 \(text\/html\) <h1>Not Found<\/h1>x{82} …\. Check/,
    ],
  ])(
    '%s: status and drop exit with 3 and quote its beginning, and drop uploads nothing',
    async (_what, handle, message) => {
      const methods: (string | undefined)[] = [];
      const url = await serve((request, response) => {
        methods.push(request.method);
        handle(request, response);
      });
      for (const run of [() => status({ AWS_ENDPOINT_URL_S3: url }), () => drop(url)]) {
        const { exitCode, stderr } = await run();
        expect(stderr).toMatch(message);
        expect(exitCode).toBe(3);
      }
      expect(new Set(methods)).toEqual(new Set(['GET']));
    },
  );

  it('cannot control the terminal, or add lines', async () => {
    const message = 'No\u001b[2J\u009b31m\u202e!\r\nerror: pay\u0085here';
    const denied = `<Error><Code>AccessDenied</Code><Message>${message.replace('\u001b', '&#x1b;')}</Message></Error>`;
    const url = await serve((_request, response) => response.writeHead(403).end(denied));
    const { stderr } = await status({ AWS_ENDPOINT_URL_S3: url });
    expect(stderr).toContain('AccessDenied: No\ufffd[2J\ufffd31m\ufffd!');
    for (const unsafe of ['\u001b', '\u009b', '\u0085', '\u202e']) expect(stderr).not.toContain(unsafe);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('is noticed in the middle of a drop, too, which then uploads no manifest', async () => {
    const passed = passOn(aws.endpoint);
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(`${request.method} ${request.url?.split('?')[0]}`);
      if (request.method === 'PUT') response.writeHead(200, html).end(PAGE);
      else passed(request, response);
    });
    const { exitCode, stderr } = await drop(url);
    expect(stderr).toMatch(/error: ann: The answer is not from S3: 200 \(text\/html\)/);
    expect(exitCode).toBe(3);
    expect(seen).not.toContain('PUT /voices/ann/manifest.json');
  });

  it('does not include an S3 that fails briefly behind a proxy with its own error page', async () => {
    const passed = passOn(aws.endpoint);
    let requests = 0;
    const url = await serve((request, response) => {
      if (++requests < 3) response.writeHead(502, html).end('<html>Bad Gateway');
      else passed(request, response);
    });
    const { exitCode, stdout } = await status({ AWS_ENDPOINT_URL_S3: url });
    expect(stdout).toMatch(/^amelia\/\t/m);
    expect(exitCode).toBe(0);
  });
});

describe('an error of S3', () => {
  it.each<[number, string, string, RegExp]>([
    [400, 'RequestTimeout', 'Not read from within the period.', /busy or unavailable .*: try again later$/],
    [400, 'KMS.KeyUnavailableException', 'You can retry.', /busy or unavailable .*: try again later$/],
    [
      400,
      'KMS.DisabledException',
      'It is disabled.',
      /cannot be used .*: ask your administrator to enable it$/,
    ],
    [400, 'InvalidRequest', 'Stored using Server Side Encryption.', /: upload it again without SSE-C$/],
    [403, 'QuotaExceeded', 'It is full.', /^error: S3 refused .* ask its administrator to correct that$/],
    [404, 'NoSuchAccessPoint', 'It does not exist.', /There is no bucket voices: check its name/],
    [507, 'XMinioStorageFull', 'Please delete a few objects.', /XMinioStorageFull\): Please delete a few/],
  ])('%s %s says what to do', async (code, name, words, message) => {
    s3.intercept = () => s3Error(code, name, words);
    const { exitCode, stderr } = await status({ AWS_ENDPOINT_URL_S3: s3.url });
    expect(stderr.trim()).toMatch(message);
    expect(exitCode).toBe(3);
  });

  it.each(['AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'])(
    '400 %s names the region that S3 names',
    async (name) => {
      s3.intercept = () => s3Error(400, name, 'It is elsewhere.', '<Region>eu-west-1</Region>');
      const { stderr } = await status({ AWS_ENDPOINT_URL_S3: s3.url });
      expect(stderr).toMatch(/not in this region, but in eu-west-1: set AWS_REGION=eu-west-1/);
    },
  );
});

describe('a listing', () => {
  const MORE = '<IsTruncated>true</IsTruncated>';

  it.each<[string, string, RegExp]>([
    ['does not say where it continues', MORE, /does not list all of the bucket voices/],
    [
      'continues where it began',
      `${MORE}<NextContinuationToken>same</NextContinuationToken>`,
      /does not list all of the bucket voices/,
    ],
    ['has an unknown date', '<Contents><LastModified>Sat, 28 Nov 2026</LastModified></Contents>', DATE],
  ])('that %s is an error, and no folder is missing without a word', async (_what, xml, message) => {
    s3.intercept = (_request, query) =>
      query.has('list-type')
        ? { change: (body) => body.replace('<IsTruncated>false</IsTruncated>', xml) }
        : 'pass';
    const { exitCode, stderr, stdout } = await status({ AWS_ENDPOINT_URL_S3: s3.url });
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([3, '']);
  });
});

describe('an S3 that loses what it accepted', () => {
  it.each([
    ['one.wav', /error: ann: S3 accepted one\.wav, but does not list it, so nothing is cloned/],
    ['manifest.json', /error: ann: S3 accepted the manifest, but does not have it/],
  ])('is detected by reading back %s', async (lost, message) => {
    const passed = passOn(aws.endpoint);
    const url = await serve((request, response) => {
      const isOfIt = request.url?.includes(`/lost-${lost}/ann/${lost}`);
      if (!isOfIt) passed(request, response);
      else if (request.method === 'PUT') {
        request.resume().once('end', () => response.writeHead(200, { etag: '"abc"' }).end());
      } else response.writeHead(404).end();
    });
    const { exitCode, stderr } = await drop(url, `s3://voices/lost-${lost}`);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(3);
  });
});

describe('proxies', () => {
  /** The targets of the requests that go through it. */
  async function startProxy(target: string, { password }: { password?: string } = {}) {
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      through.push(request.url ?? '');
      if (password && request.headers['proxy-authorization'] !== basic(password)) {
        response.writeHead(407, { ...html, 'proxy-authenticate': 'Basic' }).end('<html>Who are you?');
        return;
      }
      request.headers.host = new URL(target).host;
      passOn(target)(request, response);
    });
    proxy.on('connect', (request, client, head) => {
      through.push(`CONNECT ${request.url}`);
      const { hostname, port } = new URL(target);
      const server = connect(Number(port), hostname, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        server.write(head);
        server.pipe(client).pipe(server);
      });
      server.on('error', () => client.destroy());
      client.on('error', () => server.destroy());
    });
    const url = await listening(proxy);
    return { host: url.slice('http://'.length), through };
  }

  const basic = (password: string) => `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;

  it('HTTP_PROXY reaches hosts that this machine cannot resolve', async () => {
    const proxy = await startProxy(aws.endpoint);
    const environment = { AWS_ENDPOINT_URL_S3: 'http://s3.invalid', HTTP_PROXY: `http://${proxy.host}` };
    const { exitCode, stdout } = await status(environment);
    expect(stdout).toMatch(/^amelia\/\t/m);
    expect(exitCode).toBe(0);
    expect(proxy.through[0]).toMatch(/^http:\/\/s3\.invalid\/voices\/\?/);
  });

  it('HTTPS_PROXY tunnels, also without a scheme, and the certificate behind it is checked', async () => {
    const certificate = await selfSigned();
    const url = await serve(passOn(aws.endpoint), certificate);
    const proxy = await startProxy(url);
    await writeFile(join(home, 'ca.pem'), certificate.cert);
    const environment = { AWS_ENDPOINT_URL_S3: url, HTTPS_PROXY: proxy.host };
    const trusting = await status({ ...environment, AWS_CA_BUNDLE: join(home, 'ca.pem') });
    expect([trusting.exitCode, trusting.stderr]).toEqual([0, noResultYet]);
    expect(proxy.through).toEqual([`CONNECT ${url.slice('https://'.length)}`]);
    const distrusting = await status(environment);
    expect(distrusting.exitCode).toBe(3);
    expect(distrusting.stderr).toMatch(/is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\): .* AWS_CA_BUNDLE/);
  });

  it('NO_PROXY keeps requests from them', async () => {
    const proxy = await startProxy(aws.endpoint);
    const environment = { AWS_ENDPOINT_URL_S3: s3.url, HTTP_PROXY: `http://${proxy.host}` };
    expect((await status({ ...environment, NO_PROXY: '127.0.0.1' })).exitCode).toBe(0);
    expect(proxy.through).toEqual([]);
  });

  it('NO_PROXY also exempts what is below a domain, and a range of addresses', async () => {
    const proxy = await startProxy(aws.endpoint);
    const HTTP_PROXY = `http://${proxy.host}`;
    const inRange = { AWS_ENDPOINT_URL_S3: s3.url, HTTP_PROXY, NO_PROXY: 'example.com, 127.0.0.0/8' };
    expect((await status(inRange)).exitCode).toBe(0);
    const below = { AWS_ENDPOINT_URL_S3: 'http://s3.voices.invalid', HTTP_PROXY, no_proxy: 'Voices.invalid' };
    expect((await status(below)).stderr).toMatch(/s3\.voices\.invalid was not found/);
    expect(proxy.through).toEqual([]);
    expect((await status({ ...below, no_proxy: 'oices.invalid,127.0.0.0/33' })).exitCode).toBe(0);
    expect(proxy.through).not.toEqual([]);
  });

  it('need their password: without it the program exits with 3, and it is never shown', async () => {
    const proxy = await startProxy(aws.endpoint, { password: 'very-secret' });
    const AWS_ENDPOINT_URL_S3 = 'http://s3.invalid';
    const known = await status(
      { AWS_ENDPOINT_URL_S3, HTTP_PROXY: `http://me:very-secret@${proxy.host}` },
      '--debug',
    );
    expect(known.exitCode).toBe(0);
    expect(known.stderr).toMatch(/^← 200 GET \/voices\/ s3\.invalid list-type=2/m);
    expect(known.stderr).not.toMatch(/very-secret|bWU6dmVy/);
    const stranger = await status({ AWS_ENDPOINT_URL_S3, HTTP_PROXY: `http://${proxy.host}` });
    expect(stranger.exitCode).toBe(3);
    expect(stranger.stderr).toMatch(
      /not from S3: 407 .*Who are you\?\. The proxy requires a user name and a password/,
    );
  });
});

describe('certificates', () => {
  it('that are not trusted make the program exit with 3 and advice', async () => {
    const url = await serve(passOn(aws.endpoint), await selfSigned());
    for (const run of [() => status({ AWS_ENDPOINT_URL_S3: url }), () => drop(url)]) {
      const { exitCode, stderr } = await run();
      expect(stderr).toMatch(/certificate of S3, or of a proxy, is not trusted/);
      expect(exitCode).toBe(3);
    }
  });

  it.each(['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'])('of %s are trusted', async (variable) => {
    const certificate = await selfSigned();
    await writeFile(join(home, 'ca.pem'), certificate.cert);
    const url = await serve(passOn(aws.endpoint), certificate);
    const { exitCode, stderr } = await status({ AWS_ENDPOINT_URL_S3: url, [variable]: join(home, 'ca.pem') });
    expect([exitCode, stderr]).toEqual([0, noResultYet]);
  });

  it('that cannot be read make it exit with 3', async () => {
    const { exitCode, stderr } = await status({ AWS_ENDPOINT_URL_S3: s3.url, AWS_CA_BUNDLE: '/nowhere.pem' });
    expect(stderr).toMatch(/^error: The certificates of AWS_CA_BUNDLE .* cannot be read: ENOENT/);
    expect(exitCode).toBe(3);
  });

  it('are not the problem when S3 does not speak TLS', async () => {
    const { exitCode, stderr } = await status({ AWS_ENDPOINT_URL_S3: s3.url.replace('http:', 'https:') });
    expect(stderr).toMatch(/The endpoint does not support TLS .*start with http or https/);
    expect(exitCode).toBe(3);
  });
});

describe('the configuration', () => {
  /** The region, key and path of a signed request. */
  async function signedWith(environment: Record<string, string>, ...args: string[]) {
    const seen: { id?: string; region?: string; path?: string } = {};
    const passed = passOn(aws.endpoint);
    const url = await serve((request, response) => {
      const [, id, region] =
        /Credential=([^/]+)\/\d+\/([^/]+)\/s3/.exec(request.headers.authorization ?? '') ?? [];
      Object.assign(seen, { id, region, path: request.url?.split('?')[0] });
      passed(request, response);
    });
    await mkdir(join(home, '.aws'), { recursive: true });
    await writeFile(
      join(home, '.aws/config'),
      `[profile work]\nregion = ap-south-1\nendpoint_url = ${url.replace('127.0.0.1', 'localhost')}\n` +
        'aws_access_key_id = worker\naws_secret_access_key = secret\n',
    );
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = localAwsVariables;
    const endpoint =
      'AWS_PROFILE' in environment || args.includes('--profile') ? {} : { AWS_ENDPOINT_URL: url };
    const { stderr, exitCode } = await callersVoice(['status', 's3://voices', ...args], {
      HOME: home,
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
      ...endpoint,
      ...environment,
    });
    expect([exitCode, stderr]).toEqual([0, noResultYet]);
    return seen;
  }

  it.each<[string, Record<string, string>, string[], string]>([
    ['--region', { AWS_REGION: 'eu-west-1' }, ['--region', 'eu-west-2'], 'eu-west-2'],
    ['AWS_REGION', { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-3' }, [], 'eu-west-1'],
    ['AWS_DEFAULT_REGION alone', { AWS_DEFAULT_REGION: 'eu-west-3' }, [], 'eu-west-3'],
    ['nothing: us-east-1, as for aws s3', {}, [], 'us-east-1'],
  ])('takes the region from %s', async (_source, environment, args, region) => {
    expect(await signedWith(environment, ...args)).toMatchObject({ region });
  });

  it('takes keys, region and endpoint from --profile, with the bucket in the path', async () => {
    const seen = await signedWith({}, '--profile', 'work');
    expect(seen).toEqual({ id: 'worker', region: 'ap-south-1', path: '/voices/' });
    // Keys in the environment override its profile, as in the AWS CLI.
    const ofEnvironment = await signedWith({ AWS_PROFILE: 'work' });
    expect(ofEnvironment).toEqual({ ...seen, id: localAwsVariables.AWS_ACCESS_KEY_ID });
  });

  it('takes --endpoint-url before the environment', async () => {
    const { exitCode } = await status(
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
      '--endpoint-url',
      s3.url,
    );
    expect(exitCode).toBe(0);
    expect(s3.requests[0]).toBe('GET /voices/');
    const wrong = await status({}, '--endpoint-url', 'localhost:9000');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toMatch(/It must be a URL such as http:\/\/localhost:9000/);
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ AWS_ENDPOINT_URL_S3: 'localhost:9000' }, /The endpoint .* is not a valid URL: write it as http:\/\//],
    [{ AWS_ENDPOINT_URL_S3: 'nonsense' }, /The endpoint .* is not a valid URL: write it as http:\/\//],
    [{ HTTPS_PROXY: 'http://me:very-secret@a host' }, /or the proxy .* is not a valid URL/],
    [{ HTTPS_PROXY: 'socks5://127.0.0.1:1' }, /Only HTTP proxies are supported, not socks5:\/\//],
    [{ AWS_REGION: 'eu_1!' }, /Region not accepted: .* component: set --region or AWS_REGION/],
  ])('exits with 3 and advice when it is wrong: %j', async (environment, message) => {
    const { exitCode, stderr } = await status(environment);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('very-secret');
    expect(exitCode).toBe(3);
  });

  it('--debug shows requests and where an error comes from, and no keys', async () => {
    const denied = '<Error><Code>AccessDenied</Code><Message>No.</Message></Error>';
    const url = await serve((_request, response) => response.writeHead(403).end(denied));
    const environment = {
      AWS_ENDPOINT_URL_S3: url,
      AWS_SECRET_ACCESS_KEY: 'k3y-0f-s3cr3t',
      AWS_SESSION_TOKEN: 't0k3n',
    };
    const { stderr, exitCode } = await status(environment, '--debug');
    expect(stderr).toMatch(/^AWS: profile default, region us-east-1$/m);
    expect(stderr).toMatch(/^← 403 GET \/voices\/ 127\.0\.0\.1:\d+ list-type=2&prefix= \d+ ms$/m);
    expect(stderr).toMatch(/^ {4}at /m);
    expect(stderr).not.toMatch(/k3y-0f|t0k3n|Signature/);
    expect(exitCode).toBe(3);
  });
});

describe('an S3 that hangs', () => {
  it('is reported after five seconds', async () => {
    const hung = await startRawServer((socket) => socket.resume());
    servers.push(hung);
    const program = startCallersVoice(['status', 's3://voices'], {
      ...localAwsVariables,
      AWS_ENDPOINT_URL_S3: hung.url,
    });
    running.push(program);
    await program.says('\n');
    const host = hung.url.slice('http://'.length);
    expect(program.stderr).toBe(
      `Waiting for ${host} (GET /voices/): no data was transferred for 5 seconds; times out after 60 seconds without data\n`,
    );
  });
});
