import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { it as base } from '../support/program-test.ts';
import { callersVoice } from '../support/callers-voice.ts';

const ROLE = 'arn:aws:iam::444455556666:role/voices';
const DEVICE = 'arn:aws:iam::111122223333:mfa/ann';

interface Answer {
  status?: number;
  body: string;
}

/**
 * STS, IAM Identity Center's portal and its OIDC, which are reached only through a proxy. Documented at
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html and
 * https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html.
 */
const it = base
  .extend('identity', async ({}, { onCleanup }) => {
    const requests: string[] = [];
    const answers: Record<string, Answer> = {
      sts: roleCredentials(),
      portal: portalCredentials(),
      oidc: newToken(),
    };
    const proxy = createServer((request, response) => {
      void text(request).then((body) => {
        const [, name = ''] = /^http:\/\/(\w+)\.invalid\//.exec(request.url ?? '') ?? [];
        requests.push(`${name} ${request.method} ${body}`);
        const { status = 200, body: answer } = answers[name] ?? { status: 502, body: '' };
        response.writeHead(status, { 'x-amzn-requestid': '1' }).end(answer);
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onCleanup(() => {
      proxy.close();
      proxy.closeAllConnections();
    });
    return { requests, answers, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  })
  .extend('environment', ({ proxy, home, identity }): Record<string, string> => ({
    AWS_ENDPOINT_URL_S3: proxy.url,
    AWS_ENDPOINT_URL_STS: 'http://sts.invalid',
    AWS_ENDPOINT_URL_SSO: 'http://portal.invalid',
    AWS_ENDPOINT_URL_SSO_OIDC: 'http://oidc.invalid',
    AWS_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
    HTTP_PROXY: identity.url,
    NO_PROXY: '127.0.0.1',
    HOME: home,
  }))
  /** Writes `~/.aws/config`, and a session that is signed in until then. */
  .extend('configure', ({ home }) => async (config: string, expiresAt?: Date) => {
    await mkdir(join(home, '.aws/sso/cache'), { recursive: true });
    await writeFile(join(home, '.aws/config'), config);
    if (!expiresAt) return;
    const token = {
      accessToken: 'access',
      expiresAt: expiresAt.toISOString(),
      clientId: 'client',
      clientSecret: 'secret',
      refreshToken: 'refresh',
    };
    const name = createHash('sha1').update('company').digest('hex');
    await writeFile(join(home, `.aws/sso/cache/${name}.json`), JSON.stringify(token));
  })
  .extend(
    'status',
    ({ environment }) =>
      (profile: string, more: Record<string, string> = {}) =>
        callersVoice(['status', 's3://voices', '--profile', profile], { ...environment, ...more }),
  );

const credentials = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret', sessionToken: 'token' };

function roleCredentials(): Answer {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    body:
      '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>' +
      `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>` +
      `<SessionToken>${sessionToken}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>` +
      '</AssumeRoleResult></AssumeRoleResponse>',
  };
}

function portalCredentials(): Answer {
  return { body: JSON.stringify({ roleCredentials: { ...credentials, expiration: Date.UTC(2099, 0) } }) };
}

function newToken(): Answer {
  return { body: JSON.stringify({ accessToken: 'new', expiresIn: 28_800, refreshToken: 'refresh' }) };
}

function refusal(code: string, message: string): Answer {
  return {
    status: 403,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}

const keys = 'aws_access_key_id = AKIAANN\naws_secret_access_key = secret\n';
const role = `[profile voices]\nrole_arn = ${ROLE}\nsource_profile = ann\n[profile ann]\n${keys}`;
const sso =
  '[profile company]\nsso_session = company\nsso_account_id = 444455556666\nsso_role_name = Voices\n' +
  '[sso-session company]\nsso_region = eu-west-1\nsso_start_url = https://company.example/start\n';
const signedIn = new Date(Date.now() + 3_600_000);
const expired = new Date(Date.now() - 60_000);

describe('a proxy is used for', () => {
  it('STS', async ({ configure, identity, status }) => {
    await configure(role);
    const { exitCode, stderr } = await status('voices');
    // The place is empty.
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^There is no manifest\.json/)]);
    expect(identity.requests).toEqual([expect.stringMatching(/^sts POST .*Action=AssumeRole/)]);
  });

  it('IAM Identity Center and its OIDC, which renews the session', async ({
    configure,
    identity,
    status,
  }) => {
    await configure(sso, expired);
    expect((await status('company')).exitCode).toBe(1);
    expect(identity.requests).toEqual([expect.stringMatching(/^oidc POST /), 'portal GET ']);
  });
});

describe('the program exits with 3 and says who refused, for which profile, and what to do:', () => {
  const denied = `User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`;
  const mfa = 'MultiFactorAuthentication failed with invalid MFA one time pass code. ';

  it.for<
    [
      what: string,
      profile: string,
      config: string,
      more: { answer?: [string, Answer]; expires?: Date },
      RegExp,
    ]
  >([
    [
      'STS denies the role',
      'voices',
      role,
      { answer: ['sts', refusal('AccessDenied', denied)] },
      /^error: STS refused the role \S+role\/voices of the profile voices \(AccessDenied: User: .* on resource: .*\): its trust policy must allow/,
    ],
    [
      'the keys of the source profile are gone',
      'voices',
      role,
      {
        answer: [
          'sts',
          refusal('InvalidClientTokenId', 'The security token included in the request is invalid.'),
        ],
      },
      /^error: STS refused the role .* \(InvalidClientTokenId: .*\): sign in with/,
    ],
    [
      'STS is not reached',
      'voices',
      role,
      { answer: ['sts', { status: 503, body: '' }] },
      /^error: STS refused the role .*: try again later/,
    ],
    [
      'a profile that does not exist',
      'voics',
      role,
      {},
      /^error: There is no profile voics in the AWS configuration \(there are voices, ann\): check --profile/,
    ],
    [
      'a profile with a space, as the AWS CLI writes it',
      'my voices',
      `${role}[profile 'my voices']\nregion = eu-west-1\n`,
      {},
      /^error: There is no profile my voices in .*: a profile whose name has a space cannot be read, so rename it/,
    ],
    [
      'a profile with a failing credential_process',
      'process',
      '[profile process]\ncredential_process = echo "vault is sealed" >&2 && : my-secret && exit 1\n',
      {},
      /^error: The credential_process in the profile process failed: vault is sealed$/m,
    ],
    [
      'a profile with keys and a credential_process, of which the AWS CLI and the SDK take another',
      'process',
      '[profile process]\naws_access_key_id = AKIA\naws_secret_access_key = my-secret\ncredential_process = echo my-secret\n',
      {},
      /^error: The profile process has keys and a credential_process in ~\/\.aws\/config, .* remove one of them$/m,
    ],
    [
      'a profile whose credential_process prints no JSON',
      'process',
      '[profile process]\ncredential_process = echo my-secret\n',
      {},
      /^error: No AWS credentials found in the profile process \(Profile process credential_process returned invalid JSON\.\)/,
    ],
    [
      'a profile of an unfinished configuration',
      'voices',
      `[profile voices]\nrole_arn = ${ROLE}\n`,
      {},
      /^error: No AWS credentials found in the profile voices \(Could not resolve credentials/,
    ],
    [
      'nobody has signed in',
      'company',
      sso,
      {},
      /^error: No AWS credentials found in the profile company .*: sign in with `aws sso login --profile company`/,
    ],
    [
      'a role that is not assigned',
      'company',
      sso,
      {
        expires: signedIn,
        answer: ['portal', { status: 403, body: '{"__type":"ForbiddenException","message":"No access"}' }],
      },
      /^error: IAM Identity Center does not give you the role Voices in the account 444455556666 in the profile company/,
    ],
    [
      'an MFA code without a terminal',
      'voices',
      role.replace('source_profile', `mfa_serial = ${DEVICE}\nsource_profile`),
      { answer: ['sts', refusal('AccessDenied', mfa)] },
      /^error: The profile voices requires an MFA code for arn\S+\/ann, and there is no terminal .*export-credentials --profile voices/,
    ],
  ])(
    '%s',
    async ([_what, profile, config, { answer, expires }, message], { configure, identity, status }) => {
      await configure(config, expires);
      if (answer) identity.answers[answer[0]] = answer[1];
      const { exitCode, stdout, stderr } = await status(profile, { PATH: process.env['PATH'] ?? '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('my-secret');
      expect([exitCode, stdout]).toEqual([3, '']);
    },
  );

  it('the host of IAM Identity Center is not found', async ({ configure, status }) => {
    await configure(sso, expired);
    const { exitCode, stderr } = await status('company', { HTTP_PROXY: '' });
    expect(stderr).toMatch(/^error: The host oidc\.invalid was not found: check the network/);
    expect(exitCode).toBe(3);
  });
});

describe('on a terminal', () => {
  it('the MFA code is asked for once, and not shown', async ({
    configure,
    identity,
    prefix,
    startOnTerminal,
    voiceFolder,
  }) => {
    await configure(role.replace('source_profile', `mfa_serial = ${DEVICE}\nsource_profile`));
    const folders = await Promise.all(['ann', 'ben'].map((name) => voiceFolder(name)));
    const args = ['drop', ...folders, `s3://quiet/${prefix}`, '--no-wait', '--profile', 'voices'];
    const program = startOnTerminal(args);
    await program.shows(/MFA code for arn:aws:iam::111122223333:mfa\/ann:/);
    program.type('123456\r');
    expect(await program.ends()).toBe(0);
    expect(program.raw).not.toContain('123456');
    expect(identity.requests).toEqual([expect.stringMatching(/TokenCode=123456/)]);
  });
});
