/**
 * Stands in the bundle for the SDK's event streams (`vnd.amazon.eventstream`). No operation that the function uses has
 * one; in S3 only SelectObjectContent does.
 */
export const eventStreamSerdeProvider = () => undefined;

export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;

export function EventStreamSerde(): never {
  throw new Error('The bundle of this function holds no event streams: see functions/bundle.ts');
}
