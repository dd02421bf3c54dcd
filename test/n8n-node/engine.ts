import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type * as Core from 'n8n-core';
import type * as Workflow from 'n8n-workflow';
import type {
  EngineRequest,
  EngineResponse,
  IAuthenticate,
  ICredentialDataDecryptedObject,
  IBinaryData,
  IExecuteFunctions,
  IHttpRequestOptions,
  INode,
  INodeCredentialTestResult,
  INodeExecutionData,
  INodeParameters,
  INodeType,
  INodeTypeDescription,
  IPinData,
  IRun,
  IRunExecutionData,
  ITaskData,
  IWorkflowExecuteAdditionalData,
  IWorkflowSettings,
} from 'n8n-workflow';
import { buildNode } from '../../release/build-node.ts';

const packageFolder = join(import.meta.dirname, '../../n8n-node');
process.env['N8N_USER_FOLDER'] = join(tmpdir(), `n8n-engine-${randomUUID()}`);
process.env['N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS'] = 'false';
process.env['N8N_LOG_LEVEL'] = 'silent';

/**
 * Where an engine is installed. The one of the n8n package comes with the zod that n8n has; this project's own is
 * another. `npm run test:n8n` runs these tests in older engines too.
 */
const engineFolder = process.env['N8N_ENGINE'] ?? packageFolder;
const requireForPackage = createRequire(join(engineFolder, 'package.json'));
const core = requireForPackage('n8n-core') as typeof Core;
const n8n = requireForPackage('n8n-workflow') as typeof Workflow;
/** Whether workflows can keep files inside the JSON (`binaryMode`), which came with n8n 2.5. */
export const keepsFilesInJson = 'isBinaryValue' in n8n;
const { Container } = createRequire(requireForPackage.resolve('n8n-core'))('@n8n/di') as {
  Container: { get<T>(type: new (...parameters: never[]) => T): T };
};
/** n8n reads the folder once in a process, which may run several files of tests. */
const n8nFolder = dirname(Container.get(core.InstanceSettings).n8nFolder);

/** What the node before the one under test puts out: files by the name of their field, and JSON. */
export interface SourceItem {
  json?: INodeExecutionData['json'];
  files?: Record<string, SourceFile>;
}

/** A file in an item. */
export interface SourceFile {
  name: string;
  content: Uint8Array | (() => Promise<Readable>);
  type?: string;
  /** Truncates or extends the file on disk to this size once n8n has stored it. */
  damagedTo?: number;
}

/** What runs, with which items and settings. */
export interface RunOptions {
  items?: SourceItem[];
  /** Parameters of the Callers node; `name` is given otherwise. */
  parameters?: INodeParameters;
  /** Other properties of the Callers node, such as `onError`. */
  node?: Partial<INode>;
  /** More node types, by name. With one of them as its `type` in `node`, that one runs instead of the Callers node. */
  nodeTypes?: Record<string, INodeType>;
  credential?: Record<string, string>;
  settings?: IWorkflowSettings;
  /** Keep files as n8n does, on disk, in memory or elsewhere. @default 'filesystem-v2' */
  binaryData?: 'filesystem-v2' | 'default' | 's3';
  /** Called with a function that cancels the execution, as the stop button does. */
  onStart?: (cancel: () => void) => void;
  /** Run the node as a tool of an AI agent that calls it with these arguments. */
  asTool?: Record<string, unknown>;
  /** Run it as a tool of an agent that does this with it. */
  agent?: (prepare: () => Promise<PreparedTool>) => Promise<string[]>;
  /** Run it as a tool that the engine calls for an agent: rounds of calls with these arguments. */
  engineCalls?: Record<string, unknown>[][];
  /** The node at which a person approves each of these calls (n8n's human review). */
  reviewedAt?: string;
  /** Run it as a tool of an MCP server: outside any execution, or in queue mode each call in one of its own. */
  mcp?: boolean | 'queue';
  /** Put the node, or its agent, into a loop that runs it this many times. */
  loops?: number;
  /** A node between the files and the Callers node, of a type in `nodeTypes`. */
  between?: { name: string; type: string; /** The output that leads on. @default 0 */ output?: number };
  /** What is pinned in place of the output of "Files". */
  pinned?: INodeExecutionData[];
  /** Retry the execution that ended like this, as from the list of executions. */
  retryOf?: IRun;
  /** Run it as a sub-workflow of the execution with this identifier. */
  parent?: string;
  /** What n8n hands on, from the execution that this descends from. */
  root?: { name: string; type: string };
  /** Resume the execution that a node put to wait, from the database. */
  resumeOf?: IRun;
}

