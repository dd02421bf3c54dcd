import { describe, expect, it, vi } from 'vitest';
import { API_KEY } from '../support/api-key.ts';
import { nodeType, remoteStorage, type RunOptions } from './engine.ts';
import { api, failure, one, run, storages, success, two } from './node-test.ts';

const names = () => api.voices.map(({ name }) => name);
/** Makes the voice, but the answer is lost. */
const lost = { kind: 'answer', status: 504, created: true } as const;
const mayExist = 'A voice may still have been made';

const retrying = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

describe('a node', () => {
  const items = [{ files: { data: one } }, { files: { data: two } }];

  it('that n8n tries again does not clone an item again', async () => {
    api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 429 });
    const { outputs } = await success({ items, node: retrying });
    expect(outputs[0]?.map(({ json }) => json)).toEqual(api.voices);
    expect(api.voices).toHaveLength(2);
    expect(api.requests).toHaveLength(3);
  });

  it('with an error output that n8n tries again keeps the voices of later items', async () => {
    api.behaveNext({ kind: 'answer', status: 429 }, { kind: 'normal' }, lost);
    const { outputs } = await success({ items, node: { ...retrying, onError: 'continueErrorOutput' } });
    expect(outputs.map((of) => of.map(({ pairedItem }) => pairedItem))).toEqual([
      [[{ item: 1 }]],
      [[{ item: 0 }]],
    ]);
    expect(api.requests).toHaveLength(3);
  });

  it('that n8n tries again sends nothing where a voice may exist', async () => {
    api.behaveNext(lost);
    const error = await failure({ items, node: retrying });
    expect(error?.message).toContain(mayExist);
    expect(api.requests).toHaveLength(1);
  });

  it('makes as many voices as it gets equal items', async () => {
    await run({ items: [{ files: { data: one } }, { files: { data: one } }] });
    expect(api.voices).toHaveLength(2);
  });

  it('in a loop makes a voice in each turn', async () => {
    await run({ loops: 3 });
    expect(api.voices).toHaveLength(3);
  });

  it('in each execution of a sub-workflow makes a voice', async () => {
    await run();
    await run();
    expect(api.voices).toHaveLength(2);
  });

  describe('in a sub-workflow', () => {
    // n8n keeps these files in the items, so they are the same in each execution.
    const options = { items, binaryData: 'default' } as const;

    it.each(storages)(
      'that its parent tries again sends nothing again where a voice may exist: %s',
      async (binaryData) => {
        const parent = { items, binaryData, parent: `tries again ${binaryData}` };
        api.behaveNext({ kind: 'answer', status: 429 }, lost);
        await failure(parent);
        const { message } = (await failure(parent)) ?? {};
        expect(message).toContain(mayExist);
        const again = await failure(parent);
        expect(again?.message).toBe(message);
        expect(api.requests).toHaveLength(2);
        await success({ ...parent, parameters: { name: 'Bertram' } });
        expect(names()).toEqual(['Amelia', 'Bertram', 'Bertram']);
      },
    );

    it('sends nothing again where a voice may exist if the parent of its parent tries again', async () => {
      const root = { name: 'Start', type: 'test.trigger' };
      api.behaveNext(lost);
      await failure({ items, parent: 'first try', root });
      await failure({ items, parent: 'second try', root });
      expect(api.requests).toHaveLength(1);
      await success({ items, parent: 'third try', root: { ...root } });
    });

    it('that its parent runs in a loop makes a voice in each turn, and for each of equal items', async () => {
      const equal = [{ files: { data: one } }, { files: { data: one } }];
      const parent = { ...options, items: equal, parent: 'loops' };
      await success(parent);
      await success(parent);
      expect(api.voices).toHaveLength(4);
    });

    it('sends again what may have made a voice if a person retries it, or its parent', async () => {
      api.behaveNext(lost);
      const { run: ended } = await run({ ...options, parent: 'ended' });
      await success({ ...options, parent: 'retried' });
      await success({ ...options, retryOf: ended });
      expect(api.requests).toHaveLength(5);
    });
  });

  it.each([
    ['', API_KEY],
    [', although the key was renewed', 'sk-renewed'],
  ])(
    'in an execution that a person retries keeps the voices of the items that have them%s',
    async (_, apiKey) => {
      const equal = [...items, ...items];
      api.behaveNext(
        { kind: 'normal' },
        { kind: 'normal' },
        { kind: 'normal' },
        { kind: 'answer', status: 429 },
      );
      const { run: ended, error } = await run({ items: equal });
      expect(error?.message).toContain('too busy');
      const made = api.voices.map(({ id }) => id);
      api.behaveNext({ kind: 'answer', status: 201, body: [{ id: 'last', name: 'Amelia' }] });
      const { outputs } = await run({ items: equal, retryOf: ended, credential: { apiKey } });
      expect(api.requests).toHaveLength(5);
      expect(outputs[0]?.map(({ json }) => json['id'])).toEqual([...made, 'last']);
    },
  );

  it('in an execution that a person retries sends again what may have made a voice, because they ask for it', async () => {
    api.behaveNext(lost);
    const { run: ended } = await run({ items });
    await success({ items, retryOf: ended });
    expect(api.requests).toHaveLength(3);
  });

  it('in an execution that waits in the database makes a voice in each turn, and keeps them for a person who retries', async () => {
    const parameters = { binaryFields: '={{ $("Files").all()[$itemIndex].binary.data }}' };
    const loop = nodeType({}, async (context) => {
      if (context.getWorkflowDataProxy(0)['$runIndex'] > 0)
        await context.putExecutionToWait(new Date(Date.now() + 3_600_000));
      return [context.getInputData()];
    });
    const options = { items, parameters, loops: 2, nodeTypes: { 'test.loop': loop } };
    const { run: waiting } = await run(options);
    expect(waiting.status).toBe('waiting');
    api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 429 });
    const { run: ended, error } = await run({ ...options, resumeOf: waiting });
    expect(error?.message).toContain('too busy');
    await run({ ...options, retryOf: ended });
    expect(api.voices).toHaveLength(4);
    expect(api.requests).toHaveLength(5);
  });

  it('in an execution that a person retries keeps the voices of files that n8n has lost', async () => {
    api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 429 });
    const { run: ended } = await run({ items, binaryData: 's3' });
    vi.spyOn(remoteStorage, 'getMetadata').mockRejectedValue(new Error('not found'));
    const error = await failure({ items, binaryData: 's3', retryOf: ended });
    vi.restoreAllMocks();
    expect(error?.message).toMatch(/^n8n cannot find the file "two.wav".*Voices already made.*"Amelia"/);
    expect(api.requests).toHaveLength(2);
  });

  it('in an execution that a person retries after a change makes the changed voice', async () => {
    api.behaveNext({ kind: 'normal' }, { kind: 'answer', status: 429 });
    const { run: ended } = await run({ items });
    await run({ items, retryOf: ended, parameters: { name: 'Bertram' } });
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
    const error = await failure({ ...tool, node: retrying, asTool: amelia });
    expect(error?.message).toContain(mayExist);
    expect(api.requests).toHaveLength(1);
  });

  it('in a sub-workflow that its parent tries again sends nothing where a voice may exist', async () => {
    const inSubWorkflow = { ...tool, asTool: amelia, parent: 'of a tool' };
    api.behaveNext(lost);
    await failure(inSubWorkflow);
    await failure(inSubWorkflow);
    expect(api.requests).toHaveLength(1);
  });

  it('that n8n tries again sends again what made no voice', async () => {
    api.behaveNext({ kind: 'answer', status: 429 });
    const { toolAnswer } = await success({ ...tool, node: retrying, asTool: amelia });
    expect(JSON.parse(toolAnswer ?? '')).toEqual(api.voices);
    expect(api.requests).toHaveLength(2);
  });

  it.each([
    ['one after the other', false],
    ['at the same time', true],
  ])('of which two handles are used %s makes the voice that each call asks for', async (_, atOnce) => {
    const { toolAnswers } = await run({
      ...tool,
      agent: async (prepare) => {
        const [first, second] = [await prepare(), await prepare()];
        const answer = first.invoke(amelia);
        if (!atOnce) await answer;
        return Promise.all([answer, second.invoke(bertram)]);
      },
    });
    expect(names().toSorted()).toEqual(['Amelia', 'Bertram']);
    expect(toolAnswers.map((answer) => JSON.parse(answer)[0].name)).toEqual(['Amelia', 'Bertram']);
  });

  it('that a model calls again after an error gives the same answer, and sends nothing', async () => {
    api.behaveNext(lost);
    const { toolAnswers } = await run({
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
    const { toolAnswers } = await run({
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
    await run({ ...tool, asTool: amelia });
    await run({ ...tool, asTool: amelia });
    expect(api.voices).toHaveLength(2);
  });

  it('that the engine runs makes the voice that each call asks for, and an equal one once', async () => {
    const { toolAnswers } = await success({ ...tool, engineCalls: [[amelia, bertram], [amelia]] });
    expect(names().toSorted()).toEqual(['Amelia', 'Bertram']);
    expect(toolAnswers).toHaveLength(3);
  });

  it('that the engine tries again sends nothing where a voice may exist', async () => {
    api.behaveNext(lost);
    await run({
      ...tool,
      node: { ...retrying, onError: 'continueRegularOutput' },
      engineCalls: [[amelia], [amelia]],
    });
    expect(api.requests).toHaveLength(1);
  });

  it.each([
    ['', true],
    [' in queue mode', 'queue'],
  ] as const)(
    'of an MCP server%s makes a voice, and an equal call of a client that gave up waiting none',
    async (_, mcp) => {
      const parameters = {
        ...tool.parameters,
        binaryFields: 'data:audio/wav;base64,' + one.content.toString('base64'),
      };
      const { toolAnswers } = await run({
        parameters,
        mcp,
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
    },
  );
});
