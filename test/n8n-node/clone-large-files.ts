import { largeSample } from '../support/samples.ts';
import { type SourceFile, startEngine } from './engine.ts';

/**
 * Clones from 3 files of about so many bytes in n8n's engine, once for each size, and prints the peak RSS in KiB up to then.
 * Their lengths differ: equal files would be sent once.
 */
const [, , apiUrl = '', apiKey = '', ...sizes] = process.argv;
const engine = await startEngine(() => apiUrl, apiKey);
try {
  for (const bytes of sizes) {
    const files = Object.fromEntries([0, 2, 4].map((more) => [`and${more}`, file(Number(bytes) + more)]));
    const { error } = await engine.run({ items: [{ files }], parameters: { binaryFields: '*' } });
    if (error) throw new Error(error.message);
    console.log(process.resourceUsage().maxRSS);
  }
} finally {
  engine.close();
}

function file(size: number): SourceFile {
  const content = () => largeSample(size).open(AbortSignal.timeout(60_000));
  return { name: `${size}.wav`, content, type: 'audio/wav' };
}
