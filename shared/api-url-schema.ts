import * as z from 'zod/v4-mini';
import { problemWithApiUrl } from './api-url.ts';

/** The API's base URL. */
export const apiUrlSchema = z.string().check(
  z.refine((url) => problemWithApiUrl(url) === undefined, {
    error: ({ input }) => problemWithApiUrl(String(input)),
  }),
);
