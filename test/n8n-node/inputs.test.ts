import { createHash } from 'node:crypto';
import dns from 'node:dns';
import { describe, expect, it, vi } from 'vitest';
import type { INodeExecutionData } from 'n8n-workflow';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { API_KEY } from '../support/api-key.ts';
import { selfSigned } from '../support/certificate.ts';
import { startRawServer } from '../support/servers.ts';
import { wav } from '../support/wav.ts';
import { keepsFilesInJson, nodeType, type RunOptions } from './engine.ts';
import { api, engine, failure, one, refusal, run, sent, storages, success, three, two } from './node-test.ts';

/** What people's workflows hand over: values from tables and generated workflows, files from anywhere. */

const withoutFiles = nodeType({}, () => Promise.resolve([[{ json: {} }]]));

/** An item with this value of an additional field, as from a table. */
const withField = (name: string, value: unknown): RunOptions => ({
  items: [{ json: { value } as never, files: { data: one } }],
  parameters: { additionalFields: { [name]: '={{ $json.value }}' } },
});

describe('a value from a table means what it says', () => {
  it.each([
    ['subAccounts', 'TRUE', ['true']],
    ['subAccounts', 'False', ['false']],
    ['subAccounts', 'yes', ['true']],
    ['subAccounts', 0, ['false']],
    ['subAccounts', '1', ['true']],
    ['subAccounts', '"True"', ['true']],
    ['subAccounts', 'f', ['false']],
    ['subAccounts', 'NULL', []],
    ['stability', ' 0.40 ', ['0.4']],
    ['stability', [0.4], ['0.4']],
    ['stability', '0,4', ['0.4']],
    ['speed', '-,5', ['-0.5']],
    ['speed', '−0.5', ['-0.5']],
    ['speed', 'undefined', []],
    ['speed', '+0,5', ['0.5']],
    ['speed', '–0.5', ['-0.5']],
    ['stability', 'NaN', []],
    ['supportedLocales', 'None', []],
    ['description', ' NULL', []],
    ['supportedLocales', '["en-US", "en-GB"]', ['en-US', 'en-GB']],
    ['supportedLocales', 'en_GB', ['en-GB']],
    ['supportedLocales', 'en-gb, EN-US,', ['en-GB', 'en-US']],
    ['supportedLocales', 'en-GB\nen-US; en_gb', ['en-GB', 'en-US']],
    ['supportedLocales', ['en-GB, en-US'], ['en-GB', 'en-US']],
    ['supportedLocales', "['en-GB', 'en-US']", ['en-GB', 'en-US']],
    ['supportedLocales', '{en-GB,"en-US"}', ['en-GB', 'en-US']],
    ['supportedLocales', 'en–GB | EN US', ['en-GB', 'en-US']],
    ['supportedLocales', 'en-GB en_US\tde-AT', ['en-GB', 'en-US', 'de-AT']],
    ['supportedLocales', [['en-GB'], null, '', 'null'], ['en-GB']],
    ['supportedLocales', 'German (Austria)', ['de-AT']],
    ['supportedLocales', 'GERMAN (austria); Polish (Poland)', ['de-AT', 'pl-PL']],
    ['supportedLocales', ' , ', []],
    ['providerType', 'ElevenLabs', ['ELEVENLABS']],
    ['providerType', 'google cloud', ['GOOGLE_CLOUD']],
    ['providerType', ['"Cartesia\u200b"'], ['CARTESIA']],
    ['description', 2026, ['2026']],
    ['description', new Date(0), ['1970-01-01T00:00:00.000Z']],
    ['stability', new Date(Number.NaN), []],
    ['description', '  ', []],
    ['description', null, []],
    ['description', undefined, []],
  ])('%s %j', async (name, value, expected) => {
    await success(withField(name, value));
    const fields = api.requests[0]?.fields.filter(([field]) => field === name);
    expect(fields?.map(([, field]) => field)).toEqual(expected);
  });

  it.each([
    [12345, '12345'],
    ['  Amelia\n', 'Amelia'],
    ['Amelia\tB.\r\nC.', 'Amelia B. C.'],
  ])('name %j', async (name, expected) => {
    await run({
      items: [{ json: { name }, files: { data: one } }],
      parameters: { name: '={{ $json.name }}' },
    });
    expect(api.voices.map((voice) => voice.name)).toEqual([expected]);
  });

  it.each([
    [42, '42'],
    ['', undefined],
    ['null', undefined],
  ])('Sub-Organization ID %j', async (id, sentId) => {
    await success(withField('subOrganizationId', id));
    expect(api.requests[0]?.headers['x-sub-organization-id']).toBe(sentId);
  });

  it.each(['', null, ' 120 '])('Timeout %j', async (timeout) => {
    await run({
      items: [{ json: { timeout }, files: { data: one } }],
      parameters: { options: { timeout: '={{ $json.timeout }}' } },
    });
    expect(api.voices).toHaveLength(1);
  });
});

