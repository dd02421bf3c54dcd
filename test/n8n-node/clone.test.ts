import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { answerRows, startAnswering } from '../support/answers.ts';
import { API_KEY } from '../support/api-key.ts';
import { largeSample } from '../support/samples.ts';
import { closedPort } from '../support/servers.ts';
import { wav } from '../support/wav.ts';
import {
  type Engine,
  keepsFilesInJson,
  openBinaryFiles,
  remoteStorage,
  type RunOptions,
  startEngine,
} from './engine.ts';

let api: CallersApiSimulator;
let engine: Engine;

beforeAll(async () => {
  engine = await startEngine(() => api.url, API_KEY);
});
afterAll(() => engine.close());
beforeEach(async () => {
  api = await startCallersApiSimulator({ apiKey: API_KEY, subOrganizations: ['sub-1'] });
});
afterEach(async () => {
  await api.close();
  // Node closes a destroyed file asynchronously.
  await vi.waitFor(() => {
    const open = openBinaryFiles();
    if (open.length > 0) throw new Error(`files were left open: ${open.join(', ')}`);
  }, patience);
});

const patience = { timeout: 30_000, interval: 10 };
/** n8n delivers a file from the first in chunks, from the others at once. */
const storages = ['filesystem-v2', 'default', 's3'] as const;
const one = { name: 'one.wav', content: wav(5_000) };
const two = { name: 'two.wav', content: wav(6_000) };
const three = { name: 'three.mp3', content: wav(7_000) };
const large = { name: 'large.wav', content: wav(8_000_000) };
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const sent = () => api.requests.map(({ files }) => files.map(({ filename }) => filename));

/** Runs one item with one file, which fails, and returns the error that the editor would show. */
async function failure(options: RunOptions = {}) {
  const { error, run } = await engine.run({ items: [{ files: { data: one } }], ...options });
  expect(JSON.stringify(run)).not.toContain(API_KEY);
  expect(error).toBeDefined();
  return error;
}

describe('what is sent', () => {
  it('one file and a name make a voice, and every field of it is output', async () => {
    const { outputs, error } = await engine.run({ items: [{ files: { data: one } }] });
    expect(error).toBeUndefined();
    expect(outputs).toEqual([[{ json: api.voices[0], pairedItem: [{ item: 0 }] }]]);
    expect(api.requests).toMatchObject([
      {
        headers: { authorization: API_KEY },
        fields: [['name', 'Amelia']],
        files: [{ field: 'files', filename: 'one.wav', mimeType: 'audio/wav', sha256: sha256(one.content) }],
        problems: [],
        complete: true,
      },
    ]);
    expect(api.requests[0]?.headers).not.toHaveProperty('x-sub-organization-id');
  });

  it('every additional field reaches the API', async () => {
    const additionalFields = {
      description: 'Front "desk"',
      providerType: 'CARTESIA',
      similarityBoost: 0.75,
      speed: -0.5,
      stability: 0,
      subAccounts: true,
      subOrganizationId: 'sub-1',
      supportedLocales: ['en-GB', 'arz-EG'],
      supportsAllLanguages: false,
    };
    const { error } = await engine.run({
      items: [{ files: { data: one } }],
      parameters: { name: 'Amelia 🎙', additionalFields },
    });
    expect(error).toBeUndefined();
    expect(new Set(api.requests[0]?.fields)).toEqual(
      new Set([
        ['name', 'Amelia 🎙'],
        ['description', 'Front "desk"'],
        ['providerType', 'CARTESIA'],
        ['similarityBoost', '0.75'],
        ['speed', '-0.5'],
        ['stability', '0'],
        ['subAccounts', 'true'],
        ['supportedLocales', 'en-GB'],
        ['supportedLocales', 'arz-EG'],
        ['supportsAllLanguages', 'false'],
      ]),
    );
    expect(api.requests[0]?.headers['x-sub-organization-id']).toBe('sub-1');
  });

  it('text from a table becomes a number, flag or list, and empty text is left out', async () => {
    const { error } = await engine.run({
      items: [{ json: { n: '0.4', flag: 'true', list: 'en-US, en-GB', none: '' }, files: { data: one } }],
      parameters: {
        additionalFields: {
          stability: '={{ $json.n }}',
          subAccounts: '={{ $json.flag }}',
          supportedLocales: '={{ $json.list }}',
          description: '={{ $json.none }}',
          speed: '={{ $json.missing }}',
          subOrganizationId: '={{ $json.none }}',
        },
      },
    });
    expect(error).toBeUndefined();
    expect(new Set(api.requests[0]?.fields)).toEqual(
      new Set([
        ['name', 'Amelia'],
        ['stability', '0.4'],
        ['subAccounts', 'true'],
        ['supportedLocales', 'en-US'],
        ['supportedLocales', 'en-GB'],
      ]),
    );
  });

  it.each([
    ['download', 'audio/mpeg', 'download.mp3'],
    ['download', 'audio/mp4', 'download.m4a'],
    ['download', 'audio/x-m4a', 'download.m4a'],
    ['download', 'audio/flac', 'download.flac'],
    ['download', 'audio/ogg; codecs=opus', 'download.ogg'],
    ['download', 'audio/opus', 'download.opus'],
    ['download', 'audio/aac', 'download.aac'],
    ['download', 'audio/3gpp', 'download.3gp'],
    ['download', 'audio/webm', 'download.webm'],
    ['Dr. Who', 'audio/wav', 'Dr. Who.wav'],
    ['speech.mpga', 'audio/mpeg', 'speech.mp3'],
    ['speech.oga', 'audio/ogg', 'speech.ogg'],
    ['speech.weba', 'audio/webm', 'speech.webm'],
    ['speech.wav', 'audio/mpeg', 'speech.wav'],
    ['speech.3gp', 'audio/3gpp', 'speech.3gp'],
    ['download', 'application/octet-stream', 'download.wav'],
    ['file', 'text/plain', 'file.wav'],
  ])('a file %s of type %s is called %s', async (name, type, expected) => {
    const { run } = await engine.run({ items: [{ files: { data: { name, content: one.content, type } } }] });
    expect(run.status).toBe('success');
    expect(sent()).toEqual([[expected]]);
  });
});

