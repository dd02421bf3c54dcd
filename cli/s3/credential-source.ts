import type { ParsedIniData, Profile, SharedConfigFiles } from '@smithy/types';
import { listed } from '../output.ts';
import { AwsError } from './errors.ts';

/** Where credentials come from. */
export interface Source {
  /** The profile; undefined if none was named. */
  name: string | undefined;
  /** Its settings. */
  settings: Profile;
  /** The profile from whose credentials it starts, and its settings: itself, or the last `source_profile`. */
  base: { name: string | undefined; settings: Profile };
}

/** What ~/.aws/credentials says of a profile counts before ~/.aws/config. */
export function profilesIn({ configFile, credentialsFile }: SharedConfigFiles): ParsedIniData {
  const names = Object.keys({ ...configFile, ...credentialsFile });
  return Object.fromEntries(names.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
}

/**
 * Finds where a profile's credentials come from.
 *
 * @param name undefined for the default profile, which need not exist
 * @throws {AwsError} if there is no such profile
 */
export function sourceIn(profiles: ParsedIniData, name: string | undefined): Source {
  const settings = profiles[name ?? 'default'];
  if (name !== undefined && !settings) {
    const names = Object.keys(profiles);
    const known = names.length === 0 ? 'there is none' : `there are ${listed(names)}`;
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
 * Refuses a profile that may be two users: of keys and a command in ~/.aws/config, the AWS CLI ignores the keys, and the SDK the
 * command (findings/aws-credential-process-in-two-ways.sh). Keys in ~/.aws/credentials come first in both.
 *
 * @throws {AwsError} if it has both
 */
export function requireOneUser(profile: string, { configFile, credentialsFile }: SharedConfigFiles): void {
  const { aws_access_key_id: key, credential_process: command } = configFile[profile] ?? {};
  if (key === undefined || command === undefined || credentialsFile[profile]?.aws_access_key_id !== undefined)
    return;
  const message =
    `The profile ${profile} has keys and a credential_process in ~/.aws/config, which may be two users: ` +
    'remove one of them';
  throw new AwsError({ message }, undefined);
}

/** Whether a profile says how to get credentials, rather than only, for example, a region. */
export function isAboutCredentials(settings: Profile): boolean {
  return Object.keys(settings).some((key) =>
    /^(aws_access_key_id|role_arn|credential_process|web_identity_token_file|login_session|sso_.*)$/.test(
      key,
    ),
  );
}
