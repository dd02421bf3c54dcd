import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { INodeExecutionData } from 'n8n-workflow';
import { describe, expect, it, vi } from 'vitest';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { answerRows, startAnswering } from '../support/answers.ts';
import { API_KEY } from '../support/api-key.ts';
import { hintedSamples } from '../support/hinted-samples.ts';
import { largeSample } from '../support/samples.ts';
import { answerBytes, answering, closedPort } from '../support/servers.ts';
import { amelia } from '../support/voice.ts';
import { wav } from '../support/wav.ts';
import { keepsFilesInJson, remoteStorage } from './engine.ts';
import {
  api,
  failure,
  large,
  one,
  patience,
  refusal,
  run,
  sent,
  storages,
  success,
  three,
  two,
} from './node-test.ts';

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const page = { name: 'page.mp3', content: Buffer.from('<!doctype html><p>Not found</p>') };
/** More than all buffers on the way hold. */
const long = {
  name: 'long.wav',
  type: 'audio/wav',
  content: () => largeSample(24e6).open(AbortSignal.timeout(60_000)),
};

describe('what is sent', () => {
  it('one file and a name make a voice, and every field of it is output', async () => {
    const { outputs } = await success();
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
    await success({ parameters: { name: 'Amelia 🎙', additionalFields } });
    const { supportedLocales: locales, subOrganizationId, ...others } = additionalFields;
    expect(new Set(api.requests[0]?.fields)).toEqual(
      new Set([
        ['name', 'Amelia 🎙'],
        ...Object.entries(others).map(([name, value]) => [name, String(value)]),
        ...locales.map((locale) => ['supportedLocales', locale]),
      ]),
    );
    expect(api.requests[0]?.headers['x-sub-organization-id']).toBe(subOrganizationId);
  });
});

describe('where the samples are', () => {
  const files = { data: one, more: two, other: three };

  it.each([
    ['one field', 'data', ['one.wav']],
    ['a path', '_files.more', ['two.wav']],
    ['all fields', '*', ['one.wav', 'two.wav', 'three.mp3']],
    ['an expression', '={{ $json._files.other }}', ['three.mp3']],
  ])(
    '%s, where the workflow keeps files inside the JSON',
    { skip: !keepsFilesInJson },
    async (_, binaryFields, expected) => {
      await success({
        items: [{ files }],
        parameters: { binaryFields },
        settings: { binaryMode: 'combined' },
      });
      expect(sent()).toEqual([expected]);
    },
  );

  it.each(storages)('kept in %s, and a remote storage is asked once for each file', async (binaryData) => {
    const items = [{ files: { data: one, more: large } }];
    await success({ items, parameters: { binaryFields: '*' }, binaryData });
    expect(api.requests[0]?.files.map((file) => file.sha256)).toEqual(
      [one, large].map(({ content }) => sha256(content)),
    );
    expect(remoteStorage.fetched.splice(0)).toEqual(binaryData === 's3' ? ['one.wav', 'large.wav'] : []);
  });

  it('each item is a voice of its own, with its own settings', async () => {
    const { outputs } = await run({
      items: [
        { json: { who: 'Amelia' }, files: { data: one } },
        { json: { who: 'Bertram' }, files: { data: two } },
      ],
      parameters: { name: '={{ $json.who }}' },
    });
    expect(sent()).toEqual([['one.wav'], ['two.wav']]);
    expect(outputs).toMatchObject([
      [
        { json: { name: 'Amelia' }, pairedItem: [{ item: 0 }] },
        { json: { name: 'Bertram' }, pairedItem: [{ item: 1 }] },
      ],
    ]);
  });

  it('all items together are one voice, with a shared file sent once', async () => {
    const { outputs } = await run({
      items: [{ files: { data: one } }, { files: { data: two, more: three } }, { files: { data: two } }],
      parameters: { voicesToMake: 'allItems', binaryFields: '={{ [$("Files").first().binary.data, "*"] }}' },
    });
    expect(sent()).toEqual([['one.wav', 'two.wav', 'three.mp3']]);
    expect(outputs).toEqual([[{ json: api.voices[0], pairedItem: [{ item: 0 }, { item: 1 }, { item: 2 }] }]]);
  });
});

