/**
 * Valid sub-organization identifiers. The identifier is sent as a header value, so only visible ASCII is
 * allowed (RFC 9110, section 5.5).
 */
export const SUB_ORGANIZATION_PATTERN = /^[\x21-\x7e]+$/;

/** Whether the value is a list of valid sub-organization identifiers. */
export function areSubOrganizations(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === 'string' && SUB_ORGANIZATION_PATTERN.test(each))
  );
}
