import type { IncomingHttpHeaders } from 'node:http';

/** A request as it was received so far. */
export interface ReceivedRequest {
  headers: IncomingHttpHeaders;
  fields: [name: string, value: string][];
  files: ReceivedFile[];
  /** How the request violates the documentation, even if a behavior decided the answer. */
  problems: string[];
  /** The voices that the request made. */
  voices: Voice[];
  /** `null` until an answer is started. */
  status: number | null;
  /** Whether the body was read to its end. */
  complete: boolean;
}

/** A file of the form. */
export interface ReceivedFile {
  field: string;
  /** As sent, including paths; `''` if the part has none. */
  filename: string;
  mimeType: string;
  /** Bytes so far. */
  size: number;
  /** In hex; `''` until the file is complete. */
  sha256: string;
}

/** The documented voice, plus the undocumented `createdAt`, because clients have to keep unknown fields. */
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