it('each item is sent with its own credential, when that has expressions', async () => {
  const others = await Promise.all([startCallersApiSimulator(), startCallersApiSimulator()]);
  const clients = others.map(({ url }, client) => ({
    json: { key: `key-of-client-${client}`, url },
    files: { data: one },
  }));
  await success({
    items: clients,
    credential: { apiKey: '={{ $json.key }}', apiUrl: '={{ $json.url }}' },
  });
  await Promise.all(others.map((other) => other.close()));
  expect(others.map(({ requests }) => requests.map(({ headers }) => headers.authorization))).toEqual(
    clients.map(({ json }) => [json.key]),
  );
});

describe('mistakes are reported before anything is sent', () => {
  it('all invalid fields, by their names on the screen, and the item', async () => {
    const error = await refusal({
      items: [{ json: { name: 'Bob', s: 2 } }],
      parameters: {
        name: '={{ $json.name }}',
        additionalFields: { stability: '={{ $json.s }}', supportedLocales: ['en-GB', 'xx-XX'] },
        options: { timeout: 0 },
      },
    });
    expect(error).toMatchObject({ name: 'NodeOperationError', context: { itemIndex: 0 } });
    for (const problem of [
      'Name must have at least 5 characters',
      'Stability must be a number from 0 to 1',
      'Supported Locales[1] must be one of the documented values, not "xx-XX"',
      'Timeout (Seconds) must be a number greater than 0',
    ])
      expect(error?.message).toContain(problem);
  });

  it('a base URL that would send the key in the clear', async () => {
    const error = await refusal({ credential: { apiUrl: 'http://callers.example' } });
    expect(error?.message).toMatch(/^Base URL of the credential must start with https:/);
  });

  it.each([
    ['a field that is missing', 'The item has files in: data, more.', { data: one, more: two }, 'audio'],
    ['an item without files', 'The item has no files.', {}, 'audio'],
  ])('%s, with those that there are', async (_, files, given, binaryFields) => {
    const error = await refusal({ items: [{ files: given }], parameters: { binaryFields } });
    expect(error?.message).toBe('The item has no file in the field "audio"');
    expect(error?.description).toContain(files);
  });

  it.each([['*'], [' , '], ['={{ [] }}']])('no file at all: %j', async (binaryFields) => {
    const error = await refusal({ items: [{}], parameters: { binaryFields } });
    expect(error?.message).toBe('There is no audio file to clone a voice from');
    expect(error?.description).toContain('Input Data Field Name(s)');
  });

  it('an expression that gives no file', async () => {
    const error = await refusal({ parameters: { binaryFields: '={{ 7 }}' } });
    expect(error?.message).toContain('Input Data Field Name(s) must be the name of a field');
    expect(error?.description).toContain('The item has files in: data.');
  });

  it('a file that n8n has lost, or that is on the disk of another worker', async () => {
    const error = await refusal({
      parameters: { binaryFields: '={{ { ...$binary.data, id: $binary.data.id + "0" } }}' },
    });
    expect(error?.message).toBe('n8n cannot find the file "one.wav"');
    expect(error?.description).toContain('queue mode');
  });

  it.each([
    ['is empty', 'default', { name: 'empty.wav', content: new Uint8Array() }],
    ['is a web page (HTML), not audio', 'filesystem-v2', page],
    ['is a web page (HTML), not audio', 'default', page],
    ['contains no sound', 'filesystem-v2', { name: 'saved.wav', content: wav(44) }],
  ] as const)('a file that %s, kept in %s', async (problem, binaryData, data) => {
    const error = await refusal({ items: [{ files: { data } }], binaryData });
    expect(error).toMatchObject({ message: `The file "${data.name}" ${problem}`, context: { itemIndex: 0 } });
  });
});

const madeNothing = expect.stringContaining('No voice was made for this item.');
/** After the whole request, only the API knows what it made, and what answers may be a proxy. */
const mayHaveBeenWhole = expect.stringMatching(/^(?![^]*No voice was made)/);
/** Part of the message, because agents and error outputs get nothing else. */
const lookFirst =
  '. A voice may still have been made: check your voices in Callers before you run this again';

describe('a request is stopped before its end, so that it makes no voice, by', () => {
  it.each([
    [
      'a file of zeros',
      { data: { name: 'zeros.wav', content: new Uint8Array(8_000_000) } },
      'is nothing but zeros, not audio',
    ],
    ['a remote file that is not audio', { first: large, more: page }, 'is a web page (HTML), not audio'],
    [
      'a file that turns out longer than it was',
      { data: { ...large, damagedTo: 9_000_000 } },
      'could not be read',
    ],
    [
      'a file that turns out shorter than it was',
      { data: { ...large, damagedTo: 7_000_000 } },
      'could not be read',
    ],
  ])('%s', async (_, files, problem) => {
    const error = await failure({
      items: [{ files }],
      parameters: { binaryFields: '*' },
      ...('first' in files && { binaryData: 's3' }),
    });
    expect(error).toMatchObject({
      name: 'NodeOperationError',
      message: `The file "${Object.values(files).at(-1)?.name}" ${problem}`,
      description: expect.stringMatching(/^No voice was made for this item\./),
    });
    await api.whenRequests(api.requests.length);
    expect(api.voices).toEqual([]);
  });
});