it.each([
  ['={{ DateTime.fromMillis(0, { zone: "utc" }) }}', '1970-01-01T00:00:00.000Z'],
  ['={{ new Date(0) }}', '1970-01-01T00:00:00.000Z'],
  // As MongoDB's ObjectId.
  ['={{ ({ toJSON: () => "65f0c0ffee" }) }}', '65f0c0ffee'],
])('the Name %s is what JSON has for it', async (name, expected) => {
  await success({ parameters: { name } });
  expect(api.voices).toMatchObject([{ name: expected }]);
});

it.each(['={{ $json.none }}', null])('Additional Fields that are %s are none', async (additionalFields) => {
  await success({ parameters: { additionalFields } });
  expect(api.requests[0]?.fields).toEqual([['name', 'Amelia']]);
});

describe('a value that could mean anything is refused', () => {
  it('with what it is, where it stands and where it comes from', async () => {
    const error = await refusal({
      items: [{ json: { s: '50%', name: '  Amy   ' }, files: { data: one } }],
      parameters: { name: '={{ $json.name }}', additionalFields: { stability: '={{ $json.s }}', speed: 3 } },
    });
    expect(error?.message).toContain('Name must have at least 5 characters');
    expect(error?.message).toContain('Stability must be a number from 0 to 1');
    expect(error?.description).toContain('\'Name\' comes from {{ $json.name }}, which returned "  Amy   "');
    expect(error?.description).toContain(
      "'Stability' in 'Additional Fields' comes from {{ $json.s }}, which returned \"50%\"",
    );
    expect(error?.description).toContain("Correct 'Speed' in 'Additional Fields'.");
  });

  it.each([
    ['stability', '1,000'],
    ['supportedLocales', 'en'],
    ['supportedLocales', 'German, Austria'],
    ['subOrganizationId', 2 ** 60],
    ['subOrganizationId', 'a b'],
    ['description', { text: 'A friendly voice' }],
    ['description', 'A voice of {{ $json.who }}'],
  ])('%s %j', async (name, value) => {
    const error = await refusal(withField(name, value));
    expect(error?.description).toContain('correct the expression');
  });

  it.each(['{{ $json.name }}', 'Voice of [object Object]', 'undefined undefined', '\u200b'.repeat(5)])(
    'Name %j, which nobody means',
    async (name) => {
      const error = await refusal({
        items: [{ json: { name }, files: { data: one } }],
        parameters: { name: '={{ $json.name }}' },
      });
      expect(error?.message).toMatch(/^Name must/);
    },
  );

  it.each([true, '1,000', '10 min', 0])(
    'Timeout %j, because a short one makes voices nobody hears of',
    async (t) => {
      const error = await refusal({
        items: [{ json: { t }, files: { data: one } }],
        parameters: { options: { timeout: '={{ $json.t }}' } },
      });
      expect(error?.message).toBe('Timeout (Seconds) must be a number greater than 0');
    },
  );

  it.each([['allitems'], [''], [null], ['One Voice From All Items'], ['={{ $json.mode }}']])(
    'Voices to Make %j, because it decides what is billed',
    async (voicesToMake) => {
      const error = await refusal({
        items: [
          { json: { mode: 'allItems' }, files: { data: one } },
          { json: { mode: 'eachItem' }, files: { data: two } },
        ],
        parameters: { voicesToMake },
      });
      expect(error?.message).toContain('Voices to Make');
      expect(error?.description).toContain('decides how many voices are billed');
    },
  );

  it.each([{ operation: 'create' }, { resource: 'agent' }])('%j', async (parameters) => {
    const error = await refusal({ parameters });
    expect(error?.message).toContain(`no ${Object.keys(parameters)[0]}`);
  });

  it.each(['', 'sk test', 'sk-ключ', 'Bearer sk-test'])('the API key %j', async (apiKey) => {
    const error = await refusal({ credential: { apiKey } });
    expect(error?.message).toContain('API Key of the credential');
  });

  it.each([
    ['eachItem', { json: { name: 'Bob' }, files: { data: two } }],
    ['allItems', { json: { name: 'Amelia' }, files: { data: { name: 'two.wav', content: wav(44) } } }],
  ])('which item it is, counted like n8n’s panels (%s)', async (voicesToMake, second) => {
    const error = await failure({
      items: [{ json: { name: 'Amelia' }, files: { data: one } }, second],
      parameters: { name: '={{ $json.name }}', voicesToMake },
    });
    // n8n shows "[item 1]".
    expect(error?.context.itemIndex).toBe(1);
    expect(error?.description).toContain('This is item 2 of 2');
  });
});

