import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { API_KEY } from '../support/api-key.ts';
import { wav } from '../support/wav.ts';
import { type Engine, type RunOptions, startEngine } from './engine.ts';

let api: CallersApiSimulator;
let engine: Engine;

beforeAll(async () => {
  engine = await startEngine(() => api.url, API_KEY);
});
afterAll(() => engine.close());
beforeEach(async () => {
  api = await startCallersApiSimulator({ apiKey: API_KEY });
});
afterEach(() => api.close());

const one = { name: 'one.wav', content: wav(5_000) };
const two = { name: 'two.wav', content: wav(6_000) };
const names = () => api.voices.map(({ name }) => name);
/** Makes the voice, but the answer is lost. */
const lost = { kind: 'answer', status: 504, created: true } as const;
const mayExist = 'A voice may still have been made';

describe('a node', () => {
  const retrying = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
  const items = [{ files: { data: one } }, { files: { data: two } }];

  it('that n8n tries again does not clone an item again', async () => {
    api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 429 });
    const { outputs, error } = await engine.run({ items, node: retrying });
    expect(error).toBeUndefined();
    expect(outputs[0]?.map(({ json }) => json)).toEqual(api.voices);
    expect(api.voices).toHaveLength(2);
    expect(api.requests).toHaveLength(3);
  });

  it('that n8n tries again sends nothing where a voice may exist', async () => {
    api.behaveNext(lost);
    const { error } = await engine.run({ items, node: retrying });
    expect(error?.message).toContain(mayExist);
    expect(api.requests).toHaveLength(1);
  });

  it('makes as many voices as it gets equal items', async () => {
    await engine.run({ items: [{ files: { data: one } }, { files: { data: one } }] });
    expect(api.voices).toHaveLength(2);
  });

  it('in a loop makes a voice in each turn', async () => {
    await engine.run({ items: [{ files: { data: one } }], loops: 3 });
    expect(api.voices).toHaveLength(3);
  });

  it('in each execution of a sub-workflow makes a voice', async () => {
    const item = { files: { data: one } };
    await engine.run({ items: [item] });
    await engine.run({ items: [item] });
    expect(api.voices).toHaveLength(2);
  });

  it('in an execution that a person retries keeps the voices of the items that have them', async () => {
    const equal = [...items, ...items];
    api.behaveNext(
      { kind: 'normal' },
      { kind: 'normal' },
      { kind: 'normal' },
      { kind: 'answer', status: 429 },
    );
    const { run, error } = await engine.run({ items: equal });
    expect(error?.message).toContain('too busy');
    const made = api.voices.map(({ id }) => id);
    const { outputs } = await engine.run({ items: equal, retryOf: run });
    expect(api.requests).toHaveLength(5);
    expect(outputs[0]?.map(({ json }) => json['id'])).toEqual([...made, api.voices[3]?.id]);
  });

  it('in an execution that a person retries sends again what may have made a voice, because they ask for it', async () => {
    api.behaveNext(lost);
    const { run } = await engine.run({ items });
    const { error } = await engine.run({ items, retryOf: run });
    expect(error).toBeUndefined();
    expect(api.requests).toHaveLength(3);
  });

  it('in an execution that a person retries after a change makes the changed voice', async () => {
    api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 429 });
    const { run } = await engine.run({ items });
    await engine.run({ items, retryOf: run, parameters: { name: 'Bertram' } });
    expect(names()).toEqual(['Amelia', 'Bertram', 'Bertram']);
  });
});

