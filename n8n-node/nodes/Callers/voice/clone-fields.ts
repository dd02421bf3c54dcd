import type { INodeProperties } from 'n8n-workflow';
import { FILES_OF_AGENT } from './agent-files.ts';
import { localeOptions } from './locale-options.ts';

const displayOptions = { show: { resource: ['voice'], operation: ['clone'] } };

/** Time limit of a call, unless the option is set. */
export const DEFAULT_TIMEOUT_SECONDS = 600;

/** The fields of the Clone operation. Fields in collections use the API's names, so they need no mapping. */
export const cloneFields: INodeProperties[] = [
  {
    displayName:
      'Each execution makes a new voice, which is billed. While you build the workflow, pin this node’s output so that it does not run again.',
    name: 'billedNotice',
    type: 'notice',
    default: '',
    displayOptions: { ...displayOptions, hide: { '@tool': [true] } },
  },
  {
    displayName:
      'An agent cannot pass files: Audio Files says where they come from. Each voice is billed. For the agent to learn why a call failed, set On Error in the settings to Continue.',
    name: 'toolNotice',
    type: 'notice',
    default: '',
    displayOptions: { show: { ...displayOptions.show, '@tool': [true] } },
  },
  {
    displayName: 'Name',
    name: 'name',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. Amelia, receptionist',
    description: 'Name of the voice, at least 5 characters',
    displayOptions,
  },
  {
    displayName: 'Voices to Make',
    name: 'voicesToMake',
    type: 'options',
    noDataExpression: true,
    options: [
      {
        name: 'One Voice per Item',
        value: 'eachItem',
        description: 'Every input item becomes a separate voice, and each voice is billed',
      },
      {
        name: 'One Voice From All Items',
        value: 'allItems',
        description:
          'The audio files of all input items become one voice, with the settings of the first item',
      },
    ],
    default: 'eachItem',
    displayOptions,
  },
  {
    displayName: 'Input Data Field Name(s)',
    name: 'binaryFields',
    type: 'string',
    required: true,
    default: 'data',
    placeholder: 'e.g. data, data1',
    hint: 'The name of the input field that contains the audio file, several names separated by commas, or * for all files of the item',
    description:
      'An expression may also return a binary file of another node, or a list of files, such as <code>{{ $("Read Files").item.binary.data }}</code>',
    displayOptions: { ...displayOptions, hide: { '@tool': [true] } },
  },
  {
    displayName: 'Audio Files',
    name: 'binaryFields',
    // Not a string: n8n would offer to let the model fill it in, and no model can.
    type: 'options',
    options: [
      {
        name: 'Files of the Chat',
        value: FILES_OF_AGENT,
        description:
          'All files that came with the chat message, or from the nearest node before the agent that has files',
      },
    ],
    default: FILES_OF_AGENT,
    description:
      'An expression may also return a binary file of another node, or a list of files, such as <code>{{ $("Read Files").first().binary.data }}</code>',
    displayOptions: { show: { ...displayOptions.show, '@tool': [true] } },
  },
  {
    displayName: 'Additional Fields',
    name: 'additionalFields',
    type: 'collection',
    placeholder: 'Add Field',
    default: {},
    displayOptions,
    options: [
      {
        displayName: 'Description',
        name: 'description',
        type: 'string',
        typeOptions: { rows: 2 },
        default: '',
        description: 'Description of the voice',
      },
      {
        displayName: 'Provider',
        name: 'providerType',
        type: 'options',
        options: [
          { name: 'Cartesia', value: 'CARTESIA' },
          { name: 'ElevenLabs', value: 'ELEVENLABS' },
          { name: 'Google Cloud', value: 'GOOGLE_CLOUD' },
        ],
        default: 'ELEVENLABS',
        description: 'The provider that makes the voice',
      },
      {
        displayName: 'Similarity Boost',
        name: 'similarityBoost',
        type: 'number',
        typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
        default: 0.75,
        description: 'How closely the voice matches the samples, from 0 to 1',
      },
      {
        displayName: 'Speed',
        name: 'speed',
        type: 'number',
        typeOptions: { minValue: -1, maxValue: 1, numberPrecision: 2 },
        default: 0,
        description: 'How fast the voice speaks: -1 is slowest, 0 is normal, 1 is fastest',
      },
      {
        displayName: 'Stability',
        name: 'stability',
        type: 'number',
        typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
        default: 0.5,
        description: 'How consistent the voice is, from 0 to 1',
      },
      {
        displayName: 'Sub-Accounts',
        name: 'subAccounts',
        type: 'boolean',
        default: false,
        description: 'Whether sub-accounts are enabled for the voice',
      },
      {
        displayName: 'Sub-Organization ID',
        name: 'subOrganizationId',
        type: 'string',
        default: '',
        description:
          'The sub-organization that gets the voice. It must belong to the organization of the API key.',
      },
      {
        displayName: 'Supported Locales',
        name: 'supportedLocales',
        type: 'multiOptions',
        options: localeOptions(),
        default: [],
        description: 'The languages and regions that the voice supports',
      },
      {
        displayName: 'Supports All Languages',
        name: 'supportsAllLanguages',
        type: 'boolean',
        default: false,
        description: 'Whether the voice supports all languages',
      },
    ],
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add Option',
    default: {},
    displayOptions,
    options: [
      {
        displayName: 'Timeout (Seconds)',
        name: 'timeout',
        type: 'number',
        typeOptions: { minValue: 1 },
        default: DEFAULT_TIMEOUT_SECONDS,
        description: 'Time limit for uploading the samples and making the voice',
      },
    ],
  },
];
