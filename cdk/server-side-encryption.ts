/** The server-side encryption that the function requests from S3. */
export class ServerSideEncryption {
  /** With keys that S3 manages (SSE-S3). */
  static readonly S3_MANAGED = new ServerSideEncryption('AES256');

  /** With a KMS key (SSE-KMS). */
  static readonly KMS = new ServerSideEncryption('aws:kms');

  /** With a KMS key, in two layers (DSSE-KMS). */
  static readonly DSSE = new ServerSideEncryption('aws:kms:dsse');

  /** The value of `x-amz-server-side-encryption`, and of `-c serverSideEncryption=…`. */
  readonly header: string;

  private constructor(header: string) {
    this.header = header;
  }
}
