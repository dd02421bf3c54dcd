import type { Readable } from 'node:stream';
import { type Candidate, sampleNames, sampleUrl } from '../job.ts';
import { peer } from './peer.ts';
import { open } from './raw-pipe.ts';

interface ElevenLabs {
  ElevenLabsClient: new (options: { apiKey: string; baseUrl: string }) => {
    voices: {
      ivc: {
        create(request: {
          name: string;
          files: { data: Readable; filename: string; contentType: string; contentLength: number }[];
        }): Promise<unknown>;
      };
    };
  };
}

/** Uploads with the SDK of ElevenLabs. */
export const elevenLabs: Candidate = (job) => {
  const { ElevenLabsClient } = peer<ElevenLabs>(job, '@elevenlabs/elevenlabs-js');
  return async () => {
    const client = new ElevenLabsClient({ apiKey: 'bench', baseUrl: job.sink });
    const files = [];
    for (const filename of sampleNames(job)) {
      const data = await open(sampleUrl(job, filename));
      files.push({ data, filename, contentType: 'audio/wav', contentLength: job.bytes });
    }
    await client.voices.ivc.create({ name: 'Amelia', files });
  };
};