it('what Callers says of all items together is shown of none', async () => {
  api.behaveNext({ kind: 'answer', status: 504 });
  const error = await failure({
    items: [{ files: { data: one } }, { files: { data: two } }],
    parameters: { voicesToMake: 'allItems' },
  });
  expect(error?.context).not.toHaveProperty('itemIndex');
  expect(error?.description).not.toContain('item 1');
});

it.each([` ${API_KEY}\n`, `"${API_KEY}"`, `' ${API_KEY}'\r\n`])(
  'the key and the address with white space and quotes around them work: %j',
  async (apiKey) => {
    await success({ credential: { apiKey, apiUrl: apiKey.replace(API_KEY, `${api.url}/`) } });
    expect(api.voices).toHaveLength(1);
  },
);

/** What the node says without a connection: there is no voice, although n8n’s client may have taken all bytes before. */
async function unreachable(apiUrl: string) {
  let error: Awaited<ReturnType<typeof failure>>;
  for (const binaryData of storages) {
    error = await failure({ credential: { apiUrl }, binaryData });
    expect(error?.context).toMatchObject({ code: 'API_UNREACHABLE', voiceMayExist: false });
  }
  return error;
}

it.each(['http://127.0.0.1:9', 'https://callers.invalid'])('no voice may exist without %s', async (url) => {
  expect(await unreachable(url)).toHaveProperty('message', 'Callers could not be reached');
});

it('no voice may exist without a server at any of several addresses', async () => {
  const addresses = [1, 2].map((last) => ({ address: `127.0.0.${last}`, family: 4 }));
  vi.spyOn(dns, 'lookup').mockImplementation(((...[, , callback]: [string, object, Function]) =>
    callback(null, addresses)) as never);
  const error = await unreachable('http://localhost:9');
  const { message } = await engine.testCredential({ apiUrl: 'http://localhost:9' });
  vi.restoreAllMocks();
  expect(error?.description).toContain('ECONNREFUSED');
  expect(message).toBe('No server listens at localhost:9: correct the Base URL (ECONNREFUSED)');
  expect(error?.description).toContain(message);
});

