import { createHandler } from './handler.ts';

/** What Lambda runs: `index.handler`. */
export const handler = createHandler();
