import { collectSamplesCheaply } from './garbage-collection.ts';
import { createHandler } from './handler.ts';

// After all imports: earlier, it would slow down the start for no gain.
collectSamplesCheaply();

/** Lambda's entry point, `index.handler`. */
export const handler = createHandler();
