import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { OnResult } from '../../examples/on-result.ts';
import { startBench } from '../support/bench.ts';
import { type Notification, subscribe, type Subscription } from '../support/result-topic.ts';
import { allOf, find, newApp } from './synthesis.ts';

const bench = await startBench();
const template = Template.fromStack(new OnResult(newApp(), 'Test'));
afterAll(() => bench.close());

/** What a subscriber gets for a cloned folder, and for a refused one. */
async function told(subscription: Subscription): Promise<Notification[]> {
  await bench.deliver(await bench.drop('sales/good/'));
  await bench.deliver(await bench.drop('support/bad/', { nam: 'Amelia' }));
  return subscription.received();
}

const subscriptions = () =>
  allOf(template, 'AWS::SNS::Subscription').map(
    ({ Properties }) =>
      Properties as { Protocol: string; FilterPolicy: object; RawMessageDelivery?: boolean },
  );

describe('examples/on-result.ts', () => {
  it.each([
    ['email', 'support/bad/'],
    ['https', 'sales/good/'],
    ['lambda', 'support/bad/'],
    ['sqs', 'sales/good/'],
  ])('sends %s only the results meant for it', async (protocol, folder) => {
    const policy = subscriptions().find(({ Protocol }) => Protocol === protocol)?.FilterPolicy;
    const received = await told(await subscribe(bench, policy));
    expect(received.map(({ MessageAttributes }) => MessageAttributes['folder']?.Value)).toEqual([folder]);
  });

  it('tells a chat in the form that it understands', async () => {
    const { Code } = find(template, 'AWS::Lambda::Function', '/ForChat/Resource').Properties;
    const published: { input: { Message: string; TopicArn: string } }[] = [];
    const sdk = {
      PublishCommand: class {
        readonly input: unknown;
        constructor(input: unknown) {
          this.input = input;
        }
      },
      SNSClient: class {
        send = (command: (typeof published)[number]) => Promise.resolve(published.push(command));
      },
    };
    const exports = {} as { handler: (event: object) => Promise<void> };
    const process = { env: { TOPIC_ARN: 'chat' } };
    runInNewContext(Code.ZipFile as string, { exports, process, require: () => sdk });
    const [notification] = await told(await subscribe(bench, { status: ['failed'] }));
    await exports.handler({ Records: [{ Sns: notification }] });
    expect(published.map(({ input }) => ({ ...input, Message: JSON.parse(input.Message) }))).toEqual([
      {
        TopicArn: 'chat',
        Message: {
          version: '1.0',
          source: 'custom',
          content: {
            title: 'Voice not cloned: support/bad',
            description: expect.stringContaining('manifest.json is invalid'),
          },
        },
      },
    ]);
  });

  it('starts a state machine with the result as it is', () => {
    expect(subscriptions().find(({ Protocol }) => Protocol === 'sqs')?.RawMessageDelivery).toBe(true);
    const pipe = find(template, 'AWS::Pipes::Pipe').Properties;
    expect(pipe.TargetParameters.InputTemplate).toBe('<$.body>');
  });
});

describe('examples/n8n-on-result.json', () => {
  const { nodes } = createRequire(import.meta.url)('../../examples/n8n-on-result.json') as {
    nodes: { name: string; parameters: Record<string, unknown> }[];
  };
  /** The value of the only expression in a node's parameters. */
  const evaluate = (name: string, $json: object): unknown => {
    const text = JSON.stringify(nodes.find((node) => node.name === name)?.parameters);
    const [, expression = ''] = /"=\{\{ (.*?) \}\}"/.exec(text) ?? [];
    return runInNewContext(expression, { $json });
  };

  it('reads what the topic sends', async () => {
    const [good, bad] = await told(await subscribe(bench));
    if (!good || !bad) throw new Error('Not everything was published');
    expect(evaluate('Has a voice', good)).toBe('succeeded');
    expect(evaluate('Has a voice', bad)).toBe('failed');
    expect(JSON.parse(evaluate('The voice', good) as string)).toMatchObject({ voices: [{ name: 'Amelia' }] });
    expect(JSON.parse(evaluate('What went wrong', bad) as string)).toMatchObject({
      error: { code: 'INVALID_MANIFEST' },
    });
  });
});
