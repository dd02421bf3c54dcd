import type { IncomingMessage } from 'node:http';
import { serve } from './serve.ts';

/** Emulates the API: reads and discards each request, and answers with a voice. */

/** How the sink reads. */
export interface SinkOptions {
  /** How fast it reads each request. @default as fast as possible */
  bytesPerSecond?: number;
}

/** What the sink received in one request. */
export interface Received {
  /** The `Content-Length`, if there was one. */
  declared?: number;
  bytes: number;
}

const answers: Record<string, object> = {
  '/voices/voice-clone': [
    {
      id: 'v-1',
      voiceId: 'provider-1',
      name: 'Amelia',
      isMultilingual: false,
      supportedLocales: ['en-US'],
      ttsClient: 'ELEVENLABS',
    },
  ],
  // Answers like those of ElevenLabs and Cartesia.
  '/v1/voices/add': { voice_id: 'v-1', requires_verification: false },
  '/voices/clone': {
    id: 'v-1',
    name: 'Amelia',
    language: 'en',
    is_owner: true,
    is_public: false,
    description: '',
    created_at: '2026-11-01T00:00:00Z',
  },
};

await serve<SinkOptions>((request, response, { bytesPerSecond = Infinity }, tell) => {
  const length = request.headers['content-length'];
  const received: Received = { bytes: 0, ...(length !== undefined && { declared: Number(length) }) };
  request.on('data', ({ length: bytes }: Buffer) => (received.bytes += bytes));
  if (bytesPerSecond < Infinity) slowDown(request, received, bytesPerSecond);
  request.on('end', () => {
    tell(received);
    const answer = JSON.stringify(answers[request.url ?? ''] ?? { error: 'no such path' });
    response
      .writeHead((request.url ?? '') in answers ? 201 : 404, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(answer),
      })
      .end(answer);
  });
});

function slowDown(request: IncomingMessage, received: Received, bytesPerSecond: number): void {
  const start = performance.now();
  request.on('data', () => {
    const ahead = (received.bytes / bytesPerSecond) * 1000 - (performance.now() - start);
    if (ahead < 1) return;
    request.pause();
    setTimeout(() => request.resume(), ahead);
  });
}
