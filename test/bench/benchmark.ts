/** One thing that is measured, and what is demanded of it. */
export interface Benchmark {
  /** For `--only`. */
  name: string;
  /** What is measured and how, in a sentence or two, for whoever reads the tables. */
  description: string;
  /** About how long it takes where two cores have nothing else to do; for the time that is left. */
  seconds: number;
  /** Measures. Takes the machine for itself. */
  run(report: Report): Promise<void>;
  /** What does not depend on how fast the machine is: counts, sizes, bounds with generous room. */
  check?: () => Promise<Target[]>;
}

/** Where a benchmark says what it is doing, and what it has found as soon as it has. */
export interface Report {
  /**
   * Says what comes next.
   *
   * @param share how much of the benchmark is over, from 0 to 1
   */
  step(what: string, share: number): void;
  table(table: Table): void;
  targets(...targets: Target[]): void;
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

/** A target for a number that may be at most so large. */
export function atMost(demand: string, measured: number, most: number, unit = '', digits = 0): Target {
  return { demand, measured: `${measured.toFixed(digits)}${unit && ` ${unit}`}`, met: measured <= most };
}

/** A target for a ratio that must be at least so large. */
export function atLeast(demand: string, measured: number, least: number): Target {
  return { demand, measured: measured.toFixed(2), met: measured >= least };
}
