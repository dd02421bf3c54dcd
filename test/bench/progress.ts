import { createLogUpdate } from 'log-update';
import { canRedraw, columnsOf } from '../../cli/output.ts';
import { cutTo } from '../../cli/table.ts';
import type { Benchmark } from './benchmark.ts';

/** Shows the current step and the remaining time on standard error. On a terminal, updates every second. */
export interface Progress {
  begin(benchmark: Benchmark): void;
  step(what: string, share: number): void;
  /** Prints above the progress line. */
  above(print: () => void): void;
  stop(): void;
}

const REDRAW_MILLISECONDS = 1000;

/** @param benchmarks all that will run, in order */
export function startProgress(benchmarks: readonly Benchmark[]): Progress {
  let later = [...benchmarks];
  let current: Current | undefined;
  const line = canRedraw(process.stderr) ? redrawnLine(describe) : lineForEachStep(describe);

  function describe(): string {
    if (!current) return '';
    const seconds = later.reduce((sum, benchmark) => sum + benchmark.seconds, secondsLeftOf(current));
    return `${clock(seconds)} left  ${current.benchmark.name}: ${current.what}`;
  }

  return {
    begin(benchmark) {
      later = later.filter((other) => other !== benchmark);
      current = { benchmark, what: 'starting', share: 0, begun: performance.now() };
      line.show(true);
    },
    step(what, share) {
      if (!current) return;
      const isNews = what !== current.what;
      Object.assign(current, { what, share });
      line.show(isNews);
    },
    above: line.above,
    stop: line.stop,
  };
}

interface Line extends Pick<Progress, 'above' | 'stop'> {
  show(isNews: boolean): void;
}

function redrawnLine(describe: () => string): Line {
  const screen = createLogUpdate(process.stderr, { showCursor: true });
  const draw = () => screen(cutTo(describe(), columnsOf(process.stderr) - 1));
  const timer = setInterval(draw, REDRAW_MILLISECONDS);
  return {
    show: draw,
    above(print) {
      screen.clear();
      print();
    },
    stop() {
      clearInterval(timer);
      screen.clear();
    },
  };
}

/** Without a terminal, prints one line for each step. */
function lineForEachStep(describe: () => string): Line {
  return {
    show: (isNews) => {
      if (isNews) console.error(describe());
    },
    above: (print) => print(),
    stop: () => {},
  };
}

interface Current {
  benchmark: Benchmark;
  what: string;
  share: number;
  begun: number;
}

/** As the benchmark proceeds, counts its actual pace more and its typical duration less. */
function secondsLeftOf({ benchmark, share, begun }: Current): number {
  const elapsed = (performance.now() - begun) / 1000;
  const whole = elapsed + (1 - share) * benchmark.seconds;
  return share > 0 ? whole * (1 - share) : Math.max(0, benchmark.seconds - elapsed);
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
