/**
 * For the clients of the AWS SDK, which by itself waits for ever: how long, in milliseconds, an attempt may take to
 * connect and until its answer begins. A body that stalls afterwards is a matter of `socketTimeout`.
 */
export const answerTimeout = { connectionTimeout: 4_000, requestTimeout: 4_000, throwOnRequestTimeout: true };

/** How long a request can take at most: the SDK's three attempts, its pauses between them, and some room. */
export const SECONDS_OF_A_REQUEST = 16;
