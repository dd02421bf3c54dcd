import type { IncomingHttpHeaders } from 'node:http';

export interface ReceivedRequest {
  headers: IncomingHttpHeaders;
  fields: [name: string, value: string][];
  files: ReceivedFile[];
  /** What the documentation forbids about this request, even where a behavior decided the answer. */
  problems: string[];
  /** The voices that it made. */
  voices: Voice[];
  /** `null` as long as no answer was begun. */
  status: number | null;
  /** Whether the body was read to its end. */
  complete: boolean;
}

export interface ReceivedFile {
  field: string;
  /** As it was sent, paths included; `''` when the part has none. */
  filename: string;
  mimeType: string;
  /** Bytes so far. */
  size: number;
  /** In hex; `''` until the file has arrived whole. */
  sha256: string;
}

/** The documented voice, and `createdAt`, which no documentation mentions: clients have to keep such fields. */
export interface Voice {
  id: string;
  voiceId: string;
  name: string;
  isMultilingual: boolean;
  supportedLocales: string[];
  ttsClient: string;
  organizationId: string;
  settings: { stability?: number; similarityBoost?: number; speed?: number };
  createdAt: string;
}
