/** One thing that is measured, and what is demanded of it. */
export interface Benchmark {
  /** For `--only`. */
  name: string;
  /** What is measured and how, in a sentence or two, for whoever reads the tables. */
  description: string;
  /** Measures. Takes the machine for itself. */
  run(): Promise<Findings>;
  /** What does not depend on how fast the machine is: counts, sizes, bounds with generous room. */
  check?(): Promise<Target[]>;
}

export interface Findings {
  tables: Table[];
  targets: Target[];
}

export interface Table {
  title: string;
  columns: string[];
  rows: (string | number)[][];
  /** What was skipped, and why; what the numbers mean. */
  notes?: string[];
}

/** Something that was promised, and whether it is so. */
export interface Target {
  /** What is demanded, with the number, such as `25 × 10 MB over TLS: at least 0.85 of the raw pipe`. */
  demand: string;
  measured: string;
  met: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
