import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';

/** The function's execution environments. */
export interface LocalLambda {
  /** @throws {Error} the handler's error, or why its environment ended. */
  invoke(event: SQSEvent, context: Context): Promise<SQSBatchResponse | void>;
  close(): Promise<void>;
}

/** What to run. */
export interface LocalLambdaOptions {
  /** Folder of the bundle, which exports `index.handler`. */
  bundleFolder: string;
  /** The function's only environment variables. */
  environment: Record<string, string>;
  /** Called with each log line. */
  onLog: (line: string) => void;
}

/** Next to this file: TypeScript in a checkout, JavaScript in the published package. */
const environmentFile = `./execution-environment${extname(import.meta.url)}`;

/** The message to an execution environment for each invocation. */
export interface InvocationMessage {
  event: SQSEvent;
  context: Omit<Context, 'getRemainingTimeInMillis' | 'done' | 'fail' | 'succeed'>;
  remainingMilliseconds: number;
}

/** The environment's reply to an {@link InvocationMessage}. */
export type InvocationReply = { response: SQSBatchResponse | void } | { error: unknown };

/**
 * Runs the bundled function like Lambda: in execution environments that handle one invocation at a time, are
 * reused, and have only the function's environment variables.
 */
export function startLocalLambda({ bundleFolder, environment, onLog }: LocalLambdaOptions): LocalLambda {
  const all = new Set<Worker>();
  const idle = new Set<Worker>();

  function start(): Worker {
    const worker = new Worker(new URL(environmentFile, import.meta.url), {
      workerData: bundleFolder,
      env: environment,
      stdout: true,
      stderr: true,
    });
    for (const output of [worker.stdout, worker.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => text.trimEnd().split('\n').forEach(onLog));
    }
    all.add(worker);
    worker.once('exit', () => {
      all.delete(worker);
      idle.delete(worker);
    });
    return worker;
  }

  return {
    async invoke(event, context) {
      const [worker = start()] = idle;
      idle.delete(worker);
      const reply = await ask(worker, event, context);
      idle.add(worker);
      if ('error' in reply) throw reply.error;
      return reply.response;
    },
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function ask(worker: Worker, event: SQSEvent, context: Context): Promise<InvocationReply> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('The execution environment ended during the invocation'));
    const settle = (end: () => void) => {
      worker.removeAllListeners('message').removeAllListeners('error').off('exit', onExit);
      end();
    };
    worker.once('message', (reply: InvocationReply) => settle(() => resolve(reply)));
    worker.once('error', (error) => settle(() => reject(error)));
    worker.once('exit', onExit);
    const message: InvocationMessage = {
      event,
      // Functions cannot be passed to another thread.
      context: JSON.parse(JSON.stringify(context)) as InvocationMessage['context'],
      remainingMilliseconds: context.getRemainingTimeInMillis(),
    };
    worker.postMessage(message);
  });
}