/** A tool as an agent has it. */
export interface PreparedTool {
  invoke(toolArguments: Record<string, unknown>): Promise<string>;
}

/** What a run of the workflow gave. */
export interface RunResult {
  run: IRun;
  /** Output items of the Callers node, by output. */
  outputs: INodeExecutionData[][];
  /** What it failed with, as the editor gets it. */
  error?: {
    message: string;
    description?: string | null;
    httpCode?: string | null;
    context: { itemIndex?: number; data?: unknown };
    name: string;
  };
  /** The hints in the output panel. */
  hints: string[];
  /** What the AI agent was told: first, and each time. */
  toolAnswer?: string;
  toolAnswers: string[];
}

/** n8n’s engine with the built node. */
export interface Engine {
  run(options: RunOptions): Promise<RunResult>;
  nodeDescription: INodeTypeDescription;
  /** What n8n says of a credential when it tests it. */
  testCredential(data: Record<string, string>): Promise<INodeCredentialTestResult>;
  close(): void;
}

/** n8n's own engine with the built package in it, in this process; nothing of it is replaced but n8n's database. */
export async function startEngine(apiUrl: () => string, apiKey: string): Promise<Engine> {
  await buildNode();
  const binaryDataService = Container.get(core.BinaryDataService);
  await binaryDataService.init();
  Object.assign(binaryDataService, {
    managers: { ...Reflect.get(binaryDataService, 'managers'), s3: remoteStorage },
  });
  const installed = installedInEngine();
  const loader = new core.PackageDirectoryLoader(installed);
  await loader.loadAll();
  const callers = loader.getNode('callers').type as INodeType;
  const credentialType = loader.getCredential('callersApi').type;
  const authenticate = credentialType.authenticate as Extract<IAuthenticate, Function>;

  async function run(options: RunOptions): Promise<RunResult> {
    const { retryOf, resumeOf, parent } = options;
    const executionId = (resumeOf && executionIds.get(resumeOf)) ?? String(nextExecutionId++);
    Object.assign(binaryDataService, { mode: options.binaryData ?? 'filesystem-v2' });
    const toolAnswers: string[] = [];
    const nodeTypes = new Map<string, INodeType>([
      ['n8n-nodes-callers.callers', callers],
      ['n8n-nodes-callers.callersTool', asTool(callers)],
      ['test.trigger', nodeType({ inputs: [] }, () => Promise.resolve([[{ json: {} }]]))],
      ['test.files', nodeType({}, (context) => filesNode(context, options.items ?? []))],
      [
        'test.agent',
        nodeType({ inputs: ['main', 'ai_tool'] }, (context, response) =>
          agentNode(context, options, toolAnswers, response),
        ),
      ],
      [MCP_TRIGGER, nodeType({ inputs: ['ai_tool'], outputs: [] }, () => Promise.resolve([]))],
      ['test.loop', loopNode(options.loops ?? 1)],
      ...Object.entries(options.nodeTypes ?? {}),
    ]);
    const isTool = [options.asTool, options.agent, options.engineCalls, options.mcp].some(
      (each) => each !== undefined,
    );
    const looped = isTool ? 'Agent' : 'Callers';
    const target = options.loops ? 'Loop' : looped;
    const { between } = options;
    const first = between?.name ?? target;
    const credential = { apiKey, apiUrl: apiUrl(), ...options.credential };
    const workflow = new n8n.Workflow({
      id: 'test',
      name: 'Test',
      active: false,
      nodes: [
        node('Start', 'test.trigger'),
        node('Files', 'test.files'),
        ...(isTool ? [node('Agent', options.mcp ? MCP_TRIGGER : 'test.agent')] : []),
        ...(options.loops ? [node('Loop', 'test.loop')] : []),
        ...(between ? [node(between.name, between.type)] : []),
        node('Callers', `n8n-nodes-callers.${isTool ? 'callersTool' : 'callers'}`, {
          parameters: {
            resource: 'voice',
            operation: 'clone',
            voicesToMake: 'eachItem',
            binaryFields: 'data',
            name: 'Amelia',
            ...options.parameters,
          },
          credentials: { callersApi: { id: '1', name: 'Callers account' } },
          ...options.node,
        }),
      ],
      connections: {
        Start: { main: [[{ node: 'Files', type: 'main', index: 0 }]] },
        Files: { main: [[{ node: first, type: 'main', index: 0 }]] },
        ...(between && {
          [between.name]: {
            main: [
              ...Array.from({ length: between.output ?? 0 }, () => []),
              [{ node: target, type: 'main' as const, index: 0 }],
            ],
          },
        }),
        ...(options.loops && {
          Loop: { main: [[{ node: looped, type: 'main', index: 0 }]] },
          [looped]: { main: [[{ node: 'Loop', type: 'main', index: 0 }]] },
        }),
        ...(isTool && { Callers: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] } }),
      },
      nodeTypes: {
        getByName: (name) => typeNamed(nodeTypes, name),
        getByNameAndVersion: (name) => typeNamed(nodeTypes, name),
        getKnownTypes: () => ({}),
      },
      settings: { executionOrder: 'v1', ...options.settings },
    });
    const workflowData = { id: 'test', name: 'Test', active: false, nodes: [], connections: {} };
    const hooks = new core.ExecutionLifecycleHooks('manual', executionId, workflowData as never);
    // A cancelled execution tells only its hooks that it is over.
    const cancelled = new Promise<IRun>((resolve) => {
      hooks.addHandler('workflowExecuteAfter', (ended) => {
        if (ended.status === 'canceled') resolve(ended);
      });
    });
    const additionalData = {
      executionId,
      currentNodeExecutionIndex: 0,
      restApiUrl: 'http://localhost/rest',
      instanceBaseUrl: 'http://localhost',
      formWaitingBaseUrl: 'http://localhost',
      webhookBaseUrl: 'http://localhost',
      webhookWaitingBaseUrl: 'http://localhost',
      webhookTestBaseUrl: 'http://localhost',
      variables: {},
      logAiEvent: () => {},
      hooks,
      credentialsHelper: {
        getParentTypes: () => [],
        isCredentialUsableByNode: () => true,
        getDecrypted: (...[, , , mode, executeData, , values]: Parameters<GetDecrypted>) =>
          Promise.resolve(values ? resolved(credential, mode, executeData, values) : credential),
        preAuthentication: () => Promise.resolve(undefined),
        getCredentialsProperties: () => credentialType.properties,
        authenticate: (data: ICredentialDataDecryptedObject, _type: string, request: IHttpRequestOptions) =>
          authenticate(data, request),
      },
    } as unknown as IWorkflowExecuteAdditionalData;

    if (options.mcp) return mcpServer(workflow, additionalData, options, toolAnswers);
    const stored = retryOf
      ? toRetry(retryOf, workflow)
      : resumeOf
        ? fromDatabase(resumeOf)
        : parent === undefined
          ? undefined
          : subExecution(workflow, parent, options.root);
    const mode = retryOf ? 'retry' : parent ? 'integrated' : 'manual';
    const execute = new core.WorkflowExecute(additionalData, mode, stored);
    const execution = stored
      ? execute.processRunExecutionData(workflow)
      : start(execute, workflow, options.pinned && { Files: options.pinned });
    options.onStart?.(() => execution.cancel());
    const result = await Promise.race([execution, cancelled]);
    executionIds.set(result, executionId);
    const [data]: ITaskData[] = result.data.resultData.runData['Callers']?.slice(-1) ?? [];
    const error = (data?.error ?? result.data.resultData.error) as RunResult['error'];
    return {
      run: result,
      outputs: (data?.data?.['main'] ?? []).map((items) => items ?? []),
      hints: (data?.hints ?? []).map(({ message }) => message),
      ...(error && { error }),
      ...(toolAnswers[0] !== undefined && { toolAnswer: toolAnswers[0] }),
      toolAnswers,
    };
  }

  return {
    run,
    nodeDescription: callers.description,
    async testCredential(data) {
      const test = callers.methods?.credentialTest?.['testCredential'];
      if (!test) throw new Error('the node has no test for its credential');
      const context = new core.CredentialTestContext({} as IWorkflowExecuteAdditionalData);
      return test.call(context, {
        id: '',
        name: '',
        type: 'callersApi',
        data: { apiKey, apiUrl: apiUrl(), ...data },
      });
    },
    close() {
      rmSync(n8nFolder, { recursive: true, force: true });
      if (installed !== packageFolder) rmSync(installed, { recursive: true });
    },
  };
}

