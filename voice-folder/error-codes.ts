/** The result status of each error code. */
export const statusOf = {
  INVALID_MANIFEST: 'failed',
  NO_SAMPLES: 'failed',
  MISSING_SAMPLES: 'failed',
  EMPTY_SAMPLE: 'failed',
  SAMPLE_CHANGED: 'failed',
  TOO_LARGE: 'failed',
  NOT_AUDIO: 'failed',
  NO_SOUND: 'failed',
  GAVE_UP: 'failed',
  API_CLOSED_CONNECTION: 'failed',
  NO_API_KEY: 'failed',
  API_KEY_REJECTED: 'failed',
  API_REJECTED: 'failed',
  RATE_LIMITED: 'failed',
  INVALID_RESPONSE: 'unknown',
  OUTCOME_UNKNOWN: 'unknown',
} as const;

export type ErrorCode = keyof typeof statusOf;
