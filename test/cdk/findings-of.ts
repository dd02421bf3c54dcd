import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { VoiceCloneStack, type VoiceCloneStackProps } from '../../cdk/voice-clone-stack.ts';

const existingKey = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const stacks: [string, VoiceCloneStackProps][] = [
  ['where everything is new', {}],
  [
    'where everything is new, in an account and region that are known',
    { env: { account: '111122223333', region: 'eu-west-1' } },
  ],
  [
    'with an email address, a prefix and a limit',
    { alarmEmail: 'oncall@example.com', prefix: 'voices', maxConcurrency: 2 },
  ],
  [
    'with a bucket, a secret and a key that exist',
    {
      bucketName: 'existing-voices',
      prefix: 'voices',
      apiKeySecretName: 'callers',
      encryptionKeyArn: existingKey,
    },
  ],
];

/** Adds a stack for each choice that a deployer has. */
export function addStacks(app: App): void {
  for (const [name, props] of stacks) new VoiceCloneStack(app, name.replaceAll(/[^a-z]+/gi, '-'), props);
}

/** The findings that stopped a synthesis, as `rule construct`; none if it succeeded. */
export function findingsOf(app: App): string[] {
  try {
    app.synth();
    return [];
  } catch (error) {
    if ((error as Error).name !== 'ValidationFailed') throw error;
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] }[];
  };
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    ),
  );
}
