/** S3 says that a listing continues, but not where. */
export class IncompleteListing extends Error {
  override readonly name = 'IncompleteListing';
}

/**
 * The token of the next page of a listing; undefined after the last one.
 *
 * @param hasMore whether S3 says that the listing continues
 * @param token of the next page, if S3 gives one
 * @param previous token of this page
 * @throws {IncompleteListing} without a new token: what is not listed would count as missing, and a voice be made of the rest
 */
export function nextPage(
  hasMore: boolean | undefined,
  token: string | undefined,
  previous: string | undefined,
): string | undefined {
  if (token ? token === previous : hasMore)
    throw new IncompleteListing('S3 does not say where its listing continues');
  return token;
}
