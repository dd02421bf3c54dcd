import type { Source } from './credential-source.ts';
import { type Reason, reasonOfNetwork, type SdkError, SIGN_IN } from './errors.ts';

/** A request that was not answered. */
export interface Unanswered {
  host: string;
  error: SdkError;
}

/** Who refused, for which profile and role, and what to do. */
export function whyNoCredentials(
  error: RoleError,
  source: Source,
  unanswered: Unanswered | undefined,
): Reason {
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