describe('the test of a credential says what to correct', () => {
  it('nothing, if Callers takes the key', async () => {
    expect(await engine.testCredential({ apiKey: ` ${API_KEY} ` })).toMatchObject({ status: 'OK' });
    expect(api.voices).toEqual([]);
  });

  it.each([
    ['the key', { apiKey: 'sk-wrong' }, 'Callers rejected this API key'],
    ['no key', { apiKey: '' }, 'There is no API Key to test'],
    ['a key that cannot be sent', { apiKey: 'sk ключ' }, 'API Key must be'],
    ['an address without https://', { apiUrl: 'api.callers.ai' }, 'must be a URL such as https://'],
    ['an address without encryption', { apiUrl: 'http://callers.example' }, 'must start with https://'],
    [
      'a closed port',
      { apiUrl: 'http://127.0.0.1:9' },
      'No server listens at 127.0.0.1:9: correct the Base URL',
    ],
    ['an unknown host', { apiUrl: 'https://callers.invalid' }, 'callers.invalid'],
    ['one slash', { apiUrl: 'https:/callers.invalid' }, 'must start with https://'],
    // This machine, but not by a name that only this machine can have.
    ['another name of this machine', { apiUrl: 'http://0.0.0.0:9' }, 'https://'],
    [
      'the address of the operation',
      { apiUrl: 'https://callers.invalid/voices/voice-clone' },
      'must be the address before /voices/voice-clone',
    ],
  ])('%s', async (_, data, message) => {
    const result = await engine.testCredential(data);
    expect(result).toMatchObject({ status: 'Error', message: expect.stringContaining(message) });
    expect(JSON.stringify(result)).not.toContain(API_KEY);
  });

  it.each(['itself', 'an authority that n8n does not know'])('a certificate signed by %s', async (by) => {
    const issuer = by === 'itself' ? undefined : await selfSigned('authority');
    const secure = await startCallersApiSimulator({ tls: await selfSigned('localhost', issuer) });
    const { message } = await engine.testCredential({ apiUrl: secure.url });
    const error = await unreachable(secure.url);
    await secure.close();
    expect(message).toContain('NODE_EXTRA_CA_CERTS');
    expect(error?.description).toContain(message);
  });

  it.each(['server', 'proxy'])('a %s that hangs up before the encryption', async (by) => {
    const closing = await startRawServer((socket) => socket.resume().end());
    if (by === 'proxy') vi.stubEnv('HTTPS_PROXY', closing.url);
    const url = by === 'proxy' ? 'https://callers.invalid' : closing.url.replace('http', 'https');
    const error = await unreachable(url);
    vi.unstubAllEnvs();
    await closing.close();
    expect(error?.description).toContain('did not answer: check the Base URL and the network');
  });

  it.each([
    ['http://127.0.0.1:9', 'n8n’s proxy cannot be reached at 127.0.0.1:9'],
    ['http://proxy.invalid:3128', 'n8n’s proxy cannot be reached at proxy.invalid'],
  ])('the proxy %s, which is not there', async (proxy, expected) => {
    vi.stubEnv('HTTPS_PROXY', proxy);
    const { message } = await engine.testCredential({ apiUrl: 'https://callers.invalid' });
    const error = await unreachable('https://callers.invalid');
    vi.unstubAllEnvs();
    expect(message).toContain(expected);
    expect(error?.description).toContain(expected);
  });

  it.each([
    [200, '<!doctype html><title>Welcome</title>', 'There is no Callers API at the Base URL'],
    [200, '{}', 'There is no Callers API at the Base URL'],
    [400, '<h1>Bad Request</h1>', 'There is no Callers API at the Base URL'],
    [302, '', 'The Base URL leads elsewhere (302)'],
    [404, '', 'There is no Callers API at the Base URL'],
    [403, '{}', 'does not allow this API key'],
    [403, '{"message":"Missing Authentication Token"}', 'There is no Callers API at the Base URL'],
    [403, '<h1>Forbidden</h1>', 'A proxy, or another server before Callers'],
    [403, '', 'A proxy, or another server before Callers'],
    [401, '', 'Callers rejected this API key'],
    [401, '<h1>Authorization Required</h1>', 'A proxy, or another server before Callers'],
    [402, '{}', 'rejected the test (402)'],
    [407, '', 'proxy requires a password'],
    [429, '{}', 'Try again in a minute'],
    [503, '{}', 'Try again in a minute'],
  ])('an answer %i %s', async (status, body, message) => {
    api.behaveNext({ kind: 'answer', status, body });
    const result = await engine.testCredential({});
    expect(result).toMatchObject({ status: 'Error', message: expect.stringContaining(message) });
  });
});

type NamedByType = [name: string, type: string, content: Buffer, filename: string, mimeType: string];

describe('a recording without a proper name', () => {
  const anyType = expect.any(String) as string;
  const unknown = one.content.subarray(44);
  const mp3Frame = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413, 0x55)]);
  const mp3 = Buffer.concat(Array<Buffer>(20).fill(mp3Frame));
  const tagged = Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\0\x0a'), Buffer.alloc(10), mp3]);
  const adtsFrame = Buffer.concat([
    Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x20, 0x3f, 0xfc]),
    Buffer.alloc(250, 0x21),
  ]);
  const aac = Buffer.concat(Array<Buffer>(20).fill(adtsFrame));

  it.each<NamedByType>([
    ['file', 'text/plain', mp3, 'file.mp3', 'audio/mpeg'],
    ['file', 'application/octet-stream', tagged, 'file.mp3', 'audio/mpeg'],
    ['file', 'text/plain', aac, 'file.aac', 'audio/aac'],
    ['recording.bin', 'application/octet-stream', one.content, 'recording.bin.wav', 'audio/wav'],
    ['voice', 'text/html', one.content, 'voice.wav', 'audio/wav'],
    ['\\\\server\\amelia\\a.wav', 'audio/mpeg; charset=binary', one.content, 'a.wav', 'audio/wav'],
    ['/home/amelia/a', 'AUDIO/X-WAV; codec=1', one.content, 'a.wav', 'audio/wav'],
    ['a.wav?token=secret#t=1', 'audio/wav', one.content, 'a.wav', 'audio/wav'],
    ['.wav', 'audio/wav', one.content, 'sample.wav', 'audio/wav'],
    [' ', 'audio/wav', one.content, 'sample.wav', 'audio/wav'],
    ['a\0\n.wav ', 'audio/wav', one.content, 'a.wav', 'audio/wav'],
    ...Object.entries({
      'audio/mpeg': 'mp3',
      'audio/mp4': 'm4a',
      'audio/x-m4a': 'm4a',
      'audio/flac': 'flac',
      'audio/ogg; codecs=opus': 'ogg',
      'audio/opus': 'opus',
      'audio/aac': 'aac',
      'audio/3gpp': '3gp',
      'audio/webm': 'webm',
    }).map(([type, extension]): NamedByType => ['download', type, unknown, `download.${extension}`, anyType]),
    ['Dr. Who', 'audio/wav', one.content, 'Dr. Who.wav', anyType],
    ['speech.mpga', 'audio/mpeg', one.content, 'speech.mp3', anyType],
    ['speech.oga', 'audio/ogg', one.content, 'speech.ogg', anyType],
    ['speech.weba', 'audio/webm', one.content, 'speech.webm', anyType],
    ['speech.wav', 'audio/mpeg', one.content, 'speech.wav', anyType],
    ['speech.3gp', 'audio/3gpp', one.content, 'speech.3gp', anyType],
  ])('%s of type %s is named by its content', async (name, type, content, filename, mimeType) => {
    for (const binaryData of storages)
      await success({ items: [{ files: { data: { name, type, content } } }], binaryData });
    expect(api.requests.map(({ files }) => files)).toMatchObject(
      storages.map(() => [{ filename, mimeType }]),
    );
  });
});

