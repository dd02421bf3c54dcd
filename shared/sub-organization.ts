import { VISIBLE_ASCII } from './visible-ascii.ts';

/** Whether the value is a list of valid sub-organization identifiers, each of which is sent as a header. */
export function areSubOrganizations(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && VISIBLE_ASCII.test(each));
}
