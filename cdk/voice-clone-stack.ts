import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { MANIFEST_NAME, RESULT_NAME } from '../voice-folder/names.ts';
import { secretIdOf } from './api-key-secret.ts';
import { isOther } from './places.ts';
import { VoiceClonePipeline } from './voice-clone-pipeline.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';
import { withoutNulls } from './without-nulls.ts';

/** The pipeline's props, plus names of resources that can be imported only within a stack. */
export interface VoiceCloneStackProps extends StackProps, VoiceClonePipelineProps {
  /**
   * Name of an existing bucket, instead of `bucket`.
   *
   * @default - a new bucket
   */
  readonly bucketName?: string;

  /**
   * Name of an existing bucket for the ledgers, such as one that a deleted stack kept, instead of `stateBucket`.
   *
   * @default - a new bucket
   */
  readonly stateBucketName?: string;

  /**
   * Name of an existing secret with the API key, instead of `apiKeySecret`.
   *
   * @default - a new secret, to be filled after the deployment
   */
  readonly apiKeySecretName?: string;

  /**
   * ARN of an existing KMS key, instead of `encryptionKey`.
   *
   * @default - AWS managed keys
   */
  readonly encryptionKeyArn?: string;
}

/** The pipeline as a stack, for users without their own CDK app. Its outputs are the commands to run next. */
export class VoiceCloneStack extends Stack {
  readonly pipeline: VoiceClonePipeline;

  constructor(scope: Construct, id: string, props: VoiceCloneStackProps = {}) {
    props = withoutNulls(props);
    super(scope, id, props);
    const { bucketName, stateBucketName, apiKeySecretName, encryptionKeyArn } = props;
    eitherOr('bucket', props.bucket, 'bucketName', bucketName);
    eitherOr('stateBucket', props.stateBucket, 'stateBucketName', stateBucketName);
    eitherOr('apiKeySecret', props.apiKeySecret, 'apiKeySecretName', apiKeySecretName);
    eitherOr('encryptionKey', props.encryptionKey, 'encryptionKeyArn', encryptionKeyArn);
    this.pipeline = new VoiceClonePipeline(this, 'Pipeline', {
      ...props,
      ...(bucketName !== undefined && { bucket: Bucket.fromBucketName(this, 'Bucket', bucketName) }),
      ...(stateBucketName !== undefined && {
        stateBucket: Bucket.fromBucketName(this, 'State', stateBucketName),
      }),
      ...(apiKeySecretName !== undefined && {
        apiKeySecret: Secret.fromSecretNameV2(this, 'ApiKey', apiKeySecretName),
      }),
      ...(encryptionKeyArn !== undefined && { encryptionKey: Key.fromKeyArn(this, 'Key', encryptionKeyArn) }),
    });
    const { bucket, apiKeySecret, deadLetterQueue, queue, resultTopic } = this.pipeline;
    const region = isOther(resultTopic.env.region, this.region) ? ` --region ${resultTopic.env.region}` : '';
    const myVoice = `s3://${bucket.bucketName}/${this.pipeline.prefix}my-voice/`;

    new CfnOutput(this, 'StoreApiKey', {
      description:
        'Stores the API key; reads it from the terminal, to keep it out of the shell history and process list',
      value: `read -rs KEY && printf %s "$KEY" | aws secretsmanager put-secret-value --secret-id ${secretIdOf(apiKeySecret)} --secret-string file:///dev/stdin`,
    });
    new CfnOutput(this, 'DropFolder', {
      description: 'Drops the folder my-voice, with its manifest last, so that all samples are there first',
      value: `aws s3 cp --recursive my-voice ${myVoice} --exclude ${MANIFEST_NAME} && aws s3 cp my-voice/${MANIFEST_NAME} ${myVoice}`,
    });
    new CfnOutput(this, 'ReadResult', {
      description: 'Shows the result',
      value: `aws s3 cp ${myVoice}${RESULT_NAME} -`,
    });
    new CfnOutput(this, 'SubscribeToResults', {
      description: 'Sends all results by email',
      value: `aws sns subscribe --topic-arn ${resultTopic.topicArn} --protocol email --notification-endpoint you@example.com${region}`,
    });
    new CfnOutput(this, 'RedriveDeadLetters', {
      description: 'Redelivers the dead-letter queue, after the cause is fixed',
      value: `aws sqs start-message-move-task --source-arn ${deadLetterQueue.queueArn} --destination-arn ${queue.queueArn}`,
    });
  }
}

/** @throws {Error} if a resource is passed in both ways, or its name is empty. */
function eitherOr(prop: string, resource: unknown, nameProp: string, name: string | undefined): void {
  if (resource !== undefined && name !== undefined)
    throw new Error(`Pass either ${prop} or ${nameProp}, not both`);
  if (name === '') throw new Error(`${nameProp} must not be empty: omit it for the default`);
}
