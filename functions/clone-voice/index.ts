import { tuneV8 } from './v8-settings.ts';
import { createHandler } from './handler.ts';

// After all imports: earlier, it would slow down the start for no gain.
tuneV8();

/** Lambda's entry point, `index.handler`. */
export const handler = createHandler();
