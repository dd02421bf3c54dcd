import { type MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { FinalResult } from '../../voice-folder/result.ts';
import { resultMessage } from '../../voice-folder/result-message.ts';
import { answerTimeout } from './aws-requests.ts';

/** Publishes how a drop ended. */
export type Publish = (result: FinalResult, bucket: string) => Promise<void>;

/** Publishes to an SNS topic; does nothing if there is none. */
export function createPublish(topicArn: string | undefined): Publish {
  if (topicArn === undefined) return () => Promise.resolve();
  // The fourth part of an ARN. The topic may be in a different region than the function.
  const region = topicArn.split(':')[3];
  let client: SNSClient | undefined;
  return async (result, bucket) => {
    client ??= new SNSClient({ ...(region && { region }), requestHandler: answerTimeout });
    const { subject, text, json, attributes } = resultMessage(result, bucket);
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        MessageStructure: 'json',
        Message: JSON.stringify({ default: json, email: text }),
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)]),
        ),
      }),
    );
  };
}

function attributeOf(value: string | string[]): MessageAttributeValue {
  return typeof value === 'string'
    ? { DataType: 'String', StringValue: value }
    : { DataType: 'String.Array', StringValue: JSON.stringify(value) };
}