let nextExecutionId = 1;
const executionIds = new WeakMap<IRun, string>();

const MCP_TRIGGER = '@n8n/n8n-nodes-langchain.mcpTrigger';

/** From n8n 2.5 on it takes one object, before that a list of parameters. */
function start(
  execute: Core.WorkflowExecute,
  workflow: Workflow.Workflow,
  pinData?: IPinData,
): ReturnType<typeof execute.run> {
  const startNode = workflow.nodes['Start'] as INode;
  if (execute.run.length === 1) return execute.run({ workflow, startNode, ...(pinData && { pinData }) });
  const older = execute as unknown as {
    run(...of: [Workflow.Workflow, INode, undefined, IPinData | undefined]): ReturnType<typeof execute.run>;
  };
  return older.run(workflow, startNode, undefined, pinData);
}

/** The built package where it finds the n8n-workflow of the engine. */
function installedInEngine(): string {
  if (engineFolder === packageFolder) return packageFolder;
  // Several test files may do this at the same time.
  const folder = mkdtempSync(join(engineFolder, 'node_modules/n8n-nodes-callers-'));
  for (const part of ['package.json', 'dist']) {
    cpSync(join(packageFolder, part), join(folder, part), { recursive: true });
  }
  return folder;
}

const remoteFiles = new Map<string, Buffer>();

