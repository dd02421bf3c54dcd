import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { FromIniInit, fromIni as providerFromIni } from '@aws-sdk/credential-provider-ini';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { HttpHandler, HttpRequest } from '@smithy/core/protocols';
import { canAsk, ProgramError } from '../output.ts';
import { answerTo } from '../prompt.ts';
import { type Unanswered, whyNoCredentials } from './credential-errors.ts';
import {
  isAboutCredentials,
  profilesIn,
  requireOneUser,
  type Source,
  sourceIn,
} from './credential-source.ts';
import { AwsError, type SdkError } from './errors.ts';

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
    throw new AwsError(whyNoCredentials(error as SdkError, source, unanswered()), error);
  }
}

interface Observed {
  requestHandler: HttpHandler;
  /** The last request, if it was not answered. */
  unanswered: () => Unanswered | undefined;
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
