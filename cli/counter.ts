import { createLogUpdate } from 'log-update';
import { canRedraw, say } from './output.ts';

/** A line on a terminal that counts, while nothing else shows that the program works. */
export interface Counter {
  /** One more is done. */
  add(): void;
  /** Prints a permanent line above. */
  note(text: string): void;
  /** Clears the line. */
  stop(): void;
}

/**
 * Starts a counter; it shows nothing unless `isShown`, and on a terminal.
 *
 * @param textOf what the line says once so many are done
 */
export function startCounter(textOf: (done: number) => string, isShown: boolean): Counter {
  if (!isShown || !canRedraw(process.stderr)) return { add() {}, note: say, stop() {} };
  // After a kill, a hidden cursor would stay hidden.
  const screen = createLogUpdate(process.stderr, { showCursor: true });
  let done = 0;
  screen(textOf(done));
  return {
    add: () => screen(textOf(++done)),
    note(text) {
      screen.clear();
      say(text);
      screen(textOf(done));
    },
    stop: () => screen.clear(),
  };
}
