import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { FromIniInit, fromIni as providerFromIni } from '@aws-sdk/credential-provider-ini';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { HttpHandler, HttpRequest } from '@smithy/core/protocols';
import type { ParsedIniData, Profile, SharedConfigFiles } from '@smithy/types';
import { canAsk, ProgramError } from '../output.ts';
import { answerTo } from '../prompt.ts';
import { AwsError, type Reason, reasonOfNetwork, type SdkError, SIGN_IN } from './errors.ts';

/** A provider that gets the configuration of the client that asks. */
type CredentialProvider = ReturnType<typeof providerFromIni>;

/**
 * Finds credentials as the AWS CLI does: `--profile` takes precedence over keys in the environment, which take
 * precedence over `AWS_PROFILE`. If the profile fails, looks nowhere else, because the reason would be lost, as it is
 * in the SDK's default chain.
 *
 * @param transport for STS, IAM Identity Center (SSO) and AWS sign-in: they are behind the same proxy as S3
 * @returns a provider that throws an {AwsError}: who refused, for which profile and role, and what to do
 */
export function credentialsOf(profile: string | undefined, transport: HttpHandler): CredentialProvider {
  const observed = observe(transport);
  let refusal: Error | undefined;
  return async (context) => {
    if (refusal) throw refusal;
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE } = process.env;
    if (profile === undefined && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) return fromEnv()();
    const name = profile ?? (AWS_PROFILE || undefined);
    try {
      const files = await loadSharedConfigFiles();
      const source = sourceIn(profilesIn(files), name);
      requireOneUser(source.base.name ?? 'default', files);
      return await credentialsFrom(source, observed, context);
    } catch (error) {
      // Each request asks for credentials. What was refused, or asked of the user, is not repeated.
      if (!(error instanceof AwsError && error.isPassing)) refusal = error as Error;
      throw error;
    }
  };
}

