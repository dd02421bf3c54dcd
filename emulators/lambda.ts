import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';

export interface LocalLambda {
  /** @throws {Error} what the handler threw, or why its environment ended. */
  invoke(event: SQSEvent, context: Context): Promise<SQSBatchResponse | void>;
  close(): Promise<void>;
}

export interface LocalLambdaOptions {
  /** Folder of the bundle, which has the handler `index.handler`. */
  bundleFolder: string;
  /** The function's environment variables, and its only ones. */
  environment: Record<string, string>;
  /** Gets what the function logs, line by line. */
  onLog: (line: string) => void;
}

/** Beside this file: TypeScript in a checkout, JavaScript in the package of the program. */
const environmentFile = `./execution-environment${extname(import.meta.url)}`;

/** What an execution environment gets for each invocation. */
export interface InvocationMessage {
  event: SQSEvent;
  context: Omit<Context, 'getRemainingTimeInMillis' | 'done' | 'fail' | 'succeed'>;
  remainingMilliseconds: number;
}

export type InvocationReply = { response: SQSBatchResponse | void } | { error: unknown };

/**
 * Runs the bundled function as Lambda does: in execution environments that see one invocation at a time, are kept for
 * the next one, and have no other environment variables than the function's own.
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
      // Functions do not travel to another thread.
      context: JSON.parse(JSON.stringify(context)) as InvocationMessage['context'],
      remainingMilliseconds: context.getRemainingTimeInMillis(),
    };
    worker.postMessage(message);
  });
}
