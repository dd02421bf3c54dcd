/** What was published in one period, by `metricName`. */
export type Period = Record<string, number[]>;

/** Identifies a metric by its namespace, its name and the value of its only dimension. */
export function metricName(namespace: string, name: string, of: string): string {
  return `${namespace} ${name} of ${of}`;
}

interface Envelope {
  Timestamp: number;
  CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
}

/** The metrics in a log's lines: "Embedded metric format", Amazon CloudWatch User Guide. */
export function metricsIn(lines: readonly string[]): Period {
  const period: Period = {};
  for (const { envelope, values } of lines.flatMap(published)) {
    for (const { Namespace, Dimensions, Metrics } of envelope.CloudWatchMetrics) {
      for (const [dimension = ''] of Dimensions) {
        for (const { Name } of Metrics) {
          const name = metricName(Namespace, Name, String(values[dimension]));
          (period[name] ??= []).push(...([values[Name]].flat() as number[]));
        }
      }
    }
  }
  return period;
}

/** When a line's metrics were published; undefined if the line has none. */
export function timeOf(line: string): number | undefined {
  return published(line)[0]?.envelope.Timestamp;
}

function published(line: string): { envelope: Envelope; values: Record<string, unknown> }[] {
  if (!line.startsWith('{"_aws"')) return [];
  const { _aws: envelope, ...values } = JSON.parse(line) as { _aws: Envelope };
  return [{ envelope, values }];
}

/** What a metric takes from a message in the queue. `sentTimestamp` is in milliseconds. */
export interface QueuedMessage {
  sentTimestamp: number;
  approximateReceiveCount: number;
}

/** All messages in the emulator's queue with this name. */
export async function messagesIn(
  endpoint: string,
  queue: string,
): Promise<(QueuedMessage & { hidden: boolean })[]> {
  const answer = await fetch(`${endpoint}/_fauxqs/queues/${queue}`);
  const { messages } = (await answer.json()) as {
    messages: { ready: QueuedMessage[]; inflight: { message: QueuedMessage }[] };
  };
  return [
    ...messages.ready.map((message) => ({ ...message, hidden: false })),
    ...messages.inflight.map(({ message }) => ({ ...message, hidden: true })),
  ];
}

/** "Available CloudWatch metrics for Amazon SQS": the age excludes messages received three times or more. */
export async function queueMetrics(endpoint: string, queue: string, now: number): Promise<Period> {
  const messages = await messagesIn(endpoint, queue);
  const fresh = messages.filter(({ approximateReceiveCount }) => approximateReceiveCount < 3);
  const age = Math.max(0, ...fresh.map(({ sentTimestamp }) => (now - sentTimestamp) / 1000));
  const count = (hidden: boolean) => messages.filter((each) => each.hidden === hidden).length;
  return {
    [metricName('AWS/SQS', 'ApproximateNumberOfMessagesVisible', queue)]: [count(false)],
    [metricName('AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', queue)]: [count(true)],
    [metricName('AWS/SQS', 'ApproximateAgeOfOldestMessage', queue)]: [age],
  };
}

/** The value of a statistic over one period's values. */
export function statisticOf(statistic: string, values: readonly number[]): number {
  const percentile = /^p(\d+)$/.exec(statistic)?.[1];
  if (percentile !== undefined) {
    const sorted = values.toSorted((one, other) => one - other);
    return sorted[Math.ceil((Number(percentile) / 100) * sorted.length) - 1] ?? NaN;
  }
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Maximum':
      return Math.max(...values);
    default:
      throw new Error(`Unknown statistic: ${statistic}`);
  }
}
