import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { VoiceClonePipeline, type VoiceClonePipelineProps } from './voice-clone-pipeline.ts';

/** The props of the pipeline, and names for what cannot be imported before there is a stack. */
export interface VoiceCloneStackProps extends StackProps, VoiceClonePipelineProps {
  /**
   * Name of an existing bucket, instead of `bucket`.
   *
   * @default - a new one
   */
  readonly bucketName?: string;

  /**
   * Name of an existing secret with the API key, instead of `apiKeySecret`.
   *
   * @default - a new one, to be filled after the deployment
   */
  readonly apiKeySecretName?: string;

  /**
   * ARN of an existing KMS key, instead of `encryptionKey`.
   *
   * @default - keys that AWS manages
   */
  readonly encryptionKeyArn?: string;
}

/** The pipeline as a stack, for those who have no CDK app of their own. Its outputs are the commands to use next. */
export class VoiceCloneStack extends Stack {
  readonly pipeline: VoiceClonePipeline;

  constructor(scope: Construct, id: string, props: VoiceCloneStackProps = {}) {
    super(scope, id, props);
    const { bucketName, apiKeySecretName, encryptionKeyArn } = props;
    this.pipeline = new VoiceClonePipeline(this, 'Pipeline', {
      ...props,
      ...(bucketName !== undefined && { bucket: Bucket.fromBucketName(this, 'Bucket', bucketName) }),
      ...(apiKeySecretName !== undefined && {
        apiKeySecret: Secret.fromSecretNameV2(this, 'ApiKey', apiKeySecretName),
      }),
      ...(encryptionKeyArn !== undefined && { encryptionKey: Key.fromKeyArn(this, 'Key', encryptionKeyArn) }),
    });
    const { bucket, apiKeySecret, deadLetterQueue, queue, resultTopic } = this.pipeline;
    const myVoice = `s3://${bucket.bucketName}/${this.pipeline.prefix}my-voice/`;

    new CfnOutput(this, 'StoreApiKey', {
      description:
        'Stores the API key; reads it from the terminal, so that neither the shell history nor a list of processes has it',
      value: `read -rs KEY && printf %s "$KEY" | aws secretsmanager put-secret-value --secret-id ${apiKeySecret.secretName} --secret-string file:///dev/stdin`,
    });
    new CfnOutput(this, 'DropFolder', {
      description:
        'Drops the folder my-voice, its manifest last, so that nothing is cloned before all is there',
      value: `aws s3 cp --recursive my-voice ${myVoice} --exclude manifest.json && aws s3 cp my-voice/manifest.json ${myVoice}`,
    });
    new CfnOutput(this, 'ReadResult', {
      description: 'Shows what became of it',
      value: `aws s3 cp ${myVoice}result.json -`,
    });
    new CfnOutput(this, 'SubscribeToResults', {
      description: 'Has how each drop ended sent by e-mail',
      value: `aws sns subscribe --topic-arn ${resultTopic.topicArn} --protocol email --notification-endpoint you@example.com`,
    });
    new CfnOutput(this, 'RedriveDeadLetters', {
      description: 'Has the dead-letter queue delivered once more, after the cause is mended',
      value: `aws sqs start-message-move-task --source-arn ${deadLetterQueue.queueArn} --destination-arn ${queue.queueArn}`,
    });
  }
}
