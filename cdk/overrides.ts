import { CfnResource, type Duration, type IResource, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { SECONDS_TO_CONCLUDE } from '../functions/clone-voice/redelivery.ts';
import { propertiesOf } from './properties-of.ts';

/** What aspects and overrides of the app may change, though the pipeline counts on it. */
export interface OverriddenParts {
  readonly function: IFunction;
  readonly queue: IQueue;
  readonly cloneTimeout: Duration;
  readonly encryptionKey: IKey | undefined;
  /** What may have a KMS key, with the one that CDK knows. */
  readonly encrypted: readonly (IResource & { readonly encryptionKey?: IKey; readonly masterKey?: IKey })[];
  /** Those of them to which S3, EventBridge or CloudWatch send. */
  readonly receivers: readonly IResource[];
}

/** KMS keys that were set in the template: the pipeline let nobody use them. */
export function unknownKeys(parts: OverriddenParts): string | undefined {
  const paths = otherKeysOf(parts).flatMap(({ path, isManaged }) => (isManaged ? [] : path));
  if (paths.length === 0) return undefined;
  return (
    `${paths.join(', ')}: encrypted with a KMS key that the pipeline does not know, so that neither the function nor what sends ` +
    'to queues and topics may use it: pass the key as `encryptionKey`'
  );
}

/** Keys that AWS manages, of what services send to. Whoever else may use the queue or topic may use these. */
export function keysOfServices(parts: OverriddenParts): string | undefined {
  const paths = otherKeysOf(parts).flatMap(({ of, path, isManaged }) =>
    isManaged && parts.receivers.includes(of) ? path : [],
  );
  if (paths.length === 0) return undefined;
  return (
    `${paths.join(', ')}: encrypted with a KMS key that AWS manages, which S3, EventBridge and CloudWatch cannot use, so that ` +
    'nothing arrives: leave the encryption to the pipeline, or pass a key of your own as `encryptionKey`'
  );
}

/** The resources whose key in the template is another than CDK knows. */
function otherKeysOf({ encrypted, encryptionKey }: OverriddenParts) {
  return encrypted.flatMap((of) => {
    const resource = of.node.defaultChild;
    if (!CfnResource.isCfnResource(resource)) return [];
    const key = keyIn(propertiesOf(resource));
    const { encryptionKey: known = of.masterKey ?? encryptionKey } = of;
    const names = (known ? [known.keyArn, known.keyId] : []).map((each) => jsonOf(resource, each));
    if (key === undefined || names.includes(jsonOf(resource, key))) return [];
    const isManaged = typeof key === 'string' && /(^|:)alias\/aws\//.test(key);
    return [{ of, path: resource.node.path, isManaged }];
  });
}

function jsonOf(resource: CfnResource, value: unknown): string {
  return JSON.stringify(Stack.of(resource).resolve(value));
}

/** The KMS key among a resource's properties. */
function keyIn({ KmsMasterKeyId, KmsKeyId, KmsKeyArn, BucketEncryption }: Record<string, unknown>): unknown {
  const { ServerSideEncryptionConfiguration: rules = [] } = (BucketEncryption ?? {}) as {
    ServerSideEncryptionConfiguration?: { ServerSideEncryptionByDefault?: { KMSMasterKeyID?: unknown } }[];
  };
  return KmsMasterKeyId ?? KmsKeyId ?? KmsKeyArn ?? rules[0]?.ServerSideEncryptionByDefault?.KMSMasterKeyID;
}

/** Times in the template that no longer fit together: the props were checked before an aspect changed them. */
export function changedTimes({
  function: { node },
  queue,
  cloneTimeout,
}: OverriddenParts): string | undefined {
  const [lambda, uploads] = [node.defaultChild, queue.node.defaultChild];
  if (!CfnResource.isCfnResource(lambda) || !CfnResource.isCfnResource(uploads)) return undefined;
  const { Timeout: timeout } = propertiesOf(lambda);
  const { VisibilityTimeout: visible } = propertiesOf(uploads);
  const least = cloneTimeout.toSeconds() + SECONDS_TO_CONCLUDE;
  if (typeof timeout !== 'number') return undefined;
  if (timeout <= least) {
    return (
      `${lambda.node.path}: its Timeout was changed to ${timeout} seconds, so that every drop would fail: it must exceed ` +
      `cloneTimeout by more than ${SECONDS_TO_CONCLUDE} seconds. Pass it as the prop \`timeout\`, with a shorter \`cloneTimeout\``
    );
  }
  if (typeof visible !== 'number' || visible >= timeout) return undefined;
  return (
    `${uploads.node.path}: its VisibilityTimeout, ${visible} seconds, is shorter than the function’s Timeout, ${timeout} seconds, ` +
    'which Lambda refuses: pass the prop `timeout`, from which both are set'
  );
}
