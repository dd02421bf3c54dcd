import { createHash } from 'node:crypto';

/** A number from 0 to 1 for a question: the same question always gets the same number. */
export type Dice = (...what: (string | number)[]) => number;

/**
 * Decides by a hash of the seed and the question, not by the order of the questions, so that a seed repeats the same
 * faults although processes never run the same way twice.
 */
export function createDice(seed: number): Dice {
  return (...what) =>
    createHash('sha256')
      .update(JSON.stringify([seed, ...what]))
      .digest()
      .readUIntBE(0, 6) /
    2 ** 48;
}

/** The choice that a number selects by cumulative weight; undefined if it exceeds the sum of the weights. */
export function choose<Choice extends { weight: number }>(
  choices: readonly Choice[],
  number: number,
): Choice | undefined {
  let end = 0;
  return choices.find(({ weight }) => {
    end += weight;
    return number < end;
  });
}

/** In a random order. */
export function shuffled<Value>(values: readonly Value[], dice: Dice, ...what: (string | number)[]): Value[] {
  return values
    .map((value, index) => ({ value, order: dice(...what, index) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
