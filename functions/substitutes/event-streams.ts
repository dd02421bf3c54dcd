/**
 * Replaces the SDK's event streams (`vnd.amazon.eventstream`) in the bundle. The function uses no operation
 * that needs them; in S3 only SelectObjectContent does.
 */
export const eventStreamSerdeProvider = () => undefined;

/** Leaves the client's configuration unchanged. */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;

/** @throws {Error} always. */
export function EventStreamSerde(): never {
  throw new Error('This bundle does not include event streams: see functions/bundle.ts');
}
