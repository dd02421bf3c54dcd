import type { PutObjectCommandInput, ServerSideEncryption } from '@aws-sdk/client-s3';

/** The encryption to request for uploads. @default - none, so that the bucket's own encryption holds */
export interface EncryptionOptions {
  sse?: ServerSideEncryption;
  sseKmsKeyId?: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax */
export type Encryption = Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>;

/** The headers that the options stand for: a bucket policy may demand them. */
export function encryptionOf({ sse, sseKmsKeyId }: EncryptionOptions): Encryption {
  return {
    ...(sse && { ServerSideEncryption: sse }),
    ...(sseKmsKeyId && { SSEKMSKeyId: sseKmsKeyId }),
  };
}
