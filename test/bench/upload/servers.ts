import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selfSigned } from '../../support/certificate.ts';
import type { Identity } from './serve.ts';
import type { Received, SinkOptions } from './sink.ts';
import type { SourceOptions } from './source.ts';

/** The source of samples and the sink that stands in for the API. */
export interface Servers {
  source: string;
  sink: string;
  /** PEM file of the certificate that uploaders must trust; undefined without TLS. */
  certificateFile: string | undefined;
  /** What the sink received in the next upload. Call once per upload. */
  received(): Promise<Received>;
  close(): void;
}

/** Starts the source and the sink, each in its own process. */
export async function startServers(
  options: { secure: boolean } & SourceOptions & SinkOptions,
): Promise<Servers> {
  const { secure, ...rest } = options;
  const identity = secure ? await selfSigned() : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'callers-bench-'));
  const certificateFile = identity && join(folder, 'certificate.pem');
  if (certificateFile) writeFileSync(certificateFile, identity.cert);
  const [source, sink] = await Promise.all([
    start('source.ts', { identity, ...rest }),
    start('sink.ts', { identity, ...rest }),
  ]);
  // Subscribes immediately, so that no message is lost before `received` is called.
  const messages = on(sink.child, 'message') as AsyncIterator<[Received]>;
  return {
    source: source.url,
    sink: sink.url,
    certificateFile,
    async received() {
      const { value } = await messages.next();
      return value[0];
    },
    close() {
      source.child.disconnect();
      sink.child.disconnect();
      rmSync(folder, { recursive: true });
    },
  };
}

async function start(
  file: string,
  options: { identity: Identity | undefined } & SourceOptions & SinkOptions,
): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)));
  child.send(options);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { child, url };
}
