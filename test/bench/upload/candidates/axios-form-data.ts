import type { Readable } from 'node:stream';
import { type Candidate, sampleNames, sampleUrl } from '../job.ts';
import { peer } from './peer.ts';

interface Axios {
  get(url: string, options: { responseType: 'stream' }): Promise<{ data: Readable }>;
  post(url: string, form: object, options: { headers: object; maxBodyLength: number }): Promise<unknown>;
}

type FormData = new () => {
  append(
    name: string,
    value: string | Readable,
    options?: { filename: string; contentType: string; knownLength: number },
  ): void;
  getHeaders(): object;
};

/** Uploads like n8n's nodes and most scripts. */
export const axiosFormData: Candidate = (job) => {
  const axios = peer<Axios>(job, 'axios');
  const FormData = peer<FormData>(job, 'form-data');
  return async () => {
    const form = new FormData();
    form.append('name', 'Amelia');
    for (const name of sampleNames(job)) {
      const { data } = await axios.get(sampleUrl(job, name), { responseType: 'stream' });
      form.append('files', data, { filename: name, contentType: 'audio/wav', knownLength: job.bytes });
    }
    await axios.post(`${job.sink}/voices/voice-clone`, form, {
      headers: form.getHeaders(),
      maxBodyLength: Infinity,
    });
  };
};
