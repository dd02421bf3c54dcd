import { asOneSample, type Candidate, sampleUrl } from '../job.ts';
import { peer } from './peer.ts';

interface Cartesia {
  default: new (options: { apiKey: string; baseURL: string }) => {
    voices: { clone(request: { name: string; language: string; clip: Response }): Promise<unknown> };
  };
}

/** The SDK accepts only one clip, so it gets one of the total size. */
export const cartesia: Candidate = (job) => {
  const { default: Client } = peer<Cartesia>(job, '@cartesia/cartesia-js');
  return async () => {
    const client = new Client({ apiKey: 'bench', baseURL: job.sink });
    const clip = await fetch(sampleUrl(asOneSample(job), '01.wav'));
    await client.voices.clone({ name: 'Amelia', language: 'en', clip });
  };
};
