import { join } from 'node:path';

/** The program as tests start it: built, or as `npm run test:packages` installed it. */
export const [programNode, programFile] = JSON.parse(process.env['PROGRAM'] ?? '["", ""]') as [
  node: string,
  file: string,
];

/** The function's bundle that comes with it. */
export const builtFunction = join(programFile, '../../clone-voice');
