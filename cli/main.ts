#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import packageJson from './package.json' with { type: 'json' };
import { addCompletion } from './completion.ts';
import type { InitOptions } from './init/command.ts';
import type { LocalOptions } from './local/command.ts';
import type { Choice, DropOptions } from './drop/command.ts';
import { exitCodes, outliveReaders, reportError, say } from './output.ts';
import type { ResultOptions } from './result/command.ts';
import type { RetryOptions } from './retry/command.ts';
import type { StatusOptions } from './status/command.ts';
import { locales } from '../shared/locales.ts';

outliveReaders();

/** Of `--exclude` and `--include`, in their order. */
const choices: Choice[] = [];

// Each command is loaded when it is used: a person who asks for help need not wait for an S3 emulator.
const program = new Command('callers-voice-clone')
  .description('Clone voices in Callers by dropping folders into a bucket')
  .version(packageJson.version)
  .exitOverride()
  .showHelpAfterError('(--help shows examples)')
  .addHelpText('after', () =>
    examples(
      'init my-voice',
      'check my-voice',
      'drop my-voice s3://my-bucket/voices',
      'status s3://my-bucket/voices',
      'result s3://my-bucket/voices/my-voice',
      'retry s3://my-bucket/voices/my-voice',
      'local my-voice --once',
      'completion bash                                  # for zsh and fish too',
    ),
  )
  .addHelpText(
    'after',
    `
Exit codes:
  ${exitCodes.fine}    all well
  ${exitCodes.notMade}    something is wrong with a folder, or a voice was not made
  ${exitCodes.usage}    the command line is wrong
  ${exitCodes.aws}    AWS could not be used: credentials, bucket, network
  ${exitCodes.interrupted}  interrupted

With --json a command prints one JSON document on standard output, and nothing else there.`,
  );

program
  .command('init')
  .description('Write a manifest.json for the recordings in a folder')
  .usage('[options] <folder>')
  .argument('[folder]', 'a folder with recordings')
  .option('--name <name>', 'name of the voice; asked for on a terminal when left out')
  .option('--description <text>', 'description of the voice')
  .option('--provider <provider>', 'ELEVENLABS, CARTESIA or GOOGLE_CLOUD')
  .option('--locale <locale...>', 'locales that the voice supports, such as en-GB')
  .option('--stability <number>', '0 to 1', decimal)
  .option('--similarity-boost <number>', '0 to 1', decimal)
  .option('--speed <number>', '-1 (slowest) to 1 (fastest)', decimal)
  .option('--sub-accounts', 'enable sub-accounts')
  .option('--supports-all-languages', 'say that the voice supports all languages')
  .option('--sub-organization <id>', 'sub-organization that gets the voice')
  .option('--force', 'replace a manifest.json that is there')
  .option('--json', 'print the result as JSON, and ask nothing')
  .addHelpText('after', () =>
    examples(
      'init my-voice',
      'init my-voice --name "Amelia, receptionist" --provider ELEVENLABS --locale en-GB en-US',
    ),
  )
  .action(async (named: string | undefined, options: InitOptions, command: Command) => {
    const folder = named ?? folderAmongLocales(options);
    if (folder === undefined) command.error("error: missing required argument 'folder'");
    await (await import('./init/command.ts')).init(folder, options);
  });

program
  .command('check')
  .description('Check voice folders before anything is uploaded, by the rules of the function')
  .argument('<folder...>', 'folders with a manifest.json, or that hold such folders')
  .option('--json', 'print what was found as JSON')
  .addHelpText('after', () => examples('check my-voice', 'check voices/* --json'))
  .addHelpText(
    'after',
    `
What a deployment may have set otherwise is taken at its default: MAX_TOTAL_BYTES (1 GiB) and
SUB_ORGANIZATIONS (any).`,
  )
  .action(async (folders: string[], options: { json?: true }) =>
    (await import('./check/command.ts')).check(folders, options),
  );

