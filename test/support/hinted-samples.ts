import type { CloneSettings } from '../../shared/clone-settings.ts';
import { wav } from './wav.ts';

/** As a telephone's: 8 kHz. */
const call = wav(20_000);
call.writeUInt32LE(8_000, 24);
call.writeUInt32LE(16_000, 28);

const amr = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(3_200, 0x3c)]);

/** Samples, how they are sent, and what both the function and n8n's node hint at. */
export const hintedSamples: {
  what: string;
  providerType?: NonNullable<CloneSettings['providerType']>;
  samples: Record<string, Buffer>;
  sent: [filename: string, mimeType: string][];
  hints: string[];
}[] = [
  {
    what: 'a wrong extension, the rate of a telephone, and too little sound for ElevenLabs',
    providerType: 'ELEVENLABS',
    samples: { 'call.mp3': call, 'good.wav': wav(30_000) },
    sent: [
      ['call.mp3', 'audio/mpeg'],
      ['good.wav', 'audio/wav'],
    ],
    hints: [
      '"call.mp3" contains WAV data, but is sent as audio/mpeg. Rename it to call.wav.',
      '"call.mp3" has a sample rate of 8 kHz: the voice will sound like a telephone call. Record with at least 16 kHz; converting the file does not help.',
      'The voice has 1.6 seconds of samples; ElevenLabs wants at least 1 minute, ideally 1 to 2 (https://elevenlabs.io/docs/product-guides/voices/voice-cloning/instant-voice-cloning).',
    ],
  },
  {
    what: 'a format that no provider documents, and Google Cloud does not accept',
    providerType: 'GOOGLE_CLOUD',
    samples: { 'memo.amr': amr },
    sent: [['memo.amr', 'audio/amr']],
    hints: [
      '"memo.amr" is AMR, which no provider documents. Save it as .wav or .mp3.',
      '"memo.amr" has a sample rate of 8 kHz: the voice will sound like a telephone call. Record with at least 16 kHz; converting the file does not help.',
      '"memo.amr" is AMR, not a format that Google Cloud accepts for a custom voice: WAV (PCM), MP3, M4A (https://docs.cloud.google.com/text-to-speech/docs/chirp3-instant-custom-voice).',
    ],
  },
  {
    what: 'nothing where the name says nothing, and the declared type what is wrong',
    providerType: 'GOOGLE_CLOUD',
    samples: { '8f14e45f-ea4c-4c2b': wav(30_002) },
    sent: [['8f14e45f-ea4c-4c2b.wav', 'audio/wav']],
    hints: [],
  },
];
