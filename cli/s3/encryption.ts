import type { ServerSideEncryption } from '@aws-sdk/client-s3';
import type { Encryption } from '../../voice-folder/s3/put-text-if.ts';

/** The options `--sse` and `--sse-kms-key-id`. @default - none, so that the bucket's own encryption holds */
export interface EncryptionOptions {
  sse?: ServerSideEncryption;
  sseKmsKeyId?: string;
}

/** The headers that the options stand for: a bucket policy may demand them. */
export function encryptionOf({ sse, sseKmsKeyId }: EncryptionOptions): Encryption {
  return {
    ...(sse && { ServerSideEncryption: sse }),
    ...(sseKmsKeyId && { SSEKMSKeyId: sseKmsKeyId }),
  };
}