describe('where the samples are', () => {
  const files = { data: one, more: two, other: three };

  it.each([
    ['one field', 'more', ['two.wav']],
    ['several fields', ' data , other ', ['one.wav', 'three.mp3']],
    ['all fields', '*', ['one.wav', 'two.wav', 'three.mp3']],
    ['a field named twice', 'data,data', ['one.wav']],
    ['an expression that returns a file', '={{ $("Files").item.binary.more }}', ['two.wav']],
    ['an expression that gives all files', '={{ $binary }}', ['one.wav', 'two.wav', 'three.mp3']],
    [
      'an expression that gives a list',
      '={{ [$binary.data, $("Files").item.binary.other] }}',
      ['one.wav', 'three.mp3'],
    ],
  ])('%s', async (_, binaryFields, expected) => {
    const { error } = await engine.run({ items: [{ files }], parameters: { binaryFields } });
    expect(error).toBeUndefined();
    expect(sent()).toEqual([expected]);
  });

  it.each([
    ['one field', 'data', ['one.wav']],
    ['a path', '_files.more', ['two.wav']],
    ['all fields', '*', ['one.wav', 'two.wav', 'three.mp3']],
    ['an expression', '={{ $json._files.other }}', ['three.mp3']],
  ])(
    '%s, where the workflow keeps files inside the JSON',
    { skip: !keepsFilesInJson },
    async (_, binaryFields, expected) => {
      const { error } = await engine.run({
        items: [{ files }],
        parameters: { binaryFields },
        settings: { binaryMode: 'combined' },
      });
      expect(error).toBeUndefined();
      expect(sent()).toEqual([expected]);
    },
  );

  it('in the memory of n8n', async () => {
    const { error } = await engine.run({
      items: [{ files: { data: large, more: one } }],
      parameters: { binaryFields: 'data,more' },
      binaryData: 'default',
    });
    expect(error).toBeUndefined();
    expect(api.requests[0]?.files.map((file) => file.sha256)).toEqual([
      sha256(large.content),
      sha256(one.content),
    ]);
  });

  it('in remote storage, which is asked once for each file', async () => {
    const { error } = await engine.run({
      items: [{ files: { data: one, more: large } }],
      parameters: { binaryFields: '*' },
      binaryData: 's3',
    });
    expect(error).toBeUndefined();
    expect(api.requests[0]?.files.map((file) => file.sha256)).toEqual([
      sha256(one.content),
      sha256(large.content),
    ]);
    expect(remoteStorage.fetched.splice(0)).toEqual(['one.wav', 'large.wav']);
  });

  it('each item is a voice of its own, with its own settings', async () => {
    const { outputs } = await engine.run({
      items: [
        { json: { who: 'Amelia' }, files: { data: one } },
        { json: { who: 'Bertram' }, files: { data: two } },
      ],
      parameters: { name: '={{ $json.who }}' },
    });
    expect(sent()).toEqual([['one.wav'], ['two.wav']]);
    expect(outputs).toEqual([
      [
        { json: expect.objectContaining({ name: 'Amelia' }), pairedItem: [{ item: 0 }] },
        { json: expect.objectContaining({ name: 'Bertram' }), pairedItem: [{ item: 1 }] },
      ],
    ]);
  });

  it('all items together are one voice, with a shared file sent once', async () => {
    const { outputs } = await engine.run({
      items: [{ files: { data: one } }, { files: { data: two, more: three } }, { files: { data: two } }],
      parameters: { voicesToMake: 'allItems', binaryFields: '={{ [$("Files").first().binary.data, "*"] }}' },
    });
    expect(sent()).toEqual([['one.wav', 'two.wav', 'three.mp3']]);
    expect(outputs).toEqual([[{ json: api.voices[0], pairedItem: [{ item: 0 }, { item: 1 }, { item: 2 }] }]]);
  });
});

