#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { local } from './local/command.ts';

const program = new Command('callers-voice').description(
  'Clone voices in Callers by dropping folders into a bucket',
);

program
  .command('local')
  .description('Run the whole pipeline on this machine, and drop voice folders into it')
  .argument('[folder]', 'a folder with a manifest.json, or one that holds such folders', 'examples/voices')
  .option('--once', 'exit after the results: 0 when every voice was cloned, 1 when not')
  .option(
    '--port <number>',
    'port of the local S3 and SQS (default: 4566, or any free one with --once)',
    port,
  )
  .option('--logs', 'show what the function logs')
  .action(local);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535)
    throw new InvalidArgumentError('It must be a number up to 65535.');
  return number;
}
