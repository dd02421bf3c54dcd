/** Truncates text to `length` UTF-16 units plus an ellipsis, without splitting a surrogate pair. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}
