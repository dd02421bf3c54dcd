import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { tuneV8 } from '../../../../functions/clone-voice/v8-settings.ts';
import { connectionOptions } from '../../../../functions/clone-voice/send/send-clone-request.ts';
import { asOneSample, type Candidate, type Job, sampleUrl } from '../job.ts';

/** Plain Node: pipes one response into one request of known length. */
export const rawPipe: Candidate = (job) => () => pipe(job);

/** The limit for the product: the same, with the product's buffers and V8 settings. */
export const rawPipeWithOurBuffers: Candidate = (job) => () => {
  tuneV8();
  return pipe(job, connectionOptions);
};

async function pipe(job: Job, buffers?: typeof connectionOptions): Promise<void> {
  const whole = asOneSample(job);
  const source = await open(sampleUrl(whole, '01.wav'));
  const request = post(job, whole.bytes, buffers);
  const answered = answerOf(request);
  await pipeline(source, request);
  await answered;
}

/** Opens a sample. */
export async function open(url: string, signal?: AbortSignal): Promise<IncomingMessage> {
  const request = (url.startsWith('https:') ? https : http).get(url, { ...(signal && { signal }) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`The source answered ${response.statusCode}`);
  return response;
}

/** Opens a request to the sink for a body of this many bytes. */
export function post({ sink }: Job, length: number, buffers?: typeof connectionOptions): ClientRequest {
  return (sink.startsWith('https:') ? https : http).request(`${sink}/voices/voice-clone`, {
    method: 'POST',
    agent: false,
    ...buffers,
    headers: { 'Content-Length': length },
  });
}

/**
 * Waits for the end of the answer.
 *
 * @throws {Error} for any status but 201
 */
export async function answerOf(request: ClientRequest): Promise<void> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 201) throw new Error(`The sink answered ${response.statusCode}`);
  response.resume();
  await once(response, 'end');
}
