import { largeSample } from '../support/samples.ts';
import { type SourceFile, startEngine } from './engine.ts';

/** Clones from 3 files of so many bytes in n8n's engine, and prints the peak RSS in KiB. */
const [, , apiUrl = '', apiKey = '', bytes = ''] = process.argv;
const engine = await startEngine(() => apiUrl, apiKey);
const files = Object.fromEntries(['a', 'b', 'c'].map((field) => [field, file(`${field}.wav`)]));

const { error } = await engine.run({ items: [{ files }], parameters: { binaryFields: '*' } });
engine.close();
if (error) throw new Error(error.message);
console.log(process.resourceUsage().maxRSS);

function file(name: string): SourceFile {
  const content = () => largeSample(Number(bytes)).open(AbortSignal.timeout(60_000));
  return { name, content, type: 'audio/wav' };
}
