import { readdirSync, statSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Adds the command that prints completion scripts for shells, and the hidden one that these ask. */
export function addCompletion(program: Command): void {
  const { commands } = tab(program, { completionCommandName: 'completion' });
  // The helper keeps shells from completing the names of files by themselves.
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
    return []; // There is no such folder, or it is nobody's business.
  }
}
