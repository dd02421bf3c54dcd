/** A `result.json` about the manifest with this key and ETag. */
export function resultOf<Ending extends object>(manifest: { key: string; etag: string }, ending: Ending) {
  return {
    manifest,
    upload: '0055AED6DCD90281E5',
    requestId: 'request-1',
    finishedAt: '2026-11-22T20:15:03.155Z',
    ...ending,
  };
}
