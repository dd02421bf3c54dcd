import { writeSync } from 'node:fs';
import { peakMemory } from '../peak-memory.ts';

// For `node --import`: on exit, writes the process's peak RSS in bytes to file descriptor 3.
process.once('exit', () => writeSync(3, String(peakMemory())));
