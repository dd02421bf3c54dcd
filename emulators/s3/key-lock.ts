/**
 * Mutual exclusion for keys, first come, first served. Several keys are queued for in one step, which
 * prevents deadlocks. Returns a function that releases the lock; calling it again has no effect.
 */
export function keyLock(): (keys: string[]) => Promise<() => void> {
  const lastHolder = new Map<string, Promise<void>>();

  return async function lock(keys) {
    const { promise: freed, resolve: free } = Promise.withResolvers<void>();
    const holders = keys.map((key) => lastHolder.get(key) ?? Promise.resolve());
    for (const key of keys) lastHolder.set(key, freed);
    await Promise.all(holders);

    return () => {
      for (const key of keys) if (lastHolder.get(key) === freed) lastHolder.delete(key);
      free();
    };
  };
}
