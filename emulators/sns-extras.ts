import type { FastifyInstance } from 'fastify';

/**
 * Adds features of `Publish` that fauxqs' SNS lacks (Amazon SNS API Reference): a separate message per
 * protocol, and validation like SNS's.
 */
export function snsExtras(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    // An upload to S3 is a buffer, whose bytes are no parameters.
    if (Buffer.isBuffer(request.body)) return undefined;
    const parameters = (request.body ?? {}) as Record<string, string>;
    matchListsToo(parameters);
    if (parameters['Action'] !== 'Publish') return undefined;
    const problem = problemIn(parameters);
    if (problem !== undefined) {
      const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid parameter: ${problem}</Message></Error></ErrorResponse>`;
      return reply.code(400).type('text/xml').send(xml);
    }
    if (parameters['MessageStructure'] === 'json') {
      const texts = JSON.parse(parameters['Message'] ?? '') as Record<string, string>;
      parameters['Message'] = texts['sqs'] ?? texts['default'] ?? '';
    }
    return undefined;
  });
}

/**
 * Rewrites a filter policy so that its values also match an item of a `String.Array`, which fauxqs compares as the JSON text
 * that it is ("Amazon SNS message attributes", Amazon SNS Developer Guide).
 */
function matchListsToo(parameters: Record<string, string>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== 'FilterPolicy') continue;
    const of = name.replace(/key$/, 'value').replace(/AttributeName$/, 'AttributeValue');
    const policy = parseObject(parameters[of]);
    if (policy) parameters[of] = JSON.stringify(Object.fromEntries(Object.entries(policy).map(withLists)));
  }
}

function withLists([attribute, conditions]: [string, unknown]): [string, unknown] {
  if (!Array.isArray(conditions)) return [attribute, conditions];
  const more = conditions.flatMap((condition: unknown) => {
    if (typeof condition === 'string') return [{ wildcard: `*${JSON.stringify(condition)}*` }];
    const prefix = (condition as { prefix?: unknown } | null)?.prefix;
    return typeof prefix === 'string' ? [{ wildcard: `*${JSON.stringify(prefix).slice(0, -1)}*` }] : [];
  });
  return [attribute, [...(conditions as unknown[]), ...more]];
}

function parseObject(text = ''): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // fauxqs rejects it.
  }
}

function problemIn(parameters: Record<string, string>): string | undefined {
  const { Subject: subject, Message: message = '', MessageStructure: structure } = parameters;
  if (subject !== undefined && !/^(?=[\x21-\x7e])[\x20-\x7e]{1,100}$/.test(subject)) return 'Subject';
  const values = Object.keys(parameters).filter((name) => /^MessageAttributes\.entry\.\d+\.Name$/.test(name));
  if (values.length > 10) return 'MessageAttributes';
  for (const name of values) {
    if (!/^[\w.-]+$/.test(parameters[name] ?? '')) return 'MessageAttributes';
    if (!parameters[name.replace('.Name', '.Value.StringValue')]) return 'MessageAttributes';
  }
  if (structure === 'json' && typeof (JSON.parse(message) as { default?: unknown }).default !== 'string') {
    return 'Message Structure - No default entry in JSON message body';
  }
  return undefined;
}
