import { CfnDeletionPolicy, CfnResource, type IResource, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { maxReceiveCount, SECONDS_TO_CONCLUDE } from '../functions/clone-voice/redelivery.ts';
import { MANAGED_ALIAS } from './keys.ts';
import type { Limits } from './limits.ts';
import { propertiesOf } from './properties-of.ts';

/** What aspects and overrides of the app may change, though the pipeline counts on it. */
export interface OverriddenParts {
  readonly function: IFunction;
  readonly queue: IQueue;
  readonly limits: Limits;
  readonly encryptionKey: IKey | undefined;
  /** What may have a KMS key, with the one that CDK knows. */
  readonly encrypted: readonly (IResource & { readonly encryptionKey?: IKey; readonly masterKey?: IKey })[];
  /** Those of them to which S3, EventBridge or CloudWatch send. */
  readonly receivers: readonly IResource[];
  /** What was to outlive the stack. */
  readonly retained: readonly CfnResource[];
}

/** The resources that outlive their stack, as long as nothing changes that later. */
export function retainedOf(parts: readonly (IResource | undefined)[]): CfnResource[] {
  return parts
    .map((each) => each?.node.defaultChild)
    .filter((each) => CfnResource.isCfnResource(each))
    .filter(isRetained);
}

function isRetained({ cfnOptions: { deletionPolicy = CfnDeletionPolicy.DELETE } }: CfnResource): boolean {
  return deletionPolicy !== CfnDeletionPolicy.DELETE;
}

/** What is deleted with the stack although it was to outlive it. */
export function nowDeleted({ retained }: OverriddenParts): string | undefined {
  const paths = retained.filter((each) => !isRetained(each)).map(({ node }) => node.path);
  if (paths.length === 0) return undefined;
  return (
    `${paths.join(', ')}: deleted with the stack, as \`RemovalPolicies.of(stack).destroy()\` does. Without the ledgers, the same ` +
    'recordings are paid for again: exclude these with `excludeResourceTypes`, or pass `removalPolicy: RemovalPolicy.DESTROY` to ' +
    'what creates them if you mean it'
  );
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
    const isManaged = MANAGED_ALIAS.test(jsonOf(resource, key));
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

/** Limits in the template that do not fit together: the props were checked before an aspect changed them. */
export function changedLimits({ function: { node }, queue, limits }: OverriddenParts): string[] {
  const [lambda, uploads] = [node.defaultChild, queue.node.defaultChild];
  if (!CfnResource.isCfnResource(lambda) || !CfnResource.isCfnResource(uploads)) return [];
  const { Timeout: timeout, ReservedConcurrentExecutions: reserved } = propertiesOf(lambda);
  const { VisibilityTimeout: visibility, RedrivePolicy } = propertiesOf(uploads);
  const { maxReceiveCount: receives } = (RedrivePolicy ?? {}) as { maxReceiveCount?: unknown };
  const isBelow = (value: unknown, least: unknown): value is number =>
    typeof value === 'number' && typeof least === 'number' && value < least;

  const cloneTimeout = limits.cloneTimeout.toSeconds();
  const leastReceives = maxReceiveCount(limits.completeWithin.toSeconds(), limits.timeout.toSeconds());
  const problems: string[] = [];
  if (isBelow(timeout, cloneTimeout + SECONDS_TO_CONCLUDE + 1)) {
    problems.push(
      `${lambda.node.path}: its Timeout was changed to ${timeout} seconds, so that every drop would fail: it must exceed ` +
        `cloneTimeout by more than ${SECONDS_TO_CONCLUDE} seconds. Pass it as the prop \`timeout\`, with a shorter \`cloneTimeout\``,
    );
  }
  if (isBelow(visibility, timeout)) {
    problems.push(
      `${uploads.node.path}: its VisibilityTimeout, ${visibility} seconds, is shorter than the function’s Timeout, ` +
        `${String(timeout)} seconds, which Lambda refuses: pass the prop \`timeout\`, from which both are set`,
    );
  }
  if (isBelow(receives, leastReceives)) {
    problems.push(
      `${uploads.node.path}: its maxReceiveCount was changed to ${receives}, so that drops which wait end in the dead-letter ` +
        `queue: within completeWithin, a message may be received ${leastReceives} times`,
    );
  }
  if (isBelow(reserved, limits.maxConcurrency)) {
    problems.push(
      `${lambda.node.path}: its ReservedConcurrentExecutions was changed to ${reserved}, less than maxConcurrency ` +
        `(${limits.maxConcurrency}), so that Lambda throttles it: pass it as the prop \`reservedConcurrentExecutions\``,
    );
  }
  return problems;
}
