import { Token } from 'aws-cdk-lib';

const EMAIL_PATTERN = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Whether a text can be an email address; only its owner can confirm it. */
export function isEmailAddress(address: string): boolean {
  return EMAIL_PATTERN.test(address);
}

/** @throws {Error} names the prop. */
export function checkEmail(prop: string, address: string | undefined): void {
  if (address === undefined || Token.isUnresolved(address) || isEmailAddress(address)) return;
  throw new Error(`${prop} must be an email address, not "${address}"`);
}
