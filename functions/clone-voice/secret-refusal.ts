import type { Failure, Fault } from '../../voice-folder/fault.ts';
import { isFinalAnswer, reasonOf } from '../../voice-folder/s3/refusal.ts';

type Because = Extract<Fault, { code: 'API_KEY_UNREADABLE' }>['because'];

/**
 * What Secrets Manager's refusal means, if another try cannot succeed until a person changes something; undefined if it is
 * only busy or unreachable. Source: "GetSecretValue", AWS Secrets Manager API Reference.
 */
export function secretRefusalOf(error: unknown, secretId: string): Failure | undefined {
  const { name, message } = error as Error;
  if (!isFinalAnswer(error) || PASSES.test(name)) return undefined;
  // A secret that nobody has stored a value in: StoreApiKey was not run.
  if (name === 'ResourceNotFoundException' && /staging label/.test(message)) {
    return { fault: { code: 'NO_API_KEY' } };
  }
  return unreadable(error, secretId, becauseOf(name, message));
}

/** Too many requests, or this host's credentials: "Common errors", same reference. */
const PASSES =
  /throttl|RequestLimit|TooManyRequests|UnrecognizedClient|Signature|Expired|InvalidClientTokenId/i;

/**
 * The failure of a drop whose API key cannot be read.
 *
 * @param error what Secrets Manager or the network said
 */
export function unreadable(error: unknown, secretId: string, because: Because): Failure {
  // An ARN's last part is the name, and the six characters that Secrets Manager adds.
  const secret = secretId.split(':').at(-1) ?? secretId;
  return { fault: { code: 'API_KEY_UNREADABLE', secret, because }, answer: { reason: reasonOf(error) } };
}

function becauseOf(name: string, message: string): Because {
  switch (name) {
    case 'ResourceNotFoundException':
      return 'missing';
    case 'AccessDeniedException':
      return /\bkms\b/i.test(message) ? 'KMS permission' : 'permission';
    case 'DecryptionFailure':
      return 'KMS key';
    case 'InvalidRequestException':
      return /delet/.test(message) ? 'deletion' : 'refusal';
    default:
      return 'refusal';
  }
}
