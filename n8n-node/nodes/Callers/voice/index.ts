import type { INodeProperties } from 'n8n-workflow';
import { cloneFields } from './clone-fields.ts';

/** The operations on voices, and their fields. */
export const voiceDescription: INodeProperties[] = [
  {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource: ['voice'] } },
    options: [
      {
        name: 'Clone',
        value: 'clone',
        description: 'Make a voice that sounds like the audio samples',
        action: 'Clone voice',
      },
    ],
    default: 'clone',
  },
  ...cloneFields,
];
