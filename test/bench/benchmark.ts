/** A measurement and its targets. */
export interface Benchmark {
  /** For `--only`. */
  name: string;
  /** What it measures and how, for readers of the tables. */
  description: string;
  /** Typical duration on two idle cores, to estimate the remaining time. */
  seconds: number;
  /** Measures everything. May use the whole machine. */
  run(report: Report, options?: BenchmarkOptions): Promise<void>;
  /** Checks targets that hold on any machine: counts, sizes, generous bounds. */
  check?: () => Promise<Target[]>;
}

/** What a benchmark may be asked for, beside its own numbers. */
export interface BenchmarkOptions {
  /** Another commit to measure in the same run, if the benchmark can. */
  against?: string;
}

/** Receives a benchmark's progress and findings while it runs. */
export interface Report {
  /**
   * Announces the next step.
   *
   * @param share how much of the benchmark is done, from 0 to 1
   */
  step(what: string, share: number): void;
  table(table: Table): void;
  targets(...targets: Target[]): void;
}

/** What a benchmark found: tables to print, and which targets it met. */
export interface Findings {
  tables: Table[];
  targets: Target[];
}

/** A table of results, as `docs/performance-tables.md` shows it. */
export interface Table {
  title: string;
  columns: string[];
  rows: (string | number)[][];
  /** What the numbers mean; what was skipped, and why. */
  notes?: string[];
}

/** A requirement, and whether the measurement meets it. */
export interface Target {
  /** The requirement with its limit, such as `function bundle: at most 400 KB`. */
  demand: string;
  measured: string;
  met: boolean;
}

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** Half of the values lie between these two. */
export function middleHalf(values: readonly number[]): [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  return [sorted[quarter] ?? NaN, sorted[sorted.length - 1 - quarter] ?? NaN];
}

/** A target with an upper limit. */
export function atMost(demand: string, measured: number, most: number, unit = '', digits = 0): Target {
  return { demand, measured: `${measured.toFixed(digits)}${unit && ` ${unit}`}`, met: measured <= most };
}

/** A target with a lower limit for a ratio. */
export function atLeast(demand: string, measured: number, least: number): Target {
  return { demand, measured: measured.toFixed(2), met: measured >= least };
}

/** A target for how long one takes of the time of another: the median of the rounds in which both took turns. */
export function ratioAtMost(
  demand: string,
  own: readonly number[],
  others: readonly number[],
  most: number,
): Target {
  const ratios = own.map((seconds, round) => seconds / (others[round] ?? NaN));
  const [low, high] = middleHalf(ratios).map((ratio) => ratio.toFixed(2));
  return {
    demand: `${demand}: at most ${most}`,
    measured: `${median(ratios).toFixed(2)} (middle half ${low} to ${high})`,
    met: median(ratios) <= most,
  };
}
