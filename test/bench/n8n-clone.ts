import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { INodeParameters, INodeType } from 'n8n-workflow';
import { nodeType, type RunOptions, type SourceFile, startEngine } from '../n8n-node/engine.ts';
import { installedN8n } from '../n8n-node/real-n8n/installations.ts';
import { largeSample } from '../support/samples.ts';
import { peakMemory } from './peak-memory.ts';

/**
 * Clones a voice from 3 files of about so many bytes in n8n's engine, with the named node. Prints the peak RSS in bytes, and the
 * duration. The node has cloned from small files before.
 */
const [, , way = '', apiUrl = '', apiKey = '', bytesOfEach = ''] = process.argv;
const engine = await startEngine(() => apiUrl, apiKey);
const fields = ['a', 'b', 'c'];
const node = nodes()[way];
if (!node) throw new Error(`Unknown node: ${way}`);

await run(node, 1_000);
const start = performance.now();
await run(node, Number(bytesOfEach));
const seconds = (performance.now() - start) / 1000;
engine.close();
console.log(JSON.stringify({ peak: peakMemory(), seconds }));

async function run(options: RunOptions, bytes: number): Promise<void> {
  const files = Object.fromEntries(fields.map((field, index) => [field, file(field, bytes + index)]));
  const { error } = await engine.run({ ...options, items: [{ files }] });
  if (error) throw new Error(`${error.message}: ${error.description}`);
}

function file(name: string, bytes: number): SourceFile {
  const content = () => largeSample(bytes).open(AbortSignal.timeout(60_000));
  return { name: `${name}.wav`, content, type: 'audio/wav' };
}

function nodes(): Record<string, RunOptions> {
  return {
    callers: { parameters: { binaryFields: '*' } },
    'HTTP Request': httpRequest({}),
    'HTTP Request without redirects': httpRequest({ redirect: { redirect: { followRedirects: false } } }),
    'FormData of Blobs': {
      nodeTypes: { 'test.blobs': bufferingNode(formOfBlobs) },
      node: { type: 'test.blobs' },
    },
    'form-data': {
      nodeTypes: { 'test.formData': bufferingNode(formOfBuffers) },
      node: { type: 'test.formData' },
    },
  };
}

/** n8n's HTTP Request node, configured for the same request. */
function httpRequest(options: INodeParameters): RunOptions {
  const parameters = {
    method: 'POST',
    url: `${apiUrl}/voices/voice-clone`,
    sendHeaders: true,
    headerParameters: { parameters: [{ name: 'Authorization', value: apiKey }] },
    sendBody: true,
    contentType: 'multipart-form-data',
    bodyParameters: {
      parameters: [
        { parameterType: 'formData', name: 'name', value: 'Amelia' },
        ...fields.map((inputDataFieldName) => {
          return { parameterType: 'formBinaryData', name: 'files', inputDataFieldName };
        }),
      ],
    },
    options,
  };
  const type = 'n8n-nodes-base.httpRequest';
  const version = 4.5;
  return {
    get nodeTypes() {
      // Only the package with all of n8n's nodes has it.
      const require = createRequire(join(installedN8n(), 'package.json'));
      const { HttpRequest } = require('n8n-nodes-base/dist/nodes/HttpRequest/HttpRequest.node.js') as {
        HttpRequest: new () => { nodeVersions: Record<number, INodeType> };
      };
      return { [type]: new HttpRequest().nodeVersions[version] as INodeType };
    },
    node: { type, typeVersion: version, parameters },
  };
}

/** A node whose author found `getBinaryDataBuffer` in n8n's documentation. */
function bufferingNode(toForm: (files: Buffer[]) => object): INodeType {
  const credentials = [{ name: 'callersApi', required: true }];
  return nodeType({ group: ['transform'], credentials }, async (context) => {
    const buffers = [];
    for (const field of fields) buffers.push(await context.helpers.getBinaryDataBuffer(0, field));
    const json = await context.helpers.httpRequestWithAuthentication.call(context, 'callersApi', {
      method: 'POST',
      url: `${apiUrl}/voices/voice-clone`,
      body: toForm(buffers),
    });
    return [[{ json }]];
  });
}

function formOfBlobs(files: Buffer[]): object {
  const form = new FormData();
  form.append('name', 'Amelia');
  files.forEach((bytes, index) => {
    form.append('files', new Blob([bytes], { type: 'audio/wav' }), `${index}.wav`);
  });
  return form;
}

/** Uses n8n's own copy of `form-data`. */
function formOfBuffers(files: Buffer[]): object {
  const core = createRequire(join(import.meta.dirname, '../../n8n-node/package.json')).resolve('n8n-core');
  const FormDataPackage = createRequire(core)('form-data') as new () => {
    append(name: string, value: string | Buffer, options?: object): void;
  };
  const form = new FormDataPackage();
  form.append('name', 'Amelia');
  files.forEach((bytes, index) => {
    form.append('files', bytes, { filename: `${index}.wav`, contentType: 'audio/wav' });
  });
  return form;
}
