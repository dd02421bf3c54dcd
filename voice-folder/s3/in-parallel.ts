/**
 * Each needs a connection, which costs a small function more CPU time than waiting costs time. Far fewer than the client has
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
