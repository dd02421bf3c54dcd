import { inspect } from 'node:util';
import { Construct } from 'constructs';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

const DURATIONS = ['timeout', 'cloneTimeout', 'completeWithin', 'settle', 'sampleRetention'] as const;

/** By what a construct is recognized, and how one is imported. */
const CONSTRUCTS = [
  ['bucket', 'bucketArn', 'Bucket.fromBucketName'],
  ['stateBucket', 'bucketArn', 'Bucket.fromBucketName'],
  ['serverAccessLogsBucket', 'bucketArn', 'Bucket.fromBucketName'],
  ['apiKeySecret', 'secretArn', 'Secret.fromSecretNameV2'],
  ['encryptionKey', 'keyArn', 'Key.fromKeyArn'],
  ['resultTopic', 'topicArn', 'Topic.fromTopicArn'],
  ['alarmTopic', 'topicArn', 'Topic.fromTopicArn'],
  ['vpc', 'selectSubnets', 'Vpc.fromLookup'],
] as const;

/**
 * Rejects what JavaScript lets pass: a number that is no duration or size, and the name of a resource.
 *
 * @throws {Error} names the prop and says what it must be.
 */
export function checkTypes(props: VoiceClonePipelineProps): void {
  for (const name of DURATIONS) checkHas('toSeconds', name, props[name], A_DURATION);
  checkHas('toBytes', 'maxTotalSize', props.maxTotalSize, 'a Size, such as `Size.gibibytes(1)`');
  checkHas('toSeconds', 'alarmThresholds.waiting', props.alarmThresholds?.waiting, A_DURATION);
  for (const [name, member, example] of CONSTRUCTS) {
    checkHas(member, name, props[name], `a construct, such as one that \`${example}\` imports`);
  }
}

const A_DURATION = 'a Duration, such as `Duration.minutes(15)`';

/** By a member: the app may have several copies of CDK, of which each has classes of its own. */
function checkHas(member: string, prop: string, value: unknown, rule: string): void {
  if (value === undefined || value === null || (typeof value === 'object' && member in value)) return;
  const given = Construct.isConstruct(value) ? value.node.path : inspect(value, { depth: 0 });
  throw new Error(`${prop} must be ${rule}, not ${given}`);
}
