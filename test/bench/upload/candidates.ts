import { axiosFormData } from './candidates/axios-form-data.ts';
import { cartesia } from './candidates/cartesia.ts';
import { curl } from './candidates/curl.ts';
import { elevenLabs } from './candidates/elevenlabs.ts';
import { fetchFormData } from './candidates/fetch-form-data.ts';
import { oneAfterTheOther } from './candidates/one-after-the-other.ts';
import { lambda, plainSource } from './candidates/product.ts';
import { rawPipe, rawPipeWithOurBuffers } from './candidates/raw-pipe.ts';

/** The uploaders, by the names that the tables show. */
export const candidates = {
  'raw pipe': rawPipe,
  'raw pipe, same buffers': rawPipeWithOurBuffers,
  'callers, plain source': plainSource,
  'callers, the function': lambda,
  'curl | curl': curl,
  'axios + form-data': axiosFormData,
  'fetch + FormData': fetchFormData,
  'ElevenLabs SDK': elevenLabs,
  'Cartesia SDK': cartesia,
  'one after the other': oneAfterTheOther,
};

/** The name of a way to upload. */
export type CandidateName = keyof typeof candidates;
