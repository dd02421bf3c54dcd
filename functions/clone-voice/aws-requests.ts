/**
 * Timeouts for AWS SDK clients, which have none by default (findings/aws-sdk-no-time-limit.sh): the milliseconds for
 * connecting, and until the answer starts, which alone only warns (findings/aws-sdk-request-timeout-warns.sh).
 * `socketTimeout` covers a body that stalls.
 */
export const answerTimeout = { connectionTimeout: 4_000, requestTimeout: 4_000, throwOnRequestTimeout: true };

/** The longest that a request can take: the SDK's three attempts, the delays between them, and a margin. */
export const SECONDS_OF_A_REQUEST = 16;