describe('base64 that a workflow made itself', () => {
  const file = '={{ ({ data: $json.data, mimeType: "audio/wav", fileName: "one.wav" }) }}';
  const parameters = { binaryFields: file };
  const base64 = one.content.toString('base64');
  const lines = (base64.match(/.{1,76}/g) ?? []).join('\r\n');

  it.each([
    ['with line breaks', lines],
    ['as a data: URI', `data:audio/wav;base64,${base64}`],
    [
      'as a data: URI with parameters, line breaks and escapes',
      `data:audio/wav;codecs=1;base64,${lines.replaceAll('+', '%2B')}`,
    ],
    ['for URLs, without padding', one.content.toString('base64url')],
    ['as JSON text, with its escapes', JSON.stringify(lines).replaceAll('/', '\\/')],
    ['escaped for URLs', encodeURIComponent(base64)],
    ['with indented lines', lines.replaceAll('\n', '\n ')],
    ['with lines joined by spaces', lines.replaceAll('\r\n', ' ')],
    ['that a form read, with spaces for +', base64.replaceAll('+', ' ')],
    ['no more, but a Buffer of PostgreSQL', one.content.toJSON()],
    ['no more, but hexadecimal digits of PostgreSQL', `\\x${one.content.toString('hex')}`],
    ['no more, but hexadecimal digits of MySQL', one.content.toString('hex').toUpperCase()],
    ['no more, but hexadecimal digits of SQL Server', `0x${one.content.toString('hex')}`],
    ['no more, but a list of numbers', [...one.content]],
    ['no more, but what JSON makes of a Uint8Array', Object.fromEntries(one.content.entries())],
  ])('%s', async (_, data) => {
    await success({ items: [{ json: { data } }], parameters });
    expect(api.requests[0]?.files).toMatchObject([
      { filename: 'one.wav', sha256: createHash('sha256').update(one.content).digest('hex') },
    ]);
  });

  const uri = `data:audio/mpeg;base64,${one.content.subarray(44).toString('base64')}`;

  it.each([
    ['as a data: URI, which says what it is', 'sample.mp3', uri],
    ['as a data: URI in quotes', 'sample.mp3', ` "${uri}"`],
    ['as a JSON list', 'sample.mp3', JSON.stringify([uri])],
    ['bare', 'sample.wav', base64],
    ['bare, with line breaks', 'sample.wav', lines],
  ])('in a text field, %s', async (_, filename, data) => {
    await success({ items: [{ json: { data } }], parameters: { binaryFields: '={{ $json.data }}' } });
    expect(api.requests[0]?.files).toMatchObject([{ filename }]);
  });

  it.each([
    ['sample.wav', base64],
    ['sample.wav', one.content],
    ['sample.wav', one.content.toJSON()],
    ['sample.wav', { data: one.content }],
    ['sample.wav', { data: new Int16Array(Uint8Array.from(one.content).buffer) }],
    ['sample.wav', { data: base64, mimeType: 5, fileName: null, id: '' }],
    ['2024.wav', { data: base64, mimeType: 'audio/wav', fileName: 2024 }],
    [
      'sample.mp3',
      {
        data: Buffer.from(one.content).fill('?', 0, 44).toString('base64'),
        mimeType: 'application/octet-stream',
        fileExtension: 'mp3',
      },
    ],
  ])('in a file that code made: %s', async (filename, data) => {
    await success({
      parameters: { binaryFields: '*' },
      between: { name: 'Code', type: 'test.code' },
      nodeTypes: {
        'test.code': nodeType({}, () => Promise.resolve([[{ binary: { data, none: null } } as never]])),
      },
    });
    expect(api.requests[0]?.files).toMatchObject([{ filename, size: one.content.length }]);
  });

  it.each(['<p>no</p>', 'data:audio/wav;base64,%zz', base64.slice(0, 4001)])(
    'that is none is refused: %.40s',
    async (data) => {
      const error = await refusal({ items: [{ json: { data } }], parameters });
      expect(error?.message).toBe('The file "one.wav" could not be read');
      expect(error?.description).toContain('not base64');
    },
  );
});

