import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A language model that does as the test says. */
export interface Model {
  /** Base URL, as in an OpenAI credential. */
  url: string;
  /** What the model was told that its calls returned. */
  told: string[];
  close(): void;
}

interface Completion {
  model: string;
  stream?: boolean;
  messages: { role: string; content: string }[];
  tools: { function: { name: string } }[];
}

/** A stand-in for OpenAI's Chat Completions API: a model that calls its tool once with these arguments, then stops. */
export async function startModel(toolArguments: object): Promise<Model> {
  const told: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { messages, tools, model, stream } = (await json(request)) as Completion;
      const last = messages.at(-1);
      if (last?.role === 'tool') told.push(last.content);
      const call = {
        id: 'call_1',
        type: 'function',
        function: { name: tools[0]?.function.name, arguments: JSON.stringify(toolArguments) },
      };
      const isDone = last?.role === 'tool';
      const message = {
        role: 'assistant',
        content: isDone ? 'Done.' : '',
        ...(!isDone && { tool_calls: [call] }),
      };
      const finish_reason = isDone ? 'stop' : 'tool_calls';
      const completion = { id: '1', created: 1, model };
      if (!stream) {
        const choices = [{ index: 0, message, finish_reason }];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ...completion, object: 'chat.completion', choices }));
        return;
      }
      response.setHeader('content-type', 'text/event-stream');
      const delta = isDone ? message : { ...message, tool_calls: [{ index: 0, ...call }] };
      for (const choice of [
        { index: 0, delta, finish_reason: null },
        { index: 0, delta: {}, finish_reason },
      ]) {
        const chunk = { ...completion, object: 'chat.completion.chunk', choices: [choice] };
        response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      }
      response.end('data: [DONE]\n\n');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    told,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
