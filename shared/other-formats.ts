import { type AudioFormat, extensionOf, formatNamed } from './audio-formats.ts';

/**
 * Formats that are known by their extensions only, and never sent. In a file of their own, because the n8n node has no use
 * for them.
 */
const otherFormats: readonly AudioFormat[] = [
  // Cameras and screen recorders write these.
  {
    container: 'video',
    extensions: 'asf avi divx f4v flv m2ts mpeg mpg mts mxf ogm ogv qt ts vob wmv'.split(' '),
    use: 'video',
  },
  // No provider documents these, and few programs read them; some have no headers at all.
  {
    container: 'other',
    extensions: (
      '8svx act al alac alaw amb ape aup aup3 avr cda dff ds2 dsf dss dts dtshd dvf f4a g722 g723 g726 g729 gsm htk ' +
      'ima kar la lin mid mmf mpc mpp msv nmf ofr oma pcm qcp ra ram raw rm rmvb sd2 shn sln sln16 sox tak tta ul ' +
      'ulaw voc vox vqf wv wve xa'
    ).split(' '),
    use: 'unsupported',
  },
];

/** The format that a file name's extension stands for; undefined unless it is one of recordings or videos. */
export function anyFormatNamed(fileName: string): AudioFormat | undefined {
  const extension = extensionOf(fileName);
  return formatNamed(fileName) ?? otherFormats.find(({ extensions }) => extensions.includes(extension));
}