it('each item is sent with its own credential, when that has expressions', async () => {
  const [first, second] = await Promise.all([startCallersApiSimulator(), startCallersApiSimulator()]);
  const clients = [
    { json: { key: 'key-of-client-1', url: first.url }, files: { data: one } },
    { json: { key: 'key-of-client-2', url: second.url }, files: { data: two } },
  ];
  const { error } = await engine.run({
    items: clients,
    credential: { apiKey: '={{ $json.key }}', apiUrl: '={{ $json.url }}' },
  });
  await Promise.all([first.close(), second.close()]);
  expect(error).toBeUndefined();
  expect([first, second].map(({ requests }) => requests.map(({ headers }) => headers.authorization))).toEqual(
    [['key-of-client-1'], ['key-of-client-2']],
  );
});

describe('mistakes are reported before anything is sent', () => {
  afterEach(() => {
    if (api.requests.length > 0) throw new Error('something was sent');
  });

  it('all invalid fields, by their names on the screen, and the item', async () => {
    const error = await failure({
      items: [
        { json: { name: 'Amelia', s: 1 }, files: { data: one } },
        { json: { name: 'Bob', s: 2 } },
      ].slice(1),
      parameters: {
        name: '={{ $json.name }}',
        additionalFields: { stability: '={{ $json.s }}', supportedLocales: ['en-GB', 'xx-XX'] },
        options: { timeout: 0 },
      },
    });
    expect(error).toMatchObject({ name: 'NodeOperationError', context: { itemIndex: 0 } });
    expect(error?.message).toContain('Name must have at least 5 characters');
    expect(error?.message).toContain('Stability must be a number from 0 to 1');
    expect(error?.message).toContain(
      'Supported Locales[1] must be one of the documented values, not "xx-XX"',
    );
    expect(error?.message).toContain('Timeout (Seconds) must be a number greater than 0');
  });

  it('an invalid sub-organization', async () => {
    const error = await failure({ parameters: { additionalFields: { subOrganizationId: 'a b' } } });
    expect(error?.message).toContain('Sub-Organization ID must be an identifier');
  });

  it('a base URL that would send the key in the clear', async () => {
    const error = await failure({ credential: { apiUrl: 'http://callers.example' } });
    expect(error?.message).toMatch(/^Base URL of the credential must start with https:/);
  });

  it('a field that the item does not have, with those that it has', async () => {
    const items = [{ files: { data: one, more: two } }];
    const error = await failure({ items, parameters: { binaryFields: 'audio' } });
    expect(error?.message).toBe('The item has no file in the field "audio"');
    expect(error?.description).toContain('The item has files in: data, more.');
  });

  it('a field of an item without files', async () => {
    const error = await failure({ items: [{ json: { data: 'text' } }] });
    expect(error?.message).toBe('The item has no file in the field "data"');
    expect(error?.description).toContain('The item has no files.');
  });

  it.each([['*'], [' , '], ['={{ [] }}']])('no file at all: %j', async (binaryFields) => {
    const error = await failure({ items: [{}], parameters: { binaryFields } });
    expect(error?.message).toBe('There is no audio file to clone a voice from');
    expect(error?.description).toContain('Input Data Field Name(s)');
  });

  it('an expression that gives no file', async () => {
    const error = await failure({ parameters: { binaryFields: '={{ 7 }}' } });
    expect(error?.message).toContain('Input Data Field Name(s) must be the name of a field');
    expect(error?.description).toContain('The item has files in: data.');
  });

  it('a file that n8n has lost, or that is on the disk of another worker', async () => {
    const error = await failure({
      parameters: { binaryFields: '={{ { ...$binary.data, id: $binary.data.id + "0" } }}' },
    });
    expect(error?.message).toBe('n8n cannot find the file "one.wav"');
    expect(error?.description).toContain('queue mode');
  });

  it('an empty file', async () => {
    const data = { name: 'empty.wav', content: new Uint8Array() };
    const error = await failure({ items: [{ files: { data } }] });
    expect(error?.message).toBe('The file "empty.wav" is empty');
  });

  it.each([['filesystem-v2' as const], ['default' as const]])(
    'a file that is not audio, kept in %s',
    async (binaryData) => {
      const data = { name: 'page.mp3', content: Buffer.from('<!doctype html><p>Not found</p>') };
      const error = await failure({ items: [{ files: { data } }], binaryData });
      expect(error?.message).toBe('The file "page.mp3" is a web page (HTML), not audio');
      expect(error?.context.itemIndex).toBe(0);
    },
  );

  it('a recording with headers and no sound', async () => {
    const error = await failure({ items: [{ files: { data: { name: 'saved.wav', content: wav(44) } } }] });
    expect(error?.message).toBe('The file "saved.wav" contains no sound');
  });
});

