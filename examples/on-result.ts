import { Stack, type StackProps } from 'aws-cdk-lib';
import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import {
  EmailSubscription,
  LambdaSubscription,
  SqsSubscription,
  UrlSubscription,
} from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { VoiceClonePipeline } from '../cdk/voice-clone-pipeline.ts';

/** Ways to send results to people and programs: take what you need. */
export class OnResult extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props);
    const voices = new VoiceClonePipeline(this, 'Voices');
    const failures = { status: SubscriptionFilter.stringFilter({ allowlist: ['failed', 'unknown'] }) };

    // Email, for failures alone.
    voices.onResult(new EmailSubscription('studio@example.com', { filterPolicy: failures }));

    // A web hook, such as the URL of n8n's trigger node, for the folders of one team.
    const team = { folder: SubscriptionFilter.stringFilter({ matchPrefixes: ['sales/'] }) };
    voices.onResult(new UrlSubscription('https://n8n.example.com/webhook/voices', { filterPolicy: team }));

    // Slack, by Amazon Q Developer in chat applications (AWS Chatbot): it shows alarms as they are, and results in
    // the form of its "custom notifications".
    const chat = new Topic(this, 'Chat', { enforceSSL: true });
    const forChat = new LambdaFunction(this, 'ForChat', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      environment: { TOPIC_ARN: chat.topicArn },
      code: Code.fromInline(`
        const { PublishCommand, SNSClient } = require('@aws-sdk/client-sns');
        const sns = new SNSClient();
        exports.handler = async ({ Records: [{ Sns }] }) => {
          const { error, voices = [] } = JSON.parse(Sns.Message);
          const description = error ? error.message : voices.map(({ name }) => name).join(', ');
          const content = { title: Sns.Subject, description };
          const Message = JSON.stringify({ version: '1.0', source: 'custom', content });
          await sns.send(new PublishCommand({ TopicArn: process.env.TOPIC_ARN, Message }));
        };`),
    });
    chat.grantPublish(forChat);
    voices.onResult(new LambdaSubscription(forChat, { filterPolicy: failures }));
    new SlackChannelConfiguration(this, 'Slack', {
      slackChannelConfigurationName: 'voices',
      slackWorkspaceId: 'T01234567',
      slackChannelId: 'C01234567',
      notificationTopics: [chat, voices.alarmTopic],
    });

    // Step Functions: an execution for each voice, whose input is the result.
    const machine = new StateMachine(this, 'UseVoice', {
      definitionBody: DefinitionBody.fromChainable(new Pass(this, 'Replace me')),
    });
    const queue = new Queue(this, 'Cloned', { enforceSSL: true });
    const cloned = { status: SubscriptionFilter.stringFilter({ allowlist: ['succeeded'] }) };
    voices.onResult(new SqsSubscription(queue, { rawMessageDelivery: true, filterPolicy: cloned }));
    const role = new Role(this, 'PipeRole', { assumedBy: new ServicePrincipal('pipes.amazonaws.com') });
    queue.grantConsumeMessages(role);
    machine.grantStartExecution(role);
    new CfnPipe(this, 'ClonedToUseVoice', {
      roleArn: role.roleArn,
      source: queue.queueArn,
      target: machine.stateMachineArn,
      targetParameters: {
        inputTemplate: '<$.body>',
        stepFunctionStateMachineParameters: { invocationType: 'FIRE_AND_FORGET' },
      },
    });
  }
}
