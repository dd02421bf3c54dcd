import type { Duration } from 'aws-cdk-lib';

/** When alarms go off. The numbers count what happens within five minutes. */
export interface AlarmThresholds {
  /**
   * How long a drop may wait, for `AgeAlarm` and `WaitingAlarm`.
   *
   * @default - twice `completeWithin`
   */
  readonly waiting?: Duration;

  /**
   * Messages in the dead-letter queue, for `DeadLettersAlarm`.
   *
   * @default 1
   */
  readonly deadLetters?: number;

  /**
   * Failed invocations, for `ErrorsAlarm`.
   *
   * @default 1
   */
  readonly errors?: number;

  /**
   * Throttled invocations, for `ThrottlesAlarm`.
   *
   * @default 1
   */
  readonly throttles?: number;

  /**
   * Unknown outcomes, for `UnknownAlarm`.
   *
   * @default 1
   */
  readonly unknown?: number;

  /**
   * Drops that failed because Callers was busy, for `RateLimitedAlarm`.
   *
   * @default 1
   */
  readonly rateLimited?: number;

  /**
   * Drops that failed because Callers closed the connection, for `ConnectionClosedAlarm`.
   *
   * @default 1
   */
  readonly connectionClosed?: number;
}
