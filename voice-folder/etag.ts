/** An ETag without HTTP's quotes. */
export function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}