describe('when the API', () => {
  it('does not know the key, the credential is named', async () => {
    expect(await failure({ credential: { apiKey: 'wrong' } })).toMatchObject({
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

  const messages = {
    statusCode: 400,
    message: ['name is taken', 'files are too short'],
    error: 'Bad Request',
  };

  it.each([
    [429, { 'retry-after': '30' }, 'Callers is too busy: try again in 30 seconds'],
    [429, {}, 'Callers is too busy: try again in a few minutes'],
    [429, { 'retry-after': '0' }, 'Callers is too busy: try again in a few minutes'],
    [407, {}, 'A proxy, not Callers, rejected the request (407)'],
    [403, {}, 'A proxy, or another server before Callers, refused access (403)', '<h1>Forbidden</h1>'],
    [403, {}, 'A proxy, or another server before Callers, refused access (403)', ''],
    [401, {}, 'A proxy, or another server before Callers, refused access (401)', '<h1>Password</h1>'],
    [400, {}, 'A proxy, or another server before Callers, refused access (400)', '<h1>Plain HTTP</h1>'],
    [403, {}, 'A proxy, or another server before Callers, refused access (403)', 'RBAC: access denied'],
    [413, {}, 'The audio samples are too large for Callers'],
    [413, {}, 'The audio samples are too large for a server before Callers', '<h1>413</h1>'],
    [400, {}, 'Callers rejected the request: name is taken; files are too short', messages],
  ])('answers %i %j, the message says what to do', async (status, headers, message, body?: unknown) => {
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
    [404, '<title>Error</title><pre>Cannot POST /</pre>', 'There is no Callers API at the Base URL (404)'],
    [404, 'The page could not be found', 'There is no Callers API at the Base URL (404)'],
    [405, '', 'There is no Callers API at the Base URL (405)'],
    [404, '{"message":"No such organization"}', 'Callers rejected the request: No such organization'],
    [200, '<title>Welcome to nginx!</title>', 'Callers’ answer contains no readable voices'],
  ])('answers %i %s, as if it were not the API, the Base URL is named', async (status, body, message) => {
    api.behaveNext({
      kind: 'answer',
      status,
      body,
      headers: { location: `${api.url}/voices/voice-clone` },
    });
    const error = await failure();
    expect(error?.message).toContain(message);
    expect(error?.description).toContain(`Check the Base URL in the credential: ${api.url}`);
    expect(error?.description).not.toContain('<');
    // The key goes nowhere else.
    expect(api.requests).toHaveLength(1);
  });

  it.each(storages)(
    'closes the connection during the upload of a file kept in %s, there is no voice',
    async (binaryData) => {
      api.behaveNext({ kind: 'reset', when: 'during-body', afterBytes: 5_000_000 });
      expect(await failure({ items: [{ files: { data: long } }], binaryData })).toMatchObject({
        message: 'Callers closed the connection before receiving all samples',
        description: expect.stringContaining('the API key is wrong, or the samples are too large'),
      });
    },
  );

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

  it.each([
    ['text', 'OK'],
    ['an object', {}],
    ['no voice', []],
    ['half a voice', [{ id: '1' }]],
  ])('answers %s instead of voices, the outcome is unknown', async (_, body) => {
    api.behaveNext({ kind: 'answer', status: 201, body, created: true });
    expect((await failure())?.message).toBe(`Callers’ answer contains no readable voices${lookFirst}`);
  });

  const cut = gzipSync(JSON.stringify([{ id: '1', name: 'Amelia', text: randomUUID() }])).subarray(0, -12);

  it.each([
    ['is not HTTP', 'SSH-2.0-OpenSSH\r\n', 'The connection to Callers failed'],
    [
      'is not as compressed as it says',
      answerBytes(201, '[]', { 'content-encoding': 'gzip' }),
      'Callers’ answer contains no readable voices',
    ],
    [
      'breaks off, compressed',
      Buffer.concat([
        Buffer.from('HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n'),
        cut,
      ]),
      'Callers’ answer contains no readable voices',
    ],
  ])('gives an answer that %s, the outcome is unknown', async (_, bytes, message) => {
    const server = await answering(bytes);
    const error = await failure({ credential: { apiUrl: server.url } });
    await server.close();
    expect(error?.message).toBe(`${message}${lookFirst}`);
  });

  it('closes the connection during the answer, the outcome is unknown', async () => {
    api.behaveNext({ kind: 'reset', when: 'during-answer' });
    expect((await failure())?.message).toBe(`Callers closed the connection without an answer${lookFirst}`);
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
    expect(error?.description).toContain('Timeout (Seconds) in the Options');
  });

  it.each(storages)(
    'takes samples kept in %s too slowly, the time limit ends the upload',
    async (binaryData) => {
      api.behaveNext({ kind: 'slow-reading', bytesPerSecond: 4e6 });
      const items = [{ files: { data: long } }];
      expect(await failure({ items, parameters: { options: { timeout: 1 } }, binaryData })).toMatchObject({
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

let stored: INodeExecutionData[] | undefined;

/** Items with a large file, which n8n stores only once. */
async function storedLarge(): Promise<INodeExecutionData[]> {
  if (stored === undefined) {
    const { run: ended } = await success({ items: [{ files: { data: large } }] });
    stored = ended.data.resultData.runData['Files']?.[0]?.data?.['main']?.[0] ?? [];
  }
  return stored;
}

it.each(answerRows)('$what, $when: $means', async (row) => {
  const server = await startAnswering(row);
  const { error, outputs } = await run({
    ...(row.when === 'early' && { pinned: await storedLarge() }),
    credential: { apiUrl: server.url },
  });
  await server.close();
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
});

describe('when some of several items fail', () => {
  const items = [
    { json: { who: 'Amelia' }, files: { data: one } },
    { json: { who: 'Bob' }, files: { data: two } },
    { json: { who: 'Charlotte' }, files: { data: three } },
  ];
  const parameters = { name: '={{ $json.who }}' };
  const tooShort = 'Name must have at least 5 characters';

  it('the node stops at the first, and names the voices of earlier items, which are paid for', async () => {
    const error = await failure({ items, parameters });
    expect(api.voices).toHaveLength(1);
    const { id, voiceId } = api.voices[0] ?? {};
    expect(error?.message).toBe(
      `${tooShort}. No voice was made for this item. Voices already made for earlier items: "Amelia" (${id})`,
    );
    const data = { voicesMadeBefore: [{ name: 'Amelia', id, voiceId }] };
    expect(error?.context).toMatchObject({ itemIndex: 1, data });
    expect(error?.description).toContain('omit the items that already have voices');
  });

  it('and one of them may have its voice, the error says so and names the earlier ones', async () => {
    api.behaveNext({ kind: 'normal' }, { kind: 'reset', when: 'after-body', created: true });
    const error = await failure({ items: [0, 2, 1].flatMap((index) => items[index] ?? []), parameters });
    expect(error?.message).toBe(
      `Callers closed the connection without an answer${lookFirst}. Voices already made for earlier items: "Amelia" (${api.voices[0]?.id})`,
    );
  });

  it('and the workflow continues, the error is output in place of the voice', async () => {
    const { outputs } = await success({ items, parameters, node: { onError: 'continueRegularOutput' } });
    const error = { message: tooShort, voiceMayExist: false, code: 'INVALID_INPUT' };
    expect(outputs[0]).toMatchObject([
      { json: { name: 'Amelia' }, pairedItem: [{ item: 0 }] },
      { json: { error }, pairedItem: [{ item: 1 }] },
      { json: { name: 'Charlotte' }, pairedItem: [{ item: 2 }] },
    ]);
  });

  it.each([{ voicesToMake: 'all' }, { operation: 'create' }])(
    'and so do all, because of %j, no item passes as a success',
    async (more) => {
      for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
        const { outputs } = await run({ items, parameters: { ...parameters, ...more }, node: { onError } });
        const errors = outputs.flat().map(({ json }) => json['error']);
        expect(errors).toMatchObject(items.map(() => ({ code: 'INVALID_INPUT', voiceMayExist: false })));
      }
      expect(api.requests).toEqual([]);
    },
  );

  it('and errors have their own output, they go there', async () => {
    const { outputs } = await run({ items, parameters, node: { onError: 'continueErrorOutput' } });
    expect(outputs[0]?.map(({ json }) => json['name'])).toEqual(['Amelia', 'Charlotte']);
    expect(outputs[1]).toMatchObject([{ json: { who: 'Bob', error: { message: tooShort } } }]);
  });
});

it.each([
  [
    { kind: 'answer', status: 504 },
    {
      message: `Callers, or a server before it, failed to answer (504)${lookFirst}`,
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
  const { outputs } = await run({ items, node: { onError: 'continueErrorOutput' } });
  expect(outputs[0]).toEqual([]);
  expect(outputs[1]?.map((item) => item.json)).toEqual([{ row: 7, error: { ...failed, code } }]);
});

describe('the panel of the results hints', () => {
  /** A recording at 8 kHz, each other than the others. */
  function telephone(index: number): Buffer {
    const call = wav(20_000 + 2 * index);
    call.writeUInt32LE(8_000, 24);
    call.writeUInt32LE(16_000, 28);
    return call;
  }

  it.each(hintedSamples)('at $what', async ({ providerType, samples, sent: expected, hints }) => {
    const files = Object.entries(samples).map(([name, content], index) => [
      `data${index}`,
      { name, content, type: 'audio/mpeg' },
    ]);
    const shown = await success({
      items: [{ files: Object.fromEntries(files) }],
      parameters: { binaryFields: '*', additionalFields: { ...(providerType && { providerType }) } },
    });
    expect(shown.hints).toEqual(hints);
    expect(api.requests[0]?.files.map(({ filename, mimeType }) => [filename, mimeType])).toEqual(expected);
  });

  const items = [{ files: { data: one } }, { files: { data: two } }];

  it.each([
    [
      'when several files of one speaker became several voices',
      { items },
      [expect.stringMatching(/^2 items became 2 voices of the same name/)],
    ],
    [
      'not when each voice has its own name',
      { items, parameters: { name: '={{ "Amelia " + $itemIndex }}' } },
      [],
    ],
    [
      'when Execute Once leaves only the first of all items',
      { items, parameters: { voicesToMake: 'allItems' }, node: { executeOnce: true } },
      [expect.stringContaining('Execute Once')],
    ],
    ['not at two voices that Callers made of one item', {}, [], [amelia, amelia]],
    [
      'once at what many items have in common',
      {
        items: Array.from({ length: 60 }, (_, index) => ({
          files: { data: { name: index < 2 ? 'call.wav' : `call-${index}.wav`, content: telephone(index) } },
        })),
        parameters: { name: '={{ "Amelia " + $itemIndex }}' },
      },
      Array.from({ length: 50 }, (_, index) =>
        expect.stringContaining(index === 0 ? '"call.wav"' : `"call-${index + 1}.wav"`),
      ),
    ],
  ])('%s', async (_, options, hints, body?: unknown) => {
    if (body !== undefined) api.behaveNext({ kind: 'answer', status: 201, body });
    expect((await success(options)).hints).toEqual(hints);
  });
});

it.each(storages)('cancelling the execution stops the upload of a file kept in %s', async (binaryData) => {
  api.behaveNext({ kind: 'slow-reading', bytesPerSecond: 4e6 });
  let cancel = () => {};
  const running = run({
    items: [{ files: { data: long } }],
    binaryData,
    onStart: (stop) => {
      cancel = stop;
    },
  });
  await vi.waitFor(() => expect(api.requests[0]?.files[0]?.size).toBeGreaterThan(0), patience);
  cancel();
  const { run: ended } = await running;
  await api.whenRequests(1);
  expect(ended.status).toBe('canceled');
  expect(api.requests).toMatchObject([{ complete: false, voices: [] }]);
});

describe('the node as a tool of an AI agent', () => {
  const parameters = {
    name: "={{ $fromAI('name', 'Name of the voice', 'string') }}",
    binaryFields: '={{ $("Files").first().binary.data }}',
  };

  it('clones from a file of another node and tells the agent of the voice', async () => {
    const { toolAnswer } = await run({ parameters, asTool: { name: 'Amelia' } });
    expect(JSON.parse(toolAnswer ?? '')).toEqual(api.voices);
    expect(sent()).toEqual([['one.wav']]);
  });

  it('tells what is wrong', async () => {
    const error = await failure({ parameters, asTool: { name: 'Bob' } });
    expect(error?.message).toContain('Name must have at least 5 characters');
  });

  it('says that files need an expression', async () => {
    const error = await failure({
      parameters: { ...parameters, binaryFields: '*' },
      asTool: { name: 'Amelia' },
    });
    expect(JSON.stringify(error)).toContain('needs an expression');
  });
});