/** A remote storage, as S3 or a database is for n8n, that records what is fetched from it. */
export const remoteStorage = {
  fetched: new Array<string>(),
  async store(_location: unknown, content: Buffer | Readable, { fileName }: { fileName: string }) {
    remoteFiles.set(fileName, Buffer.isBuffer(content) ? content : await buffer(content));
    return { fileId: fileName, fileSize: remoteFiles.get(fileName)?.length };
  },
  getMetadata: (fileName: string) =>
    Promise.resolve({ fileName, fileSize: remoteFiles.get(fileName)?.length }),
  getAsStream(fileName: string) {
    remoteStorage.fetched.push(fileName);
    return Promise.resolve(Readable.from([remoteFiles.get(fileName)]));
  },
};

/** Files in n8n's binary data storage that this process holds open. */
export function openBinaryFiles(): string[] {
  return readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return []; // the descriptor of this very listing
      }
    })
    .filter((path) => path.startsWith(n8nFolder));
}

type GetDecrypted = Workflow.ICredentialsHelper['getDecrypted'];

/** A credential whose fields are expressions, as n8n resolves it for an item. */
function resolved(
  credential: Record<string, string>,
  mode: Workflow.WorkflowExecuteMode,
  executeData: Workflow.IExecuteData | undefined,
  values: Workflow.ICredentialsExpressionResolveValues,
): ICredentialDataDecryptedObject {
  const { workflow, runExecutionData, runIndex, itemIndex, node: of, connectionInputData } = values;
  return workflow.expression.getParameterValue(
    credential,
    runExecutionData,
    runIndex,
    itemIndex,
    of.name,
    connectionInputData,
    mode,
    {},
    executeData,
  ) as unknown as ICredentialDataDecryptedObject;
}

function node(name: string, type: string, more: Partial<INode> = {}): INode {
  return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters: {}, ...more };
}