program
  .command('local')
  .description('Run the whole pipeline on this machine, and drop voice folders into it')
  .argument('[folder]', 'a folder with a manifest.json, or one that holds such folders (default: an example)')
  .option('--once', 'exit after the results: 0 when every voice was cloned, 1 when not')
  .option(
    '--port <number>',
    'port of the local S3 and SQS (default: 4566, or any free one with --once)',
    port,
  )
  .option('--logs', 'show what the function logs')
  .addHelpText('after', () => examples('local', 'local my-voice --once', 'local --port 4600 --logs'))
  .action(async (folder: string | undefined, options: LocalOptions) => {
    (await import('./local/requirements.ts')).checkRequirements();
    await (await import('./local/command.ts')).local(folder, options);
  });

withAws(
  program
    .command('drop')
    .description('Upload voice folders to the bucket, wait for their results and print the voices')
    .usage('[options] <folder...> <s3://bucket/prefix>')
    .argument('<folder...>', 'folders with a manifest.json, or that hold such folders; then where they go')
    .option('--dry-run', 'say what would be uploaded, and upload nothing')
    .option(
      '--exclude <pattern>',
      'leave out folders of such a name, as "*-old"; the last match counts',
      choice(false),
    )
    .option(
      '--include <pattern>',
      'take folders of such a name although an --exclude before leaves them out',
      choice(true),
    ),
  withWait,
)
  .addHelpText('after', aboutDrop)
  .addHelpText('after', () =>
    examples(
      'drop my-voice s3://my-bucket/voices              # to s3://my-bucket/voices/my-voice/',
      'drop voices/* s3://my-bucket/voices --json',
      'drop my-voice s3://my-bucket --dry-run',
      'drop voices s3://my-bucket --exclude "*" --include "ann*"',
      'drop my-voice s3://my-bucket --no-wait --profile work',
    ),
  )
  .addHelpText('after', aboutAws)
  .action(async (args: string[], options: DropOptions) =>
    (await import('./drop/command.ts')).drop(args, { ...options, choices }),
  );

withAws(
  program
    .command('status')
    .description('Show what became of the voice folders in a bucket')
    .argument('<s3://bucket/prefix>', 'where they are')
    .option('--failed', 'show only those that failed, or may have')
    .option('--watch', 'look again every 5 seconds, until nothing is under way any more')
    .option('--exit-status', 'end with 1 when one failed, or may have')
    .option('--json', 'print the states as JSON'),
)
  .addHelpText('after', aboutStatus)
  .addHelpText('after', () =>
    examples(
      'status s3://my-bucket/voices',
      'status s3://my-bucket --failed',
      'status s3://my-bucket --watch --exit-status',
    ),
  )
  .addHelpText('after', aboutAws)
  .action(async (url: string, options: StatusOptions) =>
    (await import('./status/command.ts')).status(url, options),
  );

withAws(
  program
    .command('result')
    .description('Print the result of one voice folder: its voice, or what happened and what to do')
    .argument('<s3://bucket/folder>', 'the folder')
    .option('--exit-status', 'end with 1 when there is no voice')
    .option('--json', 'print result.json as it is'),
)
  .addHelpText('after', () =>
    examples(
      'result s3://my-bucket/voices/my-voice',
      "result s3://my-bucket/voices/my-voice --json | jq -r '.voices[].id'",
    ),
  )
  .addHelpText('after', aboutAws)
  .action(async (url: string, options: ResultOptions) =>
    (await import('./result/command.ts')).result(url, options),
  );

withAws(
  program
    .command('retry')
    .description('Ask again for the voice of a folder that failed, after showing what was said')
    .argument('<s3://bucket/folder>', 'the folder')
    .option('--looked', 'you have looked in Callers, and the voice is not there (for unknown)'),
  withWait,
)
  .addHelpText('after', aboutRetry)
  .addHelpText('after', () =>
    examples('retry s3://my-bucket/voices/my-voice', 'retry s3://my-bucket/voices/my-voice --looked'),
  )
  .addHelpText('after', aboutAws)
  .action(async (url: string, options: RetryOptions) =>
    (await import('./retry/command.ts')).retry(url, options),
  );

