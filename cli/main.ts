#!/usr/bin/env node
import { Command, Option } from 'commander';
import packageJson from './package.json' with { type: 'json' };
import { addCompletion } from './completion.ts';
import type { CheckOptions } from './check/command.ts';
import { aboutAws, aboutDrop, aboutPrepare, aboutRetry, aboutStatus, examples } from './help.ts';
import type { InitOptions } from './init/command.ts';
import type { LocalOptions } from './local/command.ts';
import type { Choice, DropOptions } from './drop/options.ts';
import { decimal, endpoint, port, seconds, several, states, transfers } from './option-values.ts';
import { errorForScripts, exitCodes, outliveReaders, printJson, reportError, say } from './output.ts';
import type { PrepareOptions } from './prepare/command.ts';
import type { ResultOptions } from './result/command.ts';
import type { RetryOptions } from './retry/command.ts';
import type { StatusOptions } from './status/options.ts';
import { locales } from '../shared/locales.ts';

outliveReaders();

/** The `--exclude` and `--include` options, in order. */
const choices: Choice[] = [];

// Commands are imported on use, so that --help does not have to load an S3 emulator.
const program = new Command('callers-voice-clone')
  .description('Clone voices in Callers by dropping folders into a bucket')
  .version(packageJson.version)
  .exitOverride()
  // Commander quotes what was typed, which may be the name of somebody's file.
  .configureOutput({ writeErr: (text) => say(text.replace(/\n$/, '')) })
  .showHelpAfterError('(--help shows examples)')
  .addHelpText('after', () =>
    examples(
      'init my-voice',
      'check my-voice',
      'prepare my-voice',
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
  ${exitCodes.fine}    success
  ${exitCodes.notMade}    a folder has a problem, or a voice was not made
  ${exitCodes.usage}    invalid command line
  ${exitCodes.aws}    AWS error: credentials, bucket or network
  ${exitCodes.interrupted}  interrupted

With --json, a command prints a single JSON document to standard output, and nothing else; errors are
{"error": {"code", "message"}}.`,
  );

program.hook('preAction', (_program, command) => {
  if (command.args.includes('')) command.error('error: an argument is empty: is a variable not set?');
});

program
  .command('init')
  .description('Write a manifest.json for the recordings in a folder')
  .usage('[options] <folder>')
  .argument('[folder]', 'a folder with recordings')
  .option('--name <name>', 'name of the voice (default: prompt for it)')
  .option('--description <text>', 'description of the voice')
  .option('--provider <provider>', 'ELEVENLABS, CARTESIA or GOOGLE_CLOUD')
  .option('--locale <locale...>', 'locales that the voice supports, such as en-GB')
  .option('--stability <number>', '0 to 1', decimal)
  .option('--similarity-boost <number>', '0 to 1', decimal)
  .option('--speed <number>', '-1 (slowest) to 1 (fastest)', decimal)
  .option('--sub-accounts', 'enable sub-accounts')
  .option('--supports-all-languages', 'declare that the voice supports all languages')
  .option('--sub-organization <id>', 'sub-organization that gets the voice')
  .option('--force', 'replace an existing manifest.json')
  .option('--json', 'print the result as JSON, without prompting')
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
  .description('Check local voice folders by the rules of the function, before you upload them')
  .argument('<folder...>', 'folders with a manifest.json, or folders that contain such folders')
  .option('--report <file>', 'also write a page to send, with waveforms and players: report.html')
  .option('--open', 'open that page in the browser')
  .option('--no-cache', 'read all files, including those unchanged since an earlier check')
  .option('--json', 'print the findings as JSON')
  .addHelpText('after', () =>
    examples('check my-voice', 'check my-voice --report report.html --open', 'check voices/* --json'),
  )
  .addHelpText(
    'after',
    `
Assumes the defaults for settings that a deployment can change: MAX_TOTAL_BYTES (1 GiB) and
SUB_ORGANIZATIONS (all).`,
  )
  .action(async (folders: string[], options: CheckOptions) =>
    (await import('./check/command.ts')).check(folders, options),
  );

program
  .command('prepare')
  .description('Fix what check warns about, in a copy of a voice folder; needs ffmpeg')
  .argument('<folder>', 'a folder with a manifest.json')
  .option('--to <folder>', 'the new folder (default: <folder>-prepared)')
  .option(
    '--channel <side>',
    'the side of a call that has the voice: left, right, or for one file call.wav=right',
    several,
  )
  .option('--dry-run', 'show what would be cut and changed, without writing')
  .option('--json', 'print what was done as JSON, without prompting')
  .addHelpText('after', aboutPrepare)
  .addHelpText('after', () =>
    examples('prepare my-voice --dry-run', 'prepare my-voice --to my-voice-2 --channel left'),
  )
  .action(async (folder: string, options: PrepareOptions) =>
    (await import('./prepare/command.ts')).prepare(folder, options),
  );

program
  .command('local')
  .description('Run the whole pipeline on this machine, and drop voice folders into it')
  .argument(
    '[folder]',
    'a folder with a manifest.json, or one that contains such folders (default: an example)',
  )
  .option('--once', 'exit after the results: 0 if every voice was cloned, otherwise 1')
  .option(
    '--port <number>',
    'port of the local S3 and SQS (default: 4566, or any free port with --once)',
    port,
  )
  .option('--logs', "show the function's logs")
  .addHelpText('after', () => examples('local', 'local my-voice --once', 'local --port 4600 --logs'))
  .addHelpText(
    'after',
    `
Settings, as environment variables:
  CALLERS_API_KEY       clone for real, which is billed; without it, the API is simulated
  NODE_USE_ENV_PROXY=1  call the real API through the proxy in HTTPS_PROXY, unless NO_PROXY exempts it`,
  )
  .action(async (folder: string | undefined, options: LocalOptions) => {
    (await import('./local/requirements.ts')).checkRequirements();
    await (await import('./local/command.ts')).local(folder, options);
  });

withAws(
  program
    .command('drop')
    .description('Upload voice folders to the bucket, wait for their results and print the voices')
    .usage('[options] <folder...> <s3://bucket/prefix>')
    .argument(
      '<folder...>',
      'folders with a manifest.json, or folders that contain such folders; then the destination',
    )
    .option('--dry-run', 'show what would be uploaded and billed, without uploading')
    .option('-y, --yes', 'do not ask before a folder that has a voice gets another one, which is billed')
    .option('--transfers <number>', 'number of files to upload at the same time', transfers, 16)
    .option('-v, --verbose', 'show each file')
    .option('--no-cache', 'read all files, including those unchanged since an earlier drop or check')
    .option(
      '--exclude <pattern>',
      'skip folders with matching names, such as "*-old"; the last match wins',
      choice(false),
    )
    .option(
      '--include <pattern>',
      'include folders with matching names despite an earlier --exclude',
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
    .description('Show the status of the voice folders in a bucket')
    .argument('<s3://bucket/prefix>', 'where they are')
    .option('--state <states>', 'show only folders in these states, such as waiting,failed', states)
    .option('--failed', 'same as --state failed,unknown')
    .option('--watch', 'refresh every 5 seconds until no folder is in progress')
    .option('--exit-status', 'exit with 1 if a folder failed, or may have failed')
    .option('--no-cache', 'read all results, including those unchanged since an earlier status')
    .option('--json', 'print the states as JSON'),
)
  .addHelpText('after', aboutStatus)
  .addHelpText('after', () =>
    examples(
      'status s3://my-bucket/voices',
      'status s3://my-bucket --state waiting,failed',
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
    .description('Print results of voice folders: the voice, or what happened and what to do')
    .argument('<s3://bucket/folder...>', 'folders, or prefixes that contain folders')
    .option('--exit-status', 'exit with 1 if a voice is missing')
    .option('--json', 'print result.json as it is, or one document of several'),
)
  .addHelpText('after', () =>
    examples(
      'result s3://my-bucket/voices/my-voice',
      "result s3://my-bucket/voices/my-voice --json | jq -r '.voices[].id'",
    ),
  )
  .addHelpText('after', aboutAws)
  .action(async (urls: string[], options: ResultOptions) =>
    (await import('./result/command.ts')).result(urls, options),
  );

withAws(
  program
    .command('retry')
    .description('Show the results of failed folders, and request their voices again')
    .argument('<s3://bucket/folder...>', 'folders, or with --failed prefixes that contain folders')
    .option('--failed', 'retry every folder below that failed')
    .option(
      '--voice-not-in-callers',
      'confirm that you checked Callers, and found no voice for an unknown folder',
    )
    .option('--again', 'request another voice of the same recordings, which is billed'),
  withWait,
)
  .addHelpText('after', aboutRetry)
  .addHelpText('after', () =>
    examples('retry s3://my-bucket/voices/my-voice', 'retry s3://my-bucket/voices --failed'),
  )
  .addHelpText('after', aboutAws)
  .action(async (urls: string[], options: RetryOptions) =>
    (await import('./retry/command.ts')).retry(urls, options),
  );

addCompletion(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
  if (process.exitCode !== exitCodes.fine && process.argv.includes('--json')) {
    printJson({ error: errorForScripts(error) });
  }
  if (process.argv.includes('--debug') && error instanceof Error && error.stack) say(error.stack);
}

/** The options for waiting after a manifest was uploaded. */
function withWait(command: Command): Command {
  return command
    .option('--no-wait', 'exit after the upload, without waiting for the results')
    .option('--timeout <seconds>', 'how long to wait for each result', seconds, 1800)
    .addOption(
      new Option('--sse [algorithm]', 'the encryption to request from S3, as in aws s3 cp')
        .choices(['AES256', 'aws:kms', 'aws:kms:dsse'])
        .preset('AES256'),
    )
    .option('--sse-kms-key-id <id>', 'the KMS key for it')
    .option('--quiet', 'print only errors, and the document with --json')
    .option('--json', 'print the outcome of each folder as JSON');
}

/** The options known from the AWS CLI. */
function withAws(command: Command, more: (command: Command) => Command = (same) => same): Command {
  return more(command)
    .option('--profile <name>', 'the profile of ~/.aws to use')
    .option('--region <region>', 'the AWS region')
    .option('--endpoint-url <url>', 'the URL of an S3-compatible service', endpoint)
    .option('--debug', 'show requests, answers and stack traces, but never keys');
}

/** Finds the folder in `--locale en-GB my-voice`, where the variadic option has consumed it. */
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
