import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { localAwsVariables } from '../../emulators/aws.ts';
import { startLambda } from '../support/lambda.ts';
import { type Fault, startS3Proxy } from '../support/s3-proxy.ts';

/** How many execution environments there are, and what each runs with. */
export interface LambdaPoolOptions {
  size: number;
  /** `index.mjs` of aws-lambda-ric. */
  runtimeInterfaceClient: string;
  assetFolder: string;
  timeoutSeconds: number;
  environment: Record<string, string>;
  s3Endpoint: string;
  /** Called for each request to S3, with a function that kills the process that made it. */
  intercept: (request: string, query: URLSearchParams, killCaller: () => void) => Promise<Fault>;
  onLog: (line: string) => void;
}

/** Execution environments of the deployed function. */
export interface LambdaPool {
  /**
   * Gives the event to an idle execution environment.
   *
   * @throws {Error} the function's error, a timeout, or how its process ended.
   */
  invoke: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | void>;
  /** The execution environments that handle an event now. */
  busy(): { event: SQSEvent; kill: () => void; freeze: (milliseconds: number) => void }[];
  readonly counts: Readonly<Counts>;
  close(): Promise<void>;
}

interface Counts {
  invocations: number;
  /** Invocations that returned in time, whatever they returned. */
  ended: number;
  timedOut: number;
  killed: number;
  frozen: number;
}

/** Starts execution environments of the function, each with its own S3 proxy. */
export async function startLambdaPool(options: LambdaPoolOptions): Promise<LambdaPool> {
  const counts: Counts = { invocations: 0, ended: 0, timedOut: 0, killed: 0, frozen: 0 };
  const members = await Promise.all(Array.from({ length: options.size }, start));

  async function start() {
    const proxy = await startS3Proxy(options.s3Endpoint);
    const lambda = await startLambda({
      ...options,
      handler: 'index.handler',
      logFormat: 'JSON',
      memorySize: 1024,
      environment: {
        ...options.environment,
        ...localAwsVariables,
        AWS_ENDPOINT_URL_S3: proxy.url,
      },
    });
    const member = {
      proxy,
      lambda,
      event: undefined as SQSEvent | undefined,
      kill: () => {
        if (member.event && !member.isFrozen) lambda.crash();
      },
      isFrozen: false,
      freeze: (milliseconds: number) => {
        if (!member.event || member.isFrozen) return;
        counts.frozen++;
        member.isFrozen = true;
        const goOn = lambda.freeze();
        setTimeout(() => {
          member.isFrozen = false;
          goOn();
        }, milliseconds);
      },
    };
    proxy.intercept = (request, query) => options.intercept(request, query, member.kill);
    return member;
  }

  return {
    counts,
    async invoke(event, context) {
      const member = members.find((each) => !each.event);
      if (!member) throw new Error('No Lambda is idle');
      member.event = event;
      counts.invocations++;
      try {
        const response = await member.lambda.invoke(event, context);
        counts.ended++;
        return response;
      } catch (error) {
        if (String(error).includes('Task timed out')) counts.timedOut++;
        if (String(error).includes('SIGKILL')) counts.killed++;
        throw error;
      } finally {
        member.event = undefined;
      }
    },
    busy: () =>
      members.flatMap(({ event, kill, freeze, isFrozen }) =>
        event && !isFrozen ? [{ event, kill, freeze }] : [],
      ),
    async close() {
      await Promise.all(members.map(({ lambda }) => lambda.close()));
      await Promise.all(members.map(({ proxy }) => proxy.close()));
    },
  };
}
