import {
  type ICredentialsDecrypted,
  type ICredentialTestFunctions,
  type IExecuteFunctions,
  type INodeExecutionData,
  type INodeType,
  type INodeTypeDescription,
  NodeConnectionTypes,
} from 'n8n-workflow';
import { testCredential } from './test-credential.ts';
import { cloneVoices } from './voice/clone.ts';
import { voiceDescription } from './voice/index.ts';
import { withOwnArguments } from './voice/tool-call.ts';

/** The node *Callers*. */
export class Callers implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Callers',
    name: 'callers',
    icon: { light: 'file:../../icons/callers.svg', dark: 'file:../../icons/callers.dark.svg' },
    group: ['transform'],
    version: 1,
    subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
    description: 'Clone voices from audio samples',
    defaults: { name: 'Callers' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'callersApi', required: true, testedBy: 'testCredential' }],
    hints: [
      {
        message:
          'Every input item becomes a separate voice, and each voice is billed. To make one voice from all files, set "Voices to Make" to "One Voice From All Items".',
        type: 'warning',
        location: 'outputPane',
        whenToDisplay: 'beforeExecution',
        displayCondition: '={{ $parameter["voicesToMake"] === "eachItem" && $input.all().length > 1 }}',
      },
    ],
    properties: [
      {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        options: [{ name: 'Voice', value: 'voice' }],
        default: 'voice',
      },
      ...voiceDescription,
    ],
  };

  methods = {
    credentialTest: {
      testCredential(this: ICredentialTestFunctions, credential: ICredentialsDecrypted) {
        return testCredential(this, credential);
      },
    },
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return [await cloneVoices(withOwnArguments(this))];
  }
}
