import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';

/** The function in execution environments like Lambda’s, one after another. */
export interface Lambda {
  /**
   * Invokes the function, in the process of the previous invocation if that still runs.
   *
   * @throws {Error} the function's error, why it could not start, a timeout, or how its process ended.
   */
  invoke(event: SQSEvent, context: Context): Promise<SQSBatchResponse | void>;
  /** Everything that the runtime reported to `/runtime/init/error`. */
  readonly initErrors: readonly ReportedError[];
  /** The process IDs of all processes that were started. */
  readonly processes: readonly number[];
  /** Kills the running process, as a crashing host would. */
  crash(): void;
  /** Freezes the running process and its time limit; the returned function resumes it. */
  freeze(): () => void;
  close(): Promise<void>;
}

/** The settings of a function, and where its code is. */
export interface LambdaOptions {
  /** `index.mjs` of aws-lambda-ric. */
  runtimeInterfaceClient: string;
  assetFolder: string;
  /** Such as `index.handler`. */
  handler: string;
  logFormat: string;
  memorySize: number;
  timeoutSeconds: number;
  /** The function's environment variables. It gets none of this process's own. */
  environment: Record<string, string>;
  /** Called with each line that the function prints. */
  onLog: (line: string) => void;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror */
export interface ReportedError {
  errorType: string;
  errorMessage: string;
}

interface Invocation {
  event: SQSEvent;
  context: Context;
  result: PromiseWithResolvers<SQSBatchResponse | void>;
}

/**
 * Lambda with one execution environment: a process in which AWS's Runtime Interface Client calls the handler, and polls
 * the Runtime API here for work. A process that exceeds the function's timeout is killed.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startLambda(options: LambdaOptions): Promise<Lambda> {
  const { timeoutSeconds } = options;
  const initErrors: ReportedError[] = [];
  const processes: number[] = [];
  let running: ChildProcess | undefined;
  /** Why the process is about to end, if known. */
  let reason: string | undefined;
  /** The runtime's pending request for work. */
  let asking: ServerResponse | undefined;
  let invocation: Invocation | undefined;
  let timer: NodeJS.Timeout | undefined;

  const server = createServer((request, response) => {
    // A process that is killed while it reports has reported nothing.
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = `${request.method} ${request.url?.replace('/2018-06-01/runtime/', '')}`;
    const id = invocation?.context.awsRequestId;
    const body = await text(request);
    if (call === 'GET invocation/next') {
      asking = response;
      handOut();
      return;
    }
    if (call === 'POST init/error') {
      const error = JSON.parse(body) as ReportedError;
      initErrors.push(error);
      reason = describe(error);
    } else if (call === `POST invocation/${id}/response`) end(JSON.parse(body) as SQSBatchResponse);
    else if (call === `POST invocation/${id}/error`) end(new Error(describe(JSON.parse(body))));
    else {
      response.writeHead(403).end();
      return;
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  }

  function handOut(): void {
    if (!asking || !invocation) return;
    const { event, context } = invocation;
    const deadline = Date.now() + timeoutSeconds * 1000;
    timer = setTimeout(() => {
      reason = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      running?.kill('SIGKILL');
    }, timeoutSeconds * 1000);
    asking.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': context.awsRequestId,
      'lambda-runtime-deadline-ms': deadline,
      'lambda-runtime-invoked-function-arn': context.invokedFunctionArn,
      'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1',
    });
    asking.end(JSON.stringify(event));
    asking = undefined;
  }

  function end(outcome: SQSBatchResponse | void | Error): void {
    clearTimeout(timer);
    const result = invocation?.result;
    invocation = undefined;
    if (outcome instanceof Error) result?.reject(outcome);
    else result?.resolve(outcome);
  }

  function start(): ChildProcess {
    reason = undefined;
    const started = spawn(process.execPath, [options.runtimeInterfaceClient], {
      cwd: options.assetFolder,
      env: environmentOf(options, api),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [started.stdout, started.stderr]) {
      createInterface({ input: output }).on('line', options.onLog);
    }
    if (started.pid !== undefined) processes.push(started.pid);
    started.once('close', (code, signal) => {
      running = undefined;
      asking = undefined;
      end(new Error(reason ?? `Runtime exited: ${signal ?? `code ${code}`}`));
    });
    return started;
  }

  return {
    initErrors,
    processes,
    invoke(event, context) {
      if (invocation) throw new Error('One invocation at a time');
      const result = Promise.withResolvers<SQSBatchResponse | void>();
      invocation = { event, context, result };
      running ??= start();
      handOut();
      return result.promise;
    },
    crash: () => void running?.kill('SIGKILL'),
    freeze() {
      const frozen = running;
      clearTimeout(timer);
      frozen?.kill('SIGSTOP');
      return () => void frozen?.kill('SIGCONT');
    },
    async close() {
      const closed = running && once(running, 'close');
      running?.kill('SIGKILL');
      await closed;
      server.close();
      server.closeAllConnections();
    },
  };
}

function describe({ errorType, errorMessage }: ReportedError): string {
  return `${errorType}: ${errorMessage}`;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function environmentOf(options: LambdaOptions, api: string): Record<string, string> {
  return {
    ...options.environment,
    _HANDLER: options.handler,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memorySize),
    AWS_LAMBDA_FUNCTION_NAME: 'clone-voice',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: options.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/clone-voice',
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_RUNTIME_API: api,
    LAMBDA_TASK_ROOT: options.assetFolder,
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
  };
}
