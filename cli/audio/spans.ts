import type { Span } from './measure.ts';

/** What is in both. */
export function intersection(a: readonly Span[], b: readonly Span[]): Span[] {
  return a.flatMap(([from, to]) =>
    b
      .map(([start, end]): Span => [Math.max(from, start), Math.min(to, end)])
      .filter(([start, end]) => end > start),
  );
}

/** What is between spans that are in order, from the beginning to the end. */
export function between(spans: readonly Span[], seconds: number): Span[] {
  const edges = [0, ...spans.flat(), seconds];
  return Array.from({ length: spans.length + 1 }, (_, index): Span => [
    edges[2 * index] ?? 0,
    edges[2 * index + 1] ?? 0,
  ]).filter(([from, to]) => to > from);
}

/** In seconds. */
export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0);
}

/**
 * Where parts of what was kept were in the source.
 *
 * @param kept of the source
 * @param parts of what `kept` joined is
 */
export function inSource(kept: readonly Span[], parts: readonly Span[]): Span[] {
  let passed = 0;
  return kept.flatMap(([from, to]) => {
    const offset = from - passed;
    const here: Span = [passed, passed + to - from];
    passed = here[1];
    return intersection([here], parts).map(([start, end]): Span => [start + offset, end + offset]);
  });
}
