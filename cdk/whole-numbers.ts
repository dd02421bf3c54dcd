import type { Duration } from 'aws-cdk-lib';

/** The seconds of a duration, with their fraction. */
export function inSeconds(duration: Duration): number {
  return duration.toSeconds({ integral: false });
}

/** Whether a value is a whole number in this range, its ends included. */
export function isWholeFrom(least: number, value: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
