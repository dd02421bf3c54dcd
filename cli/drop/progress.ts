import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';
import type { LocalSample } from '../check/checked-folder.ts';
import { canRedraw, columnsOf, readableSize, say, styled } from '../output.ts';
import { cutTo, plain } from '../table.ts';
import type { LocalVoiceFolder } from '../voice-folders.ts';

/** Shows upload progress on standard error: bars on a terminal, and a line for each file with `--verbose`. */
export interface Progress {
  /** The bucket already has this sample. */
  skip(folder: LocalVoiceFolder, sample: LocalSample): void;
  begin(folder: LocalVoiceFolder, sample: LocalSample): SampleProgress;
  /** Prints a permanent line. */
  note(text: string): void;
  /** Prints a permanent line with `--verbose`. */
  detail(text: string): void;
  /** Ends the display. */
  stop(): void;
}

/** The upload of one sample. */
export interface SampleProgress {
  /** Adds sent bytes; negative if they have to be resent. */
  sent(bytes: number): void;
  done(): void;
  failed(): void;
}

/**
 * Starts showing progress.
 *
 * @param totalBytes of all uploads; 0 shows no bars
 */
export function startProgress(
  totalBytes: number,
  { quiet, debug, verbose = false }: { quiet?: boolean; debug?: boolean; verbose?: boolean } = {},
): Progress {
  if (quiet) return lines(() => {}, false);
  // Bars would mix with the output of --debug.
  return canRedraw(process.stderr) && totalBytes > 0 && !debug
    ? bars(totalBytes, verbose)
    : lines(say, verbose);
}

function lines(note: (line: string) => void, isVerbose: boolean): Progress {
  const detail = isVerbose ? note : () => {};
  return {
    skip: (folder, sample) => detail(unchanged(folder, sample)),
    begin: (folder, sample) => ({
      sent: () => {},
      done: () => detail(uploaded(folder, sample)),
      failed: () => {},
    }),
    note,
    detail,
    stop: () => {},
  };
}

interface Bar {
  name: string;
  size: number;
  sent: number;
}

/** Smooth enough to watch. */
const FRAME = 100;
/** The rate is measured over this time, in milliseconds. */
const RATE_WINDOW = 5_000;

function bars(totalBytes: number, isVerbose: boolean): Progress {
  // After a kill, a hidden cursor would stay hidden.
  const screen = createLogUpdate(process.stderr, { showCursor: true });
  const shown = new Set<Bar>();
  const total: Bar = { name: 'total', size: totalBytes, sent: 0 };
  const history = [{ at: Date.now(), sent: 0 }];
  let isOver = false;

  function draw(): void {
    const now = Date.now();
    history.push({ at: now, sent: total.sent });
    while (history.length > 2 && now - (history[0]?.at ?? now) > RATE_WINDOW) history.shift();
    const oldest = history[0] ?? { at: now, sent: 0 };
    const rate = Math.max(0, ((total.sent - oldest.sent) * 1000) / Math.max(1, now - oldest.at));
    // Leaves the last column free: on some terminals a full line moves the cursor down.
    const columns = columnsOf(process.stderr) - 1;
    screen(
      [...shown, total].map((bar) => barLine(bar, bar === total ? rate : undefined, columns)).join('\n'),
    );
  }

  function note(text: string): void {
    if (isOver) {
      say(text);
      return;
    }
    screen.clear();
    say(text);
    draw();
  }

  const detail = isVerbose ? note : () => {};
  const frames = setInterval(draw, FRAME);
  return {
    skip: (folder, sample) => detail(unchanged(folder, sample)),
    begin(folder, sample) {
      const bar: Bar = { name: nameOf(folder, sample), size: sample.size, sent: 0 };
      shown.add(bar);
      const move = (bytes: number) => {
        bar.sent += bytes;
        total.sent += bytes;
      };
      return {
        sent: move,
        done() {
          move(bar.size - bar.sent);
          shown.delete(bar);
          detail(uploaded(folder, sample));
        },
        failed() {
          move(-bar.sent);
          shown.delete(bar);
        },
      };
    },
    note,
    detail,
    stop() {
      clearInterval(frames);
      screen.clear();
      isOver = true;
    },
  };
}

const BAR_COLUMNS = 20;

/** As much as fits, the name last: `ann/one.wav  ████░░░░  41% of 8.0 MiB  1.2 MiB/s  0:04 left`. */
function barLine({ name, size, sent }: Bar, rate: number | undefined, columns: number): string {
  const share = size === 0 ? 1 : Math.min(1, Math.max(0, sent / size));
  const full = Math.round(share * BAR_COLUMNS);
  const drawn = `${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)}`;
  const numbers = `${String(Math.floor(share * 100)).padStart(3)}% of ${readableSize(size)}`;
  const speed = rate === undefined ? '' : `  ${readableSize(Math.round(rate))}/s`;
  const left = rate ? `  ${timeLeft((size - sent) / rate)} left` : '';
  const room = (text: string) => columns - stringWidth(text) - 2;
  const candidates = [
    `${drawn} ${numbers}${speed}${left}`,
    `${numbers}${speed}${left}`,
    `${numbers}${left}`,
    numbers,
  ];
  const facts = candidates.find((text) => room(text) >= Math.min(stringWidth(name), 12)) ?? numbers;
  return cutTo(`${facts}  ${cutTo(name, room(facts), 'middle')}`.trimEnd(), columns);
}

/** Such as 0:04, or 1:02:03 with hours; rounded up. */
function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

function uploaded(folder: LocalVoiceFolder, sample: LocalSample): string {
  const arrow = styled('green', '↑', process.stderr);
  return `  ${arrow} ${nameOf(folder, sample)} ${styled('dim', readableSize(sample.size), process.stderr)}`;
}

function unchanged(folder: LocalVoiceFolder, sample: LocalSample): string {
  return styled('dim', `  = ${nameOf(folder, sample)} unchanged`, process.stderr);
}

function nameOf(folder: LocalVoiceFolder, { name }: LocalSample): string {
  return plain(`${folder.name}/${name}`);
}
