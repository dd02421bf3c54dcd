import { type IResource, type Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/**
 * Rejects, at synthesis, what is in an account or region where the pipeline, or an AWS service for it, cannot use it.
 *
 * @throws {Error} names the prop, both places, and what to do.
 */
export function checkPlaces(props: VoiceClonePipelineProps, stack: Stack): void {
  const { bucket, stateBucket, serverAccessLogsBucket, encryptionKey, alarmTopic } = props;
  const must = mustBeIn(stack);
  for (const [prop, each] of Object.entries({ bucket, stateBucket })) {
    must('account', prop, each, 'deploy the stack where the bucket is');
    must('region', prop, each, 'deploy the stack where the bucket is');
  }
  const logs = 'S3 writes access logs only into a bucket of the same account and region';
  must('account', 'serverAccessLogsBucket', serverAccessLogsBucket, logs);
  must('region', 'serverAccessLogsBucket', serverAccessLogsBucket, logs);
  must('region', 'encryptionKey', encryptionKey, 'AWS services use keys only in their own region');
  // "Invalid region us-east-1 specified. Only eu-west-1 is supported", says PutMetricAlarm.
  must('region', 'alarmTopic', alarmTopic, 'alarms notify only topics of their own region');
  checkSecret(props.apiKeySecret, stack);
}

function mustBeIn(stack: Stack) {
  return (part: 'account' | 'region', prop: string, resource: IResource | undefined, advice: string) => {
    if (resource && isOther(resource.env[part], stack[part])) {
      throw new Error(
        `${prop} is in ${part} ${resource.env[part]}, but the stack is in ${stack[part]}: ${advice}`,
      );
    }
  };
}

/**
 * @throws {Error} for a secret that the function cannot read: it asks the Secrets Manager of its own region, and
 *   an AWS managed key cannot be used from another account.
 */
function checkSecret(secret: ISecret | undefined, stack: Stack): void {
  if (!secret) return;
  mustBeIn(stack)('region', 'apiKeySecret', secret, 'replicate the secret to that region');
  const { account } = secret.env;
  if (!isOther(account, stack.account)) return;
  if (
    secret.secretFullArn === undefined ||
    Token.isUnresolved(secret.secretFullArn) ||
    !secret.encryptionKey
  ) {
    throw new Error(
      `apiKeySecret is in account ${account}, but the stack is in ${stack.account}: import it with ` +
        '`Secret.fromSecretAttributes`, by its complete ARN and with its own KMS key, or copy it to that account',
    );
  }
}

/** Whether two accounts, or two regions, are surely different: if one is known only at deployment, they may be the same. */
export function isOther(theirs: string, ours: string): boolean {
  return Token.compareStrings(theirs, ours) === TokenComparison.DIFFERENT;
}
