import { writeSync } from 'node:fs';

// For `node --import`: the most memory that the process had, in bytes, to whoever reads its fourth stream.
process.once('exit', () => writeSync(3, String(process.resourceUsage().maxRSS * 1024)));