it('a file of zeros stops the request before its end, so that it makes no voice', async () => {
  const zeros = { name: 'zeros.wav', content: new Uint8Array(8_000_000) };
  const error = await failure({ items: [{ files: { data: zeros } }] });
  expect(error?.message).toBe('The file "zeros.wav" is nothing but zeros, not audio');
  await api.whenRequests(api.requests.length);
  expect(api.voices).toEqual([]);
});

const madeNothing = expect.stringContaining('No voice was made for this item.');
/** After the whole request, only the API knows what it made, and what answers may be a proxy. */
const mayHaveBeenWhole = expect.stringMatching(/^(?![^]*No voice was made)/);
/** Part of the message, because agents and error outputs get nothing else. */
const lookFirst =
  '. A voice may still have been made: check your voices in Callers before you run this again';

describe('when the API', () => {
  it('does not know the key, the credential is named', async () => {
    const error = await failure({ credential: { apiKey: 'wrong' } });
    expect(error).toMatchObject({
      name: 'NodeApiError',
      message: 'Callers rejected the API key',
      description: expect.stringContaining('Check the key in the credential'),
      httpCode: '401',
      context: { itemIndex: 0 },
    });
  });

  it('refuses during the upload, its message is shown, not the broken connection', async () => {
    const error = await failure({ items: [{ files: { data: large } }], credential: { apiKey: 'wrong' } });
    expect(error).toMatchObject({ message: 'Callers rejected the API key', httpCode: '401' });
    expect(api.requests).toMatchObject([{ complete: false }]);
  });

  it('does not allow the sub-organization', async () => {
    const error = await failure({ parameters: { additionalFields: { subOrganizationId: 'sub-2' } } });
    expect(error).toMatchObject({
      message: 'Callers does not allow this API key to clone the voice',
      description: expect.stringContaining('Sub-Organization ID'),
      httpCode: '403',
    });
  });

  it('answers 400 with a list of messages, they are shown as text', async () => {
    api.behaveNext({
      kind: 'answer',
      status: 400,
      body: { statusCode: 400, message: ['name is taken', 'files are too short'], error: 'Bad Request' },
    });
    expect(await failure()).toMatchObject({
      message: 'Callers rejected the request: name is taken; files are too short',
      description: mayHaveBeenWhole,
      httpCode: '400',
    });
  });

  it.each([
    [429, { 'retry-after': '30' }, 'Callers is too busy: try again in 30 seconds'],
    [429, {}, 'Callers is too busy: try again in a few minutes'],
    [429, { 'retry-after': '0' }, 'Callers is too busy: try again in a few minutes'],
    [407, {}, 'A proxy, not Callers, rejected the request (407)'],
    [403, {}, 'A proxy, or another server before Callers, refused access (403)', '<h1>Forbidden</h1>'],
    [413, {}, 'The audio samples are too large for Callers'],
  ])('answers %i %j, the message says what to do', async (status, headers, message, body?: string) => {
    api.behaveNext({ kind: 'answer', status, headers, ...(body !== undefined && { body }) });
    expect(await failure()).toMatchObject({
      message,
      description: mayHaveBeenWhole,
      httpCode: String(status),
    });
  });

  it.each([
    [302, '', 'The Base URL leads elsewhere (302)'],
    [307, '', 'The Base URL leads elsewhere (307)'],
    [404, '{"message":"Cannot POST /voices/voice-clone"}', 'There is no Callers API at the Base URL (404)'],
    [404, '<title>404 Not Found</title>', 'There is no Callers API at the Base URL (404)'],
    [405, '', 'There is no Callers API at the Base URL (405)'],
    [404, '{"message":"No such organization"}', 'Callers rejected the request: No such organization'],
    [200, '<title>Welcome to nginx!</title>', 'Callers’ answer contains no voices'],
  ])('answers %i %s, as if it were not the API, the Base URL is named', async (status, body, message) => {
    api.behaveNext({ kind: 'answer', status, body });
    const error = await failure();
    expect(error?.message).toContain(message);
    expect(error?.description).toContain(`Check the Base URL in the credential: ${api.url}`);
    expect(error?.description).not.toContain('<');
  });

  it('does not answer in time, the option Timeout is named as it is: added or raised', async () => {
    api.behaveNext({ kind: 'silence', when: 'from-start' });
    const items = [{ files: { data: large } }];
    const error = await failure({ items, parameters: { options: { timeout: 0.3 } } });
    expect(error?.description).toContain('raise the option Timeout (Seconds)');
  });

  it.each(storages)(
    'closes the connection during the upload of a file kept in %s, there is no voice',
    async (binaryData) => {
      const data = { name: 'long.wav', content: wav(30_000_000) };
      api.behaveNext({ kind: 'reset', when: 'during-body', afterBytes: 5_000_000 });
      expect(await failure({ items: [{ files: { data } }], binaryData })).toMatchObject({
        message: 'Callers closed the connection before receiving all samples',
      });
    },
  );

  it('sends the request elsewhere, the key does not go there', async () => {
    api.behaveNext({ kind: 'answer', status: 307, headers: { location: `${api.url}/voices/voice-clone` } });
    expect(await failure()).toMatchObject({ httpCode: '307', description: mayHaveBeenWhole });
    expect(api.requests).toHaveLength(1);
  });

  it.each([
    ['as it is', API_KEY],
    ['with JSON escapes', `\\u0073${API_KEY.slice(1)}`],
  ])('quotes the key %s, it is not shown', async (_, quoted) => {
    const body = `{"message":"Key ${quoted} is for another product"}`;
    expect(JSON.parse(body).message).toContain(API_KEY);
    api.behaveNext({ kind: 'answer', status: 422, body });
    expect((await failure())?.message).toBe(
      'Callers rejected the request: Key [API key] is for another product',
    );
  });

  it('fails after the whole request, the outcome is unknown', async () => {
    api.behaveNext({ kind: 'answer', status: 500 });
    expect(await failure()).toMatchObject({
      message: `Callers had an internal error (500)${lookFirst}`,
      httpCode: '500',
    });
  });

  it('fails before the whole request, there is no voice', async () => {
    api.behaveNext({ kind: 'answer', status: 500, when: 'early' });
    expect(await failure({ items: [{ files: { data: large } }] })).toMatchObject({
      description: madeNothing,
    });
  });

  it.each([
    ['text', 'OK'],
    ['an object', {}],
    ['no voice', []],
    ['half a voice', [{ id: '1' }]],
  ])('answers %s instead of voices, the outcome is unknown', async (_, body) => {
    api.behaveNext({ kind: 'answer', status: 201, body, created: true });
    expect(await failure()).toMatchObject({
      message: `Callers’ answer contains no voices${lookFirst}`,
    });
  });

  it('closes the connection during the upload, there is no voice', async () => {
    api.behaveNext({ kind: 'reset', when: 'during-body', afterBytes: 100_000 });
    expect(await failure({ items: [{ files: { data: large } }] })).toMatchObject({
      message: 'Callers closed the connection before receiving all samples',
      description: expect.stringContaining('the API key is wrong, or the samples are too large'),
    });
  });

  it.each([
    ['instead of an answer', { kind: 'reset', when: 'after-body', created: true }],
    ['during the answer', { kind: 'reset', when: 'during-answer' }],
  ] as const)('closes the connection %s, the outcome is unknown', async (_, behavior) => {
    api.behaveNext(behavior);
    expect(await failure()).toMatchObject({
      message: `Callers closed the connection without an answer${lookFirst}`,
    });
  });

  it.each([
    // Long enough for a small body to be sent, however busy this machine is.
    ['does not answer', one, 2, { kind: 'silence', when: 'after-body' }, lookFirst],
    ['does not finish its answer', one, 2, { kind: 'slow-answer', bytesPerSecond: 20 }, lookFirst],
    ['does not take the samples', large, 0.3, { kind: 'silence', when: 'from-start' }, ''],
  ] as const)('%s in time, the option Timeout is named', async (_, data, timeout, behavior, consequence) => {
    api.behaveNext(behavior);
    const error = await failure({ items: [{ files: { data } }], parameters: { options: { timeout } } });
    expect(error?.message).toBe(`Callers did not answer within ${timeout} seconds${consequence}`);
    expect(error?.description).toContain('option Timeout (Seconds)');
  });

  it.each(storages)(
    'takes samples kept in %s too slowly, the time limit ends the upload',
    async (binaryData) => {
      api.behaveNext({ kind: 'slow-reading', bytesPerSecond: 20e6 });
      const content = () => largeSample(60e6).open(AbortSignal.timeout(60_000));
      const error = await failure({
        items: [{ files: { data: { name: 'long.wav', type: 'audio/wav', content } } }],
        parameters: { options: { timeout: 1 } },
        binaryData,
      });
      expect(error).toMatchObject({
        message: 'Callers did not answer within 1 second',
        description: madeNothing,
      });
      await api.whenRequests(1);
      expect(api.requests).toMatchObject([{ complete: false, voices: [] }]);
    },
  );

  it('cannot be reached, the error says so', async () => {
    const error = await failure({ credential: { apiUrl: `http://127.0.0.1:${await closedPort()}` } });
    expect(error).toMatchObject({ message: 'Callers could not be reached', description: madeNothing });
    expect(error?.description).toContain('ECONNREFUSED');
  });
});