describe('a tool', () => {
  const tool: RunOptions = {
    items: [{ files: { data: one, other: two } }],
    parameters: {
      name: "={{ $fromAI('name', 'Name of the voice', 'string') }}",
      binaryFields: '={{ $("Files").first().binary.data }}',
    },
  };
  const amelia = { name: 'Amelia' };
  const bertram = { name: 'Bertram' };

  it('that n8n tries again sends nothing where a voice may exist', async () => {
    api.behaveNext(lost);
    const { error } = await engine.run({
      ...tool,
      node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
      asTool: amelia,
    });
    expect(error?.message).toContain(mayExist);
    expect(api.requests).toHaveLength(1);
  });

  it('that n8n tries again sends again what made no voice', async () => {
    api.behaveNext({ kind: 'answer', status: 429 });
    const { toolAnswer } = await engine.run({
      ...tool,
      node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
      asTool: amelia,
    });
    expect(JSON.parse(toolAnswer ?? '')).toEqual(api.voices);
    expect(api.requests).toHaveLength(2);
  });

  it('of which two handles are prepared before either is used makes the voice that each call asks for', async () => {
    const { toolAnswers } = await engine.run({
      ...tool,
      agent: async (prepare) => {
        const [first, second] = [await prepare(), await prepare()];
        return [await first.invoke(amelia), await second.invoke(bertram)];
      },
    });
    expect(names()).toEqual(['Amelia', 'Bertram']);
    expect(toolAnswers.map((answer) => JSON.parse(answer)[0].name)).toEqual(['Amelia', 'Bertram']);
  });

  it('of which two handles are used at the same time makes the voice that each call asks for', async () => {
    await engine.run({
      ...tool,
      agent: async (prepare) => {
        const [first, second] = [await prepare(), await prepare()];
        return Promise.all([first.invoke(amelia), second.invoke(bertram)]);
      },
    });
    expect(names().toSorted()).toEqual(['Amelia', 'Bertram']);
  });

  it('that a model calls again after an error gives the same answer, and sends nothing', async () => {
    api.behaveNext(lost);
    const { toolAnswers } = await engine.run({
      ...tool,
      agent: async (prepare) => {
        const handle = await prepare();
        const call = (which: typeof handle) => which.invoke(amelia).catch((error: Error) => error.message);
        return [await call(handle), await call(handle), await call(await prepare())];
      },
    });
    expect(toolAnswers).toEqual(Array(3).fill(expect.stringContaining(mayExist)));
    expect(api.requests).toHaveLength(1);
  });

  it('that a model calls twice at the same time sends one request', async () => {
    const { toolAnswers } = await engine.run({
      ...tool,
      agent: async (prepare) => {
        const handle = await prepare();
        return Promise.all([handle.invoke(amelia), handle.invoke(amelia)]);
      },
    });
    expect(toolAnswers[0]).toEqual(toolAnswers[1]);
    expect(api.requests).toHaveLength(1);
  });

  it('in the next execution makes another voice', async () => {
    await engine.run({ ...tool, asTool: amelia });
    await engine.run({ ...tool, asTool: amelia });
    expect(api.voices).toHaveLength(2);
  });

  it('that the engine runs makes the voice that each call asks for, and an equal one once', async () => {
    const { toolAnswers, error } = await engine.run({
      ...tool,
      engineCalls: [[amelia, bertram], [amelia]],
    });
    expect(error).toBeUndefined();
    expect(names().toSorted()).toEqual(['Amelia', 'Bertram']);
    expect(toolAnswers).toHaveLength(3);
  });

  it('that the engine tries again sends nothing where a voice may exist', async () => {
    api.behaveNext(lost);
    await engine.run({
      ...tool,
      node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1, onError: 'continueRegularOutput' },
      engineCalls: [[amelia], [amelia]],
    });
    expect(api.requests).toHaveLength(1);
  });

  it('of an MCP server makes a voice, and an equal call of a client that gave up waiting makes none', async () => {
    const parameters = {
      ...tool.parameters,
      binaryFields: 'data:audio/wav;base64,' + wav(5_000).toString('base64'),
    };
    const { toolAnswers } = await engine.run({
      parameters,
      mcp: true,
      agent: async (prepare) => [
        ...(await Promise.all([(await prepare()).invoke(amelia), (await prepare()).invoke(amelia)])),
        await (await prepare()).invoke(bertram),
        await (await prepare()).invoke(amelia),
      ],
    });
    expect(toolAnswers.map((answer) => JSON.parse(answer)[0].name)).toEqual([
      'Amelia',
      'Amelia',
      'Bertram',
      'Amelia',
    ]);
    expect(names()).toEqual(['Amelia', 'Bertram']);
  });
});