function typeNamed(types: Map<string, INodeType>, name: string): INodeType {
  const type = types.get(name);
  if (!type) throw new Error(`no node type ${name}`);
  return type;
}

/** A node type for tests only. */
export function nodeType(
  description: Partial<INodeTypeDescription>,
  execute: (
    context: IExecuteFunctions,
    response?: EngineResponse,
  ) => Promise<INodeExecutionData[][] | EngineRequest>,
): INodeType {
  return {
    description: {
      displayName: 'Test',
      name: 'test',
      group: ['input'],
      version: 1,
      description: '',
      defaults: {},
      inputs: ['main'],
      outputs: ['main'],
      properties: [],
      ...description,
    },
    execute(this: IExecuteFunctions, response?: EngineResponse) {
      return execute(this, response);
    },
  };
}

/** What n8n makes of a node with `usableAsTool`. */
function asTool(type: INodeType): INodeType {
  const description = { ...type.description, name: 'callersTool', inputs: [], outputs: ['ai_tool'] };
  return Object.assign(Object.create(type) as INodeType, { description });
}

async function filesNode(context: IExecuteFunctions, items: SourceItem[]): Promise<INodeExecutionData[][]> {
  const output = items.map(async ({ json = {}, files = {} }, item) => {
    const binary: Record<string, IBinaryData> = {};
    for (const [field, { name, content, type, damagedTo }] of Object.entries(files)) {
      const source = typeof content === 'function' ? await content() : Buffer.from(content);
      const stored = await context.helpers.prepareBinaryData(source, name, type);
      if (damagedTo !== undefined) truncateSync(context.helpers.getBinaryPath(stored.id ?? ''), damagedTo);
      binary[field] = stored;
    }
    return { json, binary, pairedItem: { item } };
  });
  return [await Promise.all(output)];
}

async function agentNode(
  context: IExecuteFunctions,
  { asTool: toolArguments = {}, agent = onceWith(toolArguments), engineCalls, reviewedAt }: RunOptions,
  answers: string[],
  response?: EngineResponse,
): Promise<INodeExecutionData[][] | EngineRequest> {
  if (!engineCalls) {
    answers.push(...(await agent(() => toolOf(context))));
    return [[{ json: {} }]];
  }
  const round = response?.actionResponses.length ? (response.metadata as { round: number }).round + 1 : 0;
  answers.push(
    ...(response?.actionResponses ?? []).map(({ data }) => JSON.stringify(data.data?.['ai_tool']?.[0])),
  );
  const actions = (engineCalls[round] ?? []).map((input, index) => ({
    actionType: 'ExecutionNodeAction' as const,
    nodeName: 'Callers',
    type: 'ai_tool' as const,
    input: input as EngineRequest['actions'][number]['input'],
    id: `call-${round}-${index}`,
    metadata: { parentNodeName: reviewedAt },
  }));
  return actions.length > 0 ? { actions, metadata: { round } } : [[{ json: {} }]];
}

function onceWith(toolArguments: Record<string, unknown>) {
  return async (prepare: () => Promise<PreparedTool>) => [await (await prepare()).invoke(toolArguments)];
}

async function toolOf(context: Pick<IExecuteFunctions, 'getInputConnectionData'>): Promise<PreparedTool> {
  const [tool] = (await context.getInputConnectionData('ai_tool', 0)) as PreparedTool[];
  if (!tool) throw new Error('there is no tool');
  return tool;
}

/** Runs its input once for each turn. */
function loopNode(turns: number): INodeType {
  return nodeType({}, (context) => {
    const turn = Number(context.getWorkflowDataProxy(0)['$runIndex']);
    const files = context.getWorkflowDataProxy(0)['$']('Files', true).all() as INodeExecutionData[];
    return Promise.resolve([turn < turns ? files : []]);
  });
}

/**
 * What n8n takes over from a failed execution that a person retries: as it is stored, without its last error, and with
 * the nodes of the workflow as it is now. As after a webhook, the files were moved to another folder when it ended.
 */