it.each(storages)('the same recording from two nodes is sent once, kept in %s', async (binaryData) => {
  await run({
    items: [
      { files: { data: one, copy: { ...one, name: 'copy.wav' } } },
      { files: { data: { ...one, name: 'again.wav' }, more: { name: 'as-long.wav', content: wav(5_001) } } },
      { files: { data: two } },
    ],
    parameters: { voicesToMake: 'allItems', binaryFields: '*' },
    binaryData,
  });
  expect(sent()).toEqual([['one.wav', 'as-long.wav', 'two.wav']]);
});

describe.each(storages)('an expression, with files kept in %s,', (binaryData) => {
  it.each([
    ['={{ $binary }}', ['one.wav', 'two.wav']],
    ['={{ $binary.other }}', ['two.wav']],
    ['={{ [$binary.other, "data"] }}', ['two.wav', 'one.wav']],
    ['={{ $("Files").item.binary.other }}', ['two.wav']],
    ['={{ $("Files").first().binary }}', ['one.wav', 'two.wav']],
    ['={{ $("Files").all() }}', ['one.wav', 'two.wav']],
    ['={{ $input.item }}', ['one.wav', 'two.wav']],
    ['={{ Object.values($binary) }}', ['one.wav', 'two.wav']],
    ['={{ $node["Files"].binary.other }}', ['two.wav']],
    ['={{ $input.item.binary.other }}', ['two.wav']],
  ])('%s returns files', async (binaryFields, expected) => {
    await success({
      items: [{ files: { data: one, other: two } }],
      parameters: { binaryFields },
      binaryData,
    });
    expect(sent()).toEqual([expected]);
  });
});

it('two files that $binary describes alike are not mixed up', async () => {
  const error = await refusal({
    items: [{ files: { data: one, other: { name: 'one.wav', content: wav(5_000).fill(1, 60) } } }],
    parameters: { binaryFields: '={{ $binary.other }}' },
    binaryData: 'default',
  });
  expect(error?.description).toContain('name of the field instead');
});

it('a file of another node is not mixed up with one in the field of that name', async () => {
  const error = await refusal({
    parameters: { binaryFields: '={{ $node["Files"].binary }}' },
    binaryData: 'default',
    between: { name: 'Other', type: 'test.other' },
    nodeTypes: {
      'test.other': nodeType({}, async (context) => [
        [{ json: {}, binary: { data: await context.helpers.prepareBinaryData(two.content, two.name) } }],
      ]),
    },
  });
  expect(error?.description).toContain("$('Read Files').item.binary.data");
});

it.each([
  ['a, b', { 'a, b': one }, ['one.wav']],
  ['other', { data: one, other: two }, ['two.wav']],
  [' data , c ', { data: one, b: two, c: three }, ['one.wav', 'three.mp3']],
  ['data,data', { data: one, other: two }, ['one.wav']],
  ['*', { data: one, other: two, c: three }, ['one.wav', 'two.wav', 'three.mp3']],
  ['data; other', { data: one, other: two }, ['one.wav', 'two.wav']],
  ['data\nother', { data: one, other: two }, ['one.wav', 'two.wav']],
  ['["other", "data"]', { data: one, other: two }, ['two.wav', 'one.wav']],
  ['*, data', { data: one, other: two }, ['one.wav', 'two.wav']],
  ['={{ Object.keys($binary) }}', { 'a,b': one, ' c ': two }, ['one.wav', 'two.wav']],
])('the fields %j are found', async (binaryFields, files, expected) => {
  await run({ items: [{ files }], parameters: { binaryFields } });
  expect(sent()).toEqual([expected]);
});