describe('what an answer means', () => {
  it.each(answerRows)('$what, $when: $means', async (row) => {
    const server = await startAnswering(row);
    try {
      const { error, outputs } = await engine.run({
        items: [{ files: { data: row.when === 'early' ? large : one } }],
        credential: { apiUrl: server.url },
      });
      const shown = JSON.stringify({ outputs, message: error?.message, description: error?.description });
      const { means, when } = row;
      expect({
        cloned: shown.includes('"name":"Amelia"'),
        unknown: shown.includes(lookFirst),
        certain: shown.includes('No voice was made'),
      }).toEqual({
        cloned: means === 'cloned',
        unknown: means === 'unknown',
        certain: when === 'early' && (means === 'rejected' || means === 'notSent'),
      });
    } finally {
      await server.close();
    }
  });
});

it('a remote file that is not audio stops the request, so that it makes no voice', async () => {
  const page = { name: 'page.mp3', content: Buffer.from('<!doctype html><p>Not found</p>') };
  const error = await failure({
    items: [{ files: { data: large, more: page } }],
    parameters: { binaryFields: 'data,more' },
    binaryData: 's3',
  });
  expect(error).toMatchObject({
    name: 'NodeOperationError',
    message: 'The file "page.mp3" is a web page (HTML), not audio',
    description: madeNothing,
  });
  expect(api.voices).toEqual([]);
});

