import { Token } from 'aws-cdk-lib';

/** Leaves room in S3's keys of 1,024 bytes for a bucket's name and our longest file name. */
const MAX_PREFIX_LENGTH = 800;

/**
 * Valid prefixes. S3 takes keys literally, while tools drop empty segments, `.` and `..`: nothing would arrive below such
 * a prefix.
 */
export const PREFIX_PATTERN = /^(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.-]+(?:\/|$))*$/;
/** What {@link PREFIX_PATTERN} asks for: the rest of a sentence. */
export const PREFIX_RULE =
  'must contain only letters, digits and - _ . / and must not start with a slash, nor contain //, ./ or ../';

/** @throws {Error} if the prefix is invalid. */
export function prefixWithSlash(prefix: string): string {
  // In JavaScript, people pass other types.
  if (typeof prefix !== 'string' || (!Token.isUnresolved(prefix) && !PREFIX_PATTERN.test(prefix))) {
    throw new Error(`prefix ${PREFIX_RULE}`);
  }
  if (prefix.length > MAX_PREFIX_LENGTH) {
    throw new Error(`prefix must be at most ${MAX_PREFIX_LENGTH} characters long`);
  }
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}