it.each(['constructor', '={{ $json }}'])('%s is no file', async (binaryFields) => {
  const error = await refusal({
    items: [{ json: { data: [1, 2] }, files: { data: one } }],
    parameters: { binaryFields },
  });
  expect(error?.description).toContain('The item has files in: data.');
});

it.each([
  ['NO_SAMPLES', {}, '*'],
  ['EMPTY_SAMPLE', { data: { name: 'a.wav', content: new Uint8Array() } }, 'data'],
  ['NOT_AUDIO', { data: { name: 'a.wav', content: Buffer.from('<!doctype html>') } }, 'data'],
  ['NO_SOUND', { data: { name: 'a.wav', content: wav(44) } }, 'data'],
  ['MISSING_SAMPLES', { data: one }, '={{ { ...$binary.data, id: $binary.data.id + "0" } }}'],
  ['INVALID_INPUT', { data: one }, 'audio'],
  // A file of Google Drive.
  ['INVALID_INPUT', { data: one }, '={{ ({ id: "1xYz", mimeType: "audio/mpeg" }) }}'],
])('a workflow can branch on %s', async (code, files, binaryFields) => {
  const { outputs } = await run({
    items: [{ files }],
    parameters: { binaryFields },
    node: { onError: 'continueErrorOutput' },
  });
  expect(outputs[1]?.map(({ json }) => json['error'])).toMatchObject([{ code, voiceMayExist: false }]);
});

describe('files that are not where the node looks', () => {
  it('in fields that a form made: all of them are suggested', async () => {
    const error = await refusal({ items: [{ files: { Voice_Samples_0: one, Voice_Samples_1: two } }] });
    expect(error?.message).toBe('The item has no file in the field "data"');
    expect(error?.description).toContain(
      'Voice_Samples_0, Voice_Samples_1. Enter one of these names, or * for all',
    );
  });

  it('that an expression did not choose', async () => {
    const error = await refusal({ parameters: { binaryFields: '={{ [] }}' } });
    expect(error?.description).toContain('The item has files in: data.');
  });

  it('lost because the node before is pinned', async () => {
    const error = await refusal({ pinned: [{ json: { name: 'Amelia' } }] });
    expect(error?.description).toContain('The output of "Files" is pinned');
  });

  it.each([
    ['n8n-nodes-base.set', '"Edit" passes on files only with Include Other Input Fields'],
    ['n8n-nodes-base.httpRequest', '"Edit" passes on a file if its Response Format is File'],
    ['test.other', '"Edit" passed on none'],
  ])('lost by a node of type %s', async (type, expected) => {
    const error = await refusal({
      between: { name: 'Edit', type },
      nodeTypes: { [type]: withoutFiles },
    });
    expect(error?.description).toContain(expected);
  });
});

/** A file as a Code node makes it. */
const inMemory = ({ name, content }: { name: string; content: Uint8Array }) => ({
  fileName: name,
  mimeType: 'audio/wav',
  data: Buffer.from(content).toString('base64'),
});