it.each([
  ['longer', 9_000_000],
  ['shorter', 7_000_000],
])('a file that turns out %s than it was stops the request, so that it makes no voice', async (_, bytes) => {
  const error = await failure({ items: [{ files: { data: { ...large, damagedTo: bytes } } }] });
  expect(error).toMatchObject({
    name: 'NodeOperationError',
    message: 'The file "large.wav" could not be read',
    description: expect.stringMatching(/^No voice was made for this item\./),
  });
  await api.whenRequests(1);
  expect(api.requests).toMatchObject([{ complete: false, voices: [] }]);
});

describe('when some of several items fail', () => {
  const items = [
    { json: { who: 'Amelia' }, files: { data: one } },
    { json: { who: 'Bob' }, files: { data: two } },
    { json: { who: 'Charlotte' }, files: { data: three } },
  ];
  const parameters = { name: '={{ $json.who }}' };

  it('the node stops at the first and names it', async () => {
    const { error } = await engine.run({ items, parameters });
    expect(error).toMatchObject({ context: { itemIndex: 1 } });
    expect(api.voices).toHaveLength(1);
  });

  it('the error names the voices of earlier items, which are paid for', async () => {
    const { error } = await engine.run({ items, parameters });
    const { id, voiceId } = api.voices[0] ?? {};
    expect(error?.message).toBe(
      `Name must have at least 5 characters. No voice was made for this item. Voices already made for earlier items: "Amelia" (${id})`,
    );
    expect(error?.context).toMatchObject({ data: { voicesMadeBefore: [{ name: 'Amelia', id, voiceId }] } });
    expect(error?.description).toContain('omit the items that already have voices');
  });

  it('and one of them may have its voice, the error says so and names the earlier ones', async () => {
    api.behaveNext({ kind: 'normal' }, { kind: 'reset', when: 'after-body', created: true });
    const { error } = await engine.run({
      items: [0, 2, 1].flatMap((index) => items[index] ?? []),
      parameters,
    });
    expect(error?.message).toBe(
      `Callers closed the connection without an answer${lookFirst}. Voices already made for earlier items: "Amelia" (${api.voices[0]?.id})`,
    );
  });

  it('and the workflow continues, the error is output in place of the voice', async () => {
    const { outputs, error } = await engine.run({
      items,
      parameters,
      node: { onError: 'continueRegularOutput' },
    });
    expect(error).toBeUndefined();
    expect(outputs[0]).toMatchObject([
      { json: { name: 'Amelia' }, pairedItem: [{ item: 0 }] },
      {
        json: {
          error: {
            message: 'Name must have at least 5 characters',
            voiceMayExist: false,
            code: 'INVALID_INPUT',
          },
        },
        pairedItem: [{ item: 1 }],
      },
      { json: { name: 'Charlotte' }, pairedItem: [{ item: 2 }] },
    ]);
  });

  it('and errors have their own output, they go there', async () => {
    const { outputs } = await engine.run({ items, parameters, node: { onError: 'continueErrorOutput' } });
    expect(outputs[0]?.map(({ json }) => json['name'])).toEqual(['Amelia', 'Charlotte']);
    expect(outputs[1]).toMatchObject([
      { json: { who: 'Bob', error: { message: 'Name must have at least 5 characters' } } },
    ]);
  });
});

