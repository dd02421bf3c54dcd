import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { LocalSample } from '../check/check-folder.ts';
import { say, styled, readableSize } from '../output.ts';
import { plain } from '../table.ts';
import type { LocalVoiceFolder } from '../voice-folders.ts';

/** Shows on standard error how uploading goes on: bars on a terminal, otherwise a line for each file. */
export interface Progress {
  /** A sample that is in the bucket already. */
  skip(folder: LocalVoiceFolder, sample: LocalSample): void;
  begin(folder: LocalVoiceFolder, sample: LocalSample): SampleProgress;
  /** A line that stays; also after the end. */
  note(text: string): void;
  /** Uploading is over. */
  stop(): void;
}

export interface SampleProgress {
  /** Tells how many bytes are in the bucket. */
  update(bytes: number): void;
  done(): void;
  failed(): void;
}

export function startProgress(totalBytes: number): Progress {
  return process.stderr.isTTY ? bars(totalBytes) : lines();
}

function lines(): Progress {
  return {
    skip: (folder, sample) => say(unchanged(folder, sample)),
    begin: (folder, sample) => ({
      update: () => {},
      done: () => say(uploaded(folder, sample)),
      failed: () => {},
    }),
    note: say,
    stop: () => {},
  };
}

function bars(totalBytes: number): Progress {
  const multiBar = new MultiBar(
    {
      stream: process.stderr,
      format: '{bar} {percentage}% of {size}  {name}',
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      // The command itself listens for Ctrl-C.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const total =
    totalBytes > 0
      ? multiBar.create(totalBytes, 0, { name: 'total', size: readableSize(totalBytes) })
      : undefined;
  let isOver = false;
  const note = (text: string) => {
    if (isOver) say(text);
    else multiBar.log(`${text}\n`);
  };
  return {
    skip: (folder, sample) => note(unchanged(folder, sample)),
    begin(folder, sample) {
      const { size } = sample;
      const bar: SingleBar = multiBar.create(size, 0, {
        name: nameOf(folder, sample),
        size: readableSize(size),
      });
      let loaded = 0;
      const update = (now: number) => {
        total?.increment(now - loaded);
        loaded = now;
        bar.update(now);
      };
      return {
        update,
        done() {
          update(size);
          multiBar.remove(bar);
          note(uploaded(folder, sample));
        },
        failed() {
          update(0);
          multiBar.remove(bar);
        },
      };
    },
    note,
    stop() {
      multiBar.update(); // What was noted since the last time would be lost.
      multiBar.stop();
      isOver = true;
    },
  };
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