addCompletion(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
  if (process.argv.includes('--debug') && error instanceof Error && error.stack) say(error.stack);
}

/** What an upload of a manifest is followed by. */
function withWait(command: Command): Command {
  return command
    .option('--no-wait', 'end once all is uploaded, without waiting for the results')
    .option('--timeout <seconds>', 'how long to wait for each result', seconds, 1800)
    .option('--quiet', 'print nothing but errors; with --json the document too')
    .option('--json', 'print what became of each folder as JSON');
}

/** The options that users of the AWS CLI know. */
function withAws(command: Command, more: (command: Command) => Command = (same) => same): Command {
  return more(command)
    .option('--profile <name>', 'the profile of ~/.aws to use')
    .option('--region <region>', 'the AWS region')
    .option('--endpoint-url <url>', "an S3 that is not Amazon's", endpoint)
    .option('--debug', 'show requests, answers and where an error comes from; never keys');
}

/** `--locale en-GB my-voice`: an option with several values takes the folder for one more. */
function folderAmongLocales({ locale = [] }: InitOptions): string | undefined {
  const last = locale.at(-1);
  const isLocale = last === undefined || (locales as readonly string[]).includes(last);
  return isLocale || locale.length < 2 ? undefined : locale.pop();
}

function choice(isTaken: boolean): (pattern: string) => void {
  return (pattern) => {
    choices.push({ pattern, isTaken });
  };
}

function endpoint(value: string): string {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    throw new InvalidArgumentError('It must be a URL such as http://localhost:9000.');
  }
  return value;
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ callers-voice-clone ${line}`).join('\n')}`;
}

function decimal(value: string): number {
  if (value.trim() === '' || Number.isNaN(Number(value)))
    throw new InvalidArgumentError('It must be a number.');
  return Number(value);
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535)
    throw new InvalidArgumentError('It must be a number up to 65535.');
  return number;
}

function seconds(value: string): number {
  // The longest that a timer can wait is 24 days.
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number of seconds.');
  return Number(value);
}

function aboutDrop(): string {
  return `
All folders are checked first. Samples that are in the bucket already, with the same content, are not uploaded again; the
manifest is uploaded last, so that nothing is cloned before all is there. Ctrl-C leaves no half of a file behind.

Exit codes: ${exitCodes.fine} all voices were made (with --no-wait: all is uploaded), ${exitCodes.notMade} not all of them, ${exitCodes.aws} AWS could not be used,
${exitCodes.interrupted} interrupted.`;
}

function aboutStatus(): string {
  return `
States: succeeded, failed and unknown (there may be a voice: look in Callers) as in result.json; waiting for samples; being
cloned; no result yet (the function has not begun, or its result was deleted); rename to manifest.json (the name is another).

Exit codes: ${exitCodes.fine} the states could be read, whatever they are (with --exit-status: ${exitCodes.notMade} when one failed or is unknown),
${exitCodes.aws} AWS could not be used.`;
}

function aboutRetry(): string {
  return `
Uploads the manifest that is there once more, as it is: mend the folder first where that is what was said. A folder whose
outcome is unknown may have a voice, and another one is paid for too: it takes --looked.

Exit codes: ${exitCodes.fine} the voice was made, ${exitCodes.notMade} it was not, or there is nothing to try again, ${exitCodes.aws} AWS could not be used.`;
}

function aboutAws(): string {
  return `
AWS is used as the AWS CLI would: --profile, --region and --endpoint-url, else the environment (AWS_PROFILE,
AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_CA_BUNDLE, HTTPS_PROXY, NO_PROXY), else ~/.aws. The place may also
be pasted as an address of the S3 console or an ARN.`;
}
