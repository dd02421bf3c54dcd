import { largeSample } from '../support/samples.ts';
import { type SourceFile, startEngine } from './engine.ts';

/**
 * Clones from 3 files of 100 MB in n8n's engine and prints the peak RSS in KiB before and after. A process of its
 * own, because nothing lowers that number again. What storing the files takes is in the first number: the first run
 * does it too, and then fails because of the name.
 */
const [, , apiUrl = '', apiKey = ''] = process.argv;
const engine = await startEngine(() => apiUrl, apiKey);
const files = Object.fromEntries(['a', 'b', 'c'].map((field) => [field, file(`${field}.wav`)]));

await engine.run({ items: [{ files }], parameters: { name: 'Bob', binaryFields: '*' } });
const before = process.resourceUsage().maxRSS;
const { error } = await engine.run({ items: [{ files }], parameters: { binaryFields: '*' } });
const after = process.resourceUsage().maxRSS;
engine.close();
if (error) throw new Error(error.message);
console.log(JSON.stringify({ before, after }));

function file(name: string): SourceFile {
  const content = () => largeSample(100e6).open(AbortSignal.timeout(60_000));
  return { name, content, type: 'audio/wav' };
}