it.each([
  [
    { kind: 'answer', status: 504 },
    {
      message: `Callers had an internal error (504)${lookFirst}`,
      voiceMayExist: true,
      status: 504,
    },
    'OUTCOME_UNKNOWN',
  ],
  [
    { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
    { message: 'Callers is too busy: try again in 1 second', voiceMayExist: false, status: 429 },
    'RATE_LIMITED',
  ],
  [
    { kind: 'reset', when: 'after-body' },
    { message: `Callers closed the connection without an answer${lookFirst}`, voiceMayExist: true },
    'OUTCOME_UNKNOWN',
  ],
] as const)('after %j the error output tells a workflow what to do', async (behavior, failed, code) => {
  api.behaveNext(behavior);
  const items = [{ json: { row: 7 }, files: { data: one } }];
  const { outputs } = await engine.run({ items, node: { onError: 'continueErrorOutput' } });
  expect(outputs[0]).toEqual([]);
  expect(outputs[1]?.map((item) => item.json)).toEqual([{ row: 7, error: { ...failed, code } }]);
});

describe('the panel of the results hints', () => {
  it('at a file with the wrong extension', async () => {
    const { hints } = await engine.run({
      items: [{ files: { data: { name: 'one.mp3', content: one.content } } }],
    });
    expect(hints).toEqual([expect.stringMatching(/"one\.mp3" contains WAV data.* end with \.wav/)]);
  });

  const items = [{ files: { data: one } }, { files: { data: two } }];

  it('when several files of one speaker became several voices', async () => {
    const { hints } = await engine.run({ items });
    expect(hints).toEqual([expect.stringMatching(/^2 items became 2 voices of the same name/)]);
  });

  it('not when each voice has its own name', async () => {
    const { hints } = await engine.run({
      items,
      parameters: { name: '={{ "Amelia " + $itemIndex }}' },
    });
    expect(hints).toEqual([]);
    expect(api.voices).toHaveLength(2);
  });

  it('when Execute Once leaves only the first of all items', async () => {
    const { hints } = await engine.run({
      items,
      parameters: { voicesToMake: 'allItems' },
      node: { executeOnce: true },
    });
    expect(hints).toEqual([expect.stringContaining('Execute Once')]);
    expect(sent()).toEqual([['one.wav']]);
  });
});

it.each(storages)('cancelling the execution stops the upload of a file kept in %s', async (binaryData) => {
  api.behaveNext({ kind: 'slow-reading', bytesPerSecond: 20e6 });
  let cancel = () => {};
  const content = () => largeSample(60e6).open(AbortSignal.timeout(60_000));
  const running = engine.run({
    items: [{ files: { data: { name: 'long.wav', type: 'audio/wav', content } } }],
    binaryData,
    onStart: (stop) => {
      cancel = stop;
    },
  });
  await vi.waitFor(() => expect(api.requests[0]?.files[0]?.size).toBeGreaterThan(0), patience);
  cancel();
  const { run } = await running;
  await api.whenRequests(1);
  expect(run.status).toBe('canceled');
  expect(api.requests).toMatchObject([{ complete: false, voices: [] }]);
});

describe('the node as a tool of an AI agent', () => {
  const parameters = {
    name: "={{ $fromAI('name', 'Name of the voice', 'string') }}",
    binaryFields: '={{ $("Files").first().binary.data }}',
  };

  it('clones from a file of another node and tells the agent of the voice', async () => {
    const { toolAnswer } = await engine.run({
      items: [{ files: { data: one } }],
      parameters,
      asTool: { name: 'Amelia' },
    });
    expect(JSON.parse(toolAnswer ?? '')).toEqual(api.voices);
    expect(sent()).toEqual([['one.wav']]);
  });

  it('tells what is wrong', async () => {
    const error = await failure({ parameters, asTool: { name: 'Bob' } });
    expect(error?.message).toContain('Name must have at least 5 characters');
  });

  it('tells that a voice may exist, so that the agent does not call it again', async () => {
    api.behaveNext({ kind: 'answer', status: 504 });
    const error = await failure({ parameters, asTool: { name: 'Amelia' } });
    expect(error?.message).toContain(lookFirst);
  });

  it('takes the files of a chat, when nothing else is set', async () => {
    const forTools = engine.nodeDescription.properties.filter(
      ({ name, displayOptions }) => name === 'binaryFields' && displayOptions?.show?.['@tool'],
    );
    expect(forTools).toHaveLength(1);
    const byDefault = forTools[0]?.default as string;
    const { toolAnswer } = await engine.run({
      items: [{ files: { data0: one, data1: two } }],
      parameters: {
        ...parameters,
        binaryFields: byDefault.replace('When chat message received', 'Files'),
      },
      asTool: { name: 'Amelia' },
    });
    expect(JSON.parse(toolAnswer ?? '')).toEqual(api.voices);
    expect(sent()).toEqual([['one.wav', 'two.wav']]);
  });

  it('says that files need an expression', async () => {
    const error = await failure({
      parameters: { ...parameters, binaryFields: '*' },
      asTool: { name: 'Amelia' },
    });
    expect(JSON.stringify(error)).toContain('needs an expression');
  });
});
