/**
 * What a sub-organization's identifier may be: it becomes a header's value, which may only hold visible ASCII (RFC 9110,
 * section 5.5).
 */
export const SUB_ORGANIZATION_PATTERN = /^[\x21-\x7e]+$/;

/** Whether each of a list may be a sub-organization, as a manifest has to write it. */
export function areSubOrganizations(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === 'string' && SUB_ORGANIZATION_PATTERN.test(each))
  );
}
