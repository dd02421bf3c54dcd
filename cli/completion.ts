import { readdirSync, statSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Adds the command that prints shell completion scripts, and the hidden command that these scripts call. */
export function addCompletion(program: Command): void {
  const { commands } = tab(program, { completionCommandName: 'completion' });
  // Completes folders here, because the library disables the shell's own file completion.
  for (const command of commands.values()) {
    const folder = command.arguments.get('folder');
    if (folder) {
      folder.handler = (complete) => {
        for (const name of foldersThatBeginAs(process.argv.at(-1) ?? '')) complete(name, '');
      };
    }
  }
}

function foldersThatBeginAs(typed: string): string[] {
  const above = typed.slice(0, typed.lastIndexOf('/') + 1);
  try {
    return readdirSync(above || '.')
      .filter((name) => statSync(above + name, { throwIfNoEntry: false })?.isDirectory())
      .map((name) => `${above}${name}/`);
  } catch {
    return []; // The folder does not exist or is not readable.
  }
}
