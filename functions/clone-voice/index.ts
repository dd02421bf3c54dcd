import { collectSamplesCheaply } from './garbage-collection.ts';
import { createHandler } from './handler.ts';

// Only now: before the rest was loaded, it would have slowed the start down, and gained no more.
collectSamplesCheaply();

/** What Lambda runs: `index.handler`. */
export const handler = createHandler();
