/** Numbers of a report under one title. */
export interface Group {
  title: string;
  rows: (readonly [name: string, value: number])[];
}

/** A table of two columns, in groups with titles. */
export function table(groups: readonly Group[]): string {
  const names = groups.flatMap(({ rows }) => rows.map(([name]) => name));
  const width = Math.max(...names.map((name) => name.length)) + 2;
  return groups
    .map(({ title, rows }) => {
      const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}${String(value).padStart(9)}`);
      return [title, ...lines].join('\n');
    })
    .join('\n\n');
}

/** Shows progress: on a terminal in one line that it overwrites, otherwise in a new line every ten seconds. */
export function createProgress(output: NodeJS.WriteStream = process.stdout) {
  let last = 0;
  return {
    show: (line: string): void => {
      if (output.isTTY) output.write(`\r\u001b[K${line.slice(0, output.columns - 1)}`);
      else if (Date.now() - last >= 10_000) {
        last = Date.now();
        output.write(`${line}\n`);
      }
    },
    end: (): void => {
      if (output.isTTY) output.write('\r\u001b[K');
    },
  };
}