describe('as a tool', () => {
  const asTool = { name: 'Amelia' };
  const calls: [string, RunOptions][] = [
    ['by the agent', { asTool }],
    ['by the engine', { engineCalls: [[asTool]] }],
    ['by the engine, once a person has approved it', { engineCalls: [[asTool]], reviewedAt: 'Review' }],
  ];
  const byDefault = () =>
    engine.nodeDescription.properties.find(
      ({ name, displayOptions }) => name === 'binaryFields' && displayOptions?.show?.['@tool'],
    );
  const parameters = () => ({
    name: "={{ $fromAI('name', '', 'string') }}",
    binaryFields: byDefault()?.default,
  });

  it.each(calls)(
    'called %s, the default finds the files before the agent, whatever the node is called',
    async (_, call) => {
      for (const binaryData of storages) {
        const { toolAnswer } = await success({
          items: [{ files: { data0: one, data1: two } }],
          parameters: parameters(),
          between: { name: 'Between', type: 'test.between' },
          nodeTypes: { 'test.between': withoutFiles },
          binaryData,
          ...call,
        });
        expect(toolAnswer).toContain(api.voices.at(-1)?.id);
      }
      expect(sent()).toEqual(storages.map(() => ['one.wav', 'two.wav']));
    },
  );

  it('n8n does not offer to let the model fill in the files', () => {
    expect(byDefault()?.type).toBe('options');
  });

  it('a message without files says so', async () => {
    const error = await refusal({ items: [{}], parameters: parameters(), asTool });
    expect(JSON.stringify(error)).toContain('Allow File Uploads');
  });

  it('an expression without a file is named as the panel of a tool names it', async () => {
    const error = await refusal({ parameters: { ...parameters(), binaryFields: '={{ ({}) }}' }, asTool });
    expect(error?.message).toMatch(/^Audio Files must be/);
  });

  it('files of several items are not mixed up', async () => {
    const error = await refusal({
      items: [{ files: { data: one } }, { files: { data: two } }],
      parameters: parameters(),
      asTool,
    });
    expect(error?.message).toContain('several items with files');
  });

  it.each(calls)('called %s, files that went to another branch are not taken', async (_, call) => {
    const branches = nodeType({ outputs: ['main', 'main'] }, (context) =>
      Promise.resolve(
        context.getInputData().map((item, index) => [{ ...item, pairedItem: { item: index } }]),
      ),
    );
    await run({
      items: [{ files: { data: one } }, { files: { data: two } }],
      parameters: parameters(),
      between: { name: 'Branches', type: 'test.branches', output: 1 },
      nodeTypes: { 'test.branches': branches },
      ...call,
    });
    expect(sent()).toEqual([['two.wav']]);
  });

  it('called by the engine twice in an execution, the second call takes the same files', async () => {
    await run({
      items: [{ files: { data: one } }],
      parameters: parameters(),
      between: { name: 'Second', type: 'test.second', output: 1 },
      nodeTypes: {
        'test.second': nodeType({ outputs: ['main', 'main'] }, () =>
          Promise.resolve([[], [{ json: {}, binary: { data: inMemory(two) } }]]),
        ),
      },
      engineCalls: [[asTool], [{ name: 'Bertram' }]],
    });
    expect(sent()).toEqual([['two.wav'], ['two.wav']]);
  });

  const turns = nodeType({}, (context) => {
    const turn = Number(context.getWorkflowDataProxy(0)['$runIndex']);
    const files = context.getWorkflowDataProxy(0)['$']('Files', true).all() as INodeExecutionData[];
    return Promise.resolve([files.slice(turn, turn + 1)]);
  });

  it.each([
    ['file', { binaryFields: '={{ $("Files").item.binary.data }}' }],
    ['name', { name: '={{ $("Files").item.json.name }}' }],
  ])('called by the engine in a loop, an expression does not take the %s of another turn', async (_, by) => {
    const { toolAnswers } = await run({
      items: [one, two].map((data) => ({ json: { name: data.name }, files: { data } })),
      parameters: { ...parameters(), ...by },
      node: { onError: 'continueRegularOutput' },
      loops: 2,
      nodeTypes: { 'test.loop': turns },
      engineCalls: [[asTool]],
    });
    expect(sent()).toEqual([['one.wav']]);
    expect(toolAnswers[1]).toContain('several items');
  });

  it.each(calls)('called %s in a loop, each turn takes its own files', async (_, call) => {
    await run({
      items: [{ files: { data: one } }, { files: { data: two } }],
      parameters: parameters(),
      loops: 2,
      nodeTypes: { 'test.loop': turns },
      ...call,
    });
    expect(sent()).toEqual([['one.wav'], ['two.wav']]);
  });

  it.each(calls)('called %s, the nearest of several nodes with files counts', async (_, call) => {
    await run({
      items: [{ files: { data: two } }],
      parameters: parameters(),
      between: { name: 'Between', type: 'test.between' },
      nodeTypes: {
        'test.trigger': nodeType({ inputs: [] }, () =>
          Promise.resolve([[{ json: {}, binary: { data: inMemory(one) } }]]),
        ),
        'test.between': withoutFiles,
      },
      ...call,
    });
    expect(sent()).toEqual([['two.wav']]);
  });

  it.each(calls)(
    'called %s, an expression does not take the files of the first item for another',
    async (_, call) => {
      const error = await failure({
        items: [{ files: { data: one } }, { files: { data: two } }],
        parameters: { ...parameters(), binaryFields: '={{ $("Files").item.binary.data }}' },
        ...call,
      });
      expect(JSON.stringify(error)).toContain('several items');
      expect(sent()).toEqual([]);
    },
  );

  it('of an MCP server says that no node has files', async () => {
    const { toolAnswers } = await run({
      parameters: parameters(),
      mcp: true,
      agent: async (prepare) => [
        await (await prepare()).invoke({ name: 'Amelia' }).catch((error: Error) => error.message),
      ],
    });
    expect(toolAnswers[0]).toContain('No node before this tool has files');
  });

  it('keeps files inside the JSON', { skip: !keepsFilesInJson }, async () => {
    await run({ parameters: parameters(), settings: { binaryMode: 'combined' }, asTool });
    expect(sent()).toEqual([['one.wav']]);
  });
});