function toRetry({ data }: IRun, workflow: Workflow.Workflow): IRunExecutionData {
  const text = JSON.stringify(data);
  const moved = (path: string) => path.replaceAll('/executions/', '/executions/ended-');
  const folders = (text.match(/filesystem-v2:workflows[^"]+/g) ?? []).map((id) =>
    Container.get(core.BinaryDataService)
      .getPath(id)
      .replace(/binary_data.*/, ''),
  );
  for (const folder of new Set(folders)) renameSync(folder, moved(folder));
  const stored = JSON.parse(moved(text)) as IRunExecutionData;
  delete stored.resultData.error;
  stored.resultData.runData[stored.resultData.lastNodeExecuted ?? '']?.pop();
  for (const entry of stored.executionData?.nodeExecutionStack ?? [])
    entry.node = workflow.nodes[entry.node.name] ?? entry.node;
  return stored;
}

/** What n8n starts a sub-workflow with. */
function subExecution(
  workflow: Workflow.Workflow,
  executionId: string,
  root?: RunOptions['root'],
): IRunExecutionData {
  const executionContext = root && { triggerNode: root };
  const parentExecution = { executionId, workflowId: 'parent', executionContext };
  const first = { node: workflow.nodes['Start'], data: { main: [[{ json: {} }]] }, source: null };
  return {
    parentExecution,
    resultData: { runData: {} },
    executionData: {
      contextData: {},
      metadata: {},
      nodeExecutionStack: [{ ...first, metadata: { parentExecution } }],
      waitingExecution: {},
      waitingExecutionSource: {},
    },
  } as unknown as IRunExecutionData;
}

/** An execution as n8n stores it while it waits. */
function fromDatabase({ data }: IRun): IRunExecutionData {
  return JSON.parse(JSON.stringify(data)) as IRunExecutionData;
}

/** As n8n's MCP trigger does for each message of a client: it prepares the tool again, and runs it outside any execution. */
async function mcpServer(
  workflow: Workflow.Workflow,
  additionalData: IWorkflowExecuteAdditionalData,
  { asTool: toolArguments = {}, agent = onceWith(toolArguments), mcp }: RunOptions,
  toolAnswers: string[],
): Promise<RunResult> {
  const trigger = workflow.nodes['Agent'] as INode;
  const request = { httpRequest: { body: {}, headers: {}, params: {}, query: {} }, executionId: undefined };
  const outside = { ...additionalData, ...request } as unknown as IWorkflowExecuteAdditionalData;
  const prepare = () =>
    toolOf(new core.WebhookContext(workflow, trigger, outside, 'webhook', {} as never, [], null));
  toolAnswers.push(
    ...(await agent(mcp === 'queue' ? () => toolOfWorker(workflow, additionalData) : prepare)),
  );
  return { run: {} as IRun, outputs: [], hints: [], toolAnswers };
}

/** As n8n's worker runs a tool for an MCP trigger, in queue mode since 2.41: each call is an execution. */
function toolOfWorker(
  workflow: Workflow.Workflow,
  additionalData: IWorkflowExecuteAdditionalData,
): Promise<PreparedTool> {
  const [tool, trigger] = [workflow.nodes['Callers'], workflow.nodes['Agent']] as [INode, INode];
  const input = { main: [[{ json: {} }]] };
  const runExecutionData = { resultData: { runData: {} }, executionData: { contextData: {} } };
  const context = new core.SupplyDataContext(
    workflow,
    tool,
    { ...additionalData, executionId: String(nextExecutionId++) },
    'webhook',
    runExecutionData as never,
    0,
    input.main[0] ?? [],
    input,
    'ai_tool',
    { node: tool, data: input, source: null },
    [],
    undefined,
    trigger,
  );
  return Promise.resolve({
    async invoke(toolArguments) {
      context.addInputData('ai_tool', [[{ json: toolArguments as INodeExecutionData['json'] }]]);
      const output = await workflow.nodeTypes.getByNameAndVersion(tool.type).execute?.call(context as never);
      const [items] = output as INodeExecutionData[][];
      return JSON.stringify(items?.map(({ json }) => json));
    },
  });
}
