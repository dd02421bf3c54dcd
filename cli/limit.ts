/**
 * Runs tasks in the order in which they were given, as many at a time as fit.
 *
 * @param room how many fit; a task may have the size of several, at most of all
 */
export function limit(room: number): <Value>(task: () => Promise<Value>, size?: number) => Promise<Value> {
  const waiting: { size: number; begin: () => void }[] = [];
  let free = room;

  function admit(): void {
    for (let next = waiting[0]; next && next.size <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.size;
      next.begin();
    }
  }

  return async function run(task, wanted = 1) {
    const size = Math.min(wanted, room);
    await new Promise<void>((begin) => {
      waiting.push({ size, begin });
      admit();
    });
    try {
      return await task();
    } finally {
      free += size;
      admit();
    }
  };
}