/** What ~/.aws/credentials says of a profile counts before ~/.aws/config. */
function profilesIn({ configFile, credentialsFile }: SharedConfigFiles): ParsedIniData {
  const names = Object.keys({ ...configFile, ...credentialsFile });
  return Object.fromEntries(names.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
}

/** Where credentials come from. */
interface Source {
  /** The profile; undefined if none was named. */
  name: string | undefined;
  /** Its settings. */
  settings: Profile;
  /** The profile from whose credentials it starts, and its settings: itself, or the last `source_profile`. */
  base: { name: string | undefined; settings: Profile };
}

/** @throws {AwsError} if there is no such profile */
function sourceIn(profiles: ParsedIniData, name: string | undefined): Source {
  const settings = profiles[name ?? 'default'];
  if (name !== undefined && !settings) {
    const names = Object.keys(profiles).slice(0, 10);
    const known = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
    // The AWS CLI writes and reads such names, the SDK does not (findings/aws-config-read-in-two-ways.sh).
    const advice = name.includes(' ')
      ? 'a profile whose name has a space cannot be read, so rename it in ~/.aws/config'
      : 'check --profile and AWS_PROFILE';
    const message = `There is no profile ${name} in the AWS configuration (${known}): ${advice}`;
    throw new AwsError({ message }, undefined);
  }
  const seen = new Set([name]);
  let base = { name, settings: settings ?? {} };
  for (;;) {
    const next: string | undefined = base.settings.source_profile;
    const found = next === undefined ? undefined : profiles[next];
    if (!found || seen.has(next)) return { name, settings: settings ?? {}, base };
    seen.add(next);
    base = { name: next, settings: found };
  }
}

/**
 * Refuses a profile as two users: beside a command, the AWS CLI ignores keys in ~/.aws/config, the SDK the command
 * (findings/aws-credential-process-in-two-ways.sh). Keys in ~/.aws/credentials come first in both.
 *
 * @throws {AwsError} if it is one
 */
function requireOneUser(profile: string, { configFile, credentialsFile }: SharedConfigFiles): void {
  const { aws_access_key_id: key, credential_process: command } = configFile[profile] ?? {};
  if (key === undefined || command === undefined || credentialsFile[profile]?.aws_access_key_id !== undefined)
    return;
  const message =
    `The profile ${profile} has keys and a credential_process in ~/.aws/config, which may be two users: ` +
    'remove one of them';
  throw new AwsError({ message }, undefined);
}

type Context = Parameters<CredentialProvider>[0];

async function credentialsFrom(source: Source, { requestHandler, unanswered }: Observed, context: Context) {
  const init: FromIniInit = {
    ...(source.name !== undefined && { profile: source.name }),
    clientConfig: { requestHandler },
    // From here, the SDK takes it for web identities.
    parentClientConfig: { requestHandler },
    // The SDK wants the code before the credentials that it is for; `assumeRole` asks for it afterwards.
    mfaCodeProvider: () => Promise.resolve(''),
    roleAssumer: assumeRole(source, requestHandler, context),
  };
  try {
    if (isAboutCredentials(source.settings)) {
      const { fromIni } = await import('@aws-sdk/credential-provider-ini');
      return await fromIni(init)(context);
    }
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    return await defaultProvider(init)(context);
  } catch (error) {
    if (error instanceof ProgramError) throw error;
    throw new AwsError(reasonOf(error as SdkError, source, unanswered()), error);
  }
}

interface Observed {
  requestHandler: HttpHandler;
  /** The last request, if it was not answered. */
  unanswered: () => Unanswered | undefined;
}

interface Unanswered {
  host: string;
  error: SdkError;
}

/**
 * Remembers why a request was not answered, of which the SDK keeps only the text, or nothing: if a session cannot be
 * renewed, it says that it has expired, and for the next 30 seconds without another request.
 */
function observe(transport: HttpHandler): Observed {
  let last: Unanswered | undefined;
  const requestHandler: HttpHandler = {
    ...transport,
    async handle(request: HttpRequest, options) {
      try {
        const answer = await transport.handle(request, options);
        last = undefined;
        return answer;
      } catch (error) {
        last = { host: request.hostname, error: error as SdkError };
        throw error;
      }
    },
  };
  return { requestHandler, unanswered: () => last };
}

/** Whether a profile says how to get credentials, rather than only, for example, a region. */
function isAboutCredentials(settings: Profile): boolean {
  return Object.keys(settings).some((key) =>
    /^(aws_access_key_id|role_arn|credential_process|web_identity_token_file|login_session|sso_.*)$/.test(
      key,
    ),
  );
}

/** Asks for an MFA code if the profile needs one, as the AWS CLI does. */
function assumeRole(
  source: Source,
  requestHandler: HttpHandler,
  context: Context,
): NonNullable<FromIniInit['roleAssumer']> {
  return async (credentials, params) => {
    const { getDefaultRoleAssumer } = await import('@aws-sdk/nested-clients/sts');
    const { region } = source.settings;
    const parentClientConfig = { ...context?.callerClientConfig, ...(region && { region }) };
    const assume = getDefaultRoleAssumer({ requestHandler, parentClientConfig });
    const { RoleArn, SerialNumber } = params;
    const code = SerialNumber && { TokenCode: await askForCode(SerialNumber, source) };
    return assume(credentials, { ...params, ...code }).catch((error: object) => {
      throw Object.assign(error, { role: RoleArn });
    });
  };
}

/** @throws {AwsError} without a terminal */
async function askForCode(device: string, { name = 'default' }: Source): Promise<string> {
  if (!canAsk()) {
    const message =
      `The profile ${name} requires an MFA code for ${device}, and there is no terminal to ask for it: ` +
      `first run eval "$(aws configure export-credentials --profile ${name} --format env)"`;
    throw new AwsError({ message }, undefined);
  }
  const { default: password } = await import('@inquirer/password');
  const question = password({ message: `MFA code for ${device}:` }, { output: process.stderr });
  return answerTo(question, 'interrupted');
}

function reasonOf(error: RoleError, source: Source, unanswered: Unanswered | undefined): Reason {
  const ofNetwork = unanswered && reasonOfNetwork(unanswered.error, unanswered.host);
  if (ofNetwork) return ofNetwork;
  if (error.$metadata?.httpStatusCode !== undefined) return ofSts(error, source);
  const message = error.message.replaceAll(/\s+/g, ' ').trim();
  const inProfile = source.name === undefined ? '' : ` in the profile ${source.name}`;
  // The command may contain secrets.
  const [, output] = /^Command failed: [^\n]*\n?(.*)$/s.exec(error.message) ?? [];
  if (output !== undefined) {
    const printed = output.replaceAll(/\s+/g, ' ').trim();
    return { message: `The credential_process${inProfile} failed${printed && `: ${printed}`}` };
  }
  if (message.startsWith('ForbiddenException')) {
    const { sso_role_name: role, sso_account_id: account } = source.base.settings;
    return {
      message:
        `IAM Identity Center does not give you the role ${role} in the account ${account}${inProfile} (${message}): ` +
        'ask who manages it, or use another profile (AWS_PROFILE)',
    };
  }
  return { message: `No AWS credentials found${inProfile} (${message}): ${signIn(source)}` };
}

interface RoleError extends SdkError {
  /** The role that was to be assumed. */
  role?: string;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors */
function ofSts(error: RoleError, source: Source): Reason {
  const { name, message, role = source.settings['role_arn'] ?? process.env['AWS_ROLE_ARN'] } = error;
  const status = error.$metadata?.httpStatusCode ?? 0;
  const ofProfile = source.name === undefined ? '' : ` of the profile ${source.name}`;
  const refused = `STS refused the role ${role}${ofProfile} (${name}: ${message})`;
  if (status >= 500 || status === 429 || name.startsWith('Throttling')) {
    return { message: `${refused}: try again later`, isPassing: true };
  }
  if (name.startsWith('AccessDenied')) {
    const hint = message.includes('MultiFactorAuthentication failed')
      ? 'check the MFA code, or wait for the next one'
      : 'its trust policy must allow you to assume it, and your own policies must allow sts:AssumeRole';
    return { message: `${refused}: ${hint}` };
  }
  const isOfCredentials =
    /^(ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|InvalidIdentityToken)/.test(name);
  return {
    message: `${refused}: ${isOfCredentials ? signIn(source) : 'check role_arn and its other settings'}`,
  };
}

function signIn({ name = 'default', base }: Source): string {
  const keys = Object.keys(base.settings);
  const of = `--profile ${base.name ?? name}`;
  if (keys.some((key) => key.startsWith('sso_'))) return `sign in with \`aws sso login ${of}\``;
  return keys.includes('login_session') ? `sign in with \`aws login ${of}\`` : SIGN_IN;
}
