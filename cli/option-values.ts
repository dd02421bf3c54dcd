import { InvalidArgumentError } from 'commander';
import type { ShownState } from './status/options.ts';

/*
 * Parsers of the values of options. Each throws InvalidArgumentError, whose message Commander adds to its own.
 */

/** Collects the values of an option that may be repeated. */
export function several(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** The URL of a service. */
export function endpoint(value: string): string {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    throw new InvalidArgumentError('It must be a URL such as http://localhost:9000.');
  }
  return value;
}

/** Any number. */
export function decimal(value: string): number {
  if (value.trim() === '' || Number.isNaN(Number(value)))
    throw new InvalidArgumentError('It must be a number.');
  return Number(value);
}

/** A TCP port. */
export function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535)
    throw new InvalidArgumentError('It must be a number up to 65535.');
  return number;
}

/** A whole number of seconds. */
export function seconds(value: string): number {
  // Timers can wait at most 24 days.
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number of seconds.');
  return Number(value);
}

/** How many files to upload at the same time. */
export function transfers(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('It must be a number from 1 to 9999.');
  return Number(value);
}

/** States of folders, separated by commas. */
export function states(value: string): ShownState[] {
  return value.split(',').map((state) => {
    const known = allStates.find((each) => each.toLowerCase() === state.trim().toLowerCase());
    if (known === undefined) throw new InvalidArgumentError(`Choose from ${allStates.join(',')}.`);
    return known;
  });
}

const allStates: readonly ShownState[] = [
  'succeeded',
  'failed',
  'unknown',
  'waiting',
  'cloning',
  'noResult',
  'misnamed',
  'unreadable',
  'changed',
];
