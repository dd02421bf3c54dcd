/**
 * Each opens a connection, which takes a small function longer than waiting for another answer. Far fewer than the client has
 * sockets: its time limit includes the wait for one.
 */
const AT_ONCE = 16;

/** Asks S3 about many objects, a few at a time. Returns the answers in order. */
export async function inParallel<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) answers[index] = await ask(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return answers;
}
