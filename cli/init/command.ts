import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import input from '@inquirer/input';
import * as z from 'zod/v4-mini';
import { ignoredFiles } from '../../voice-folder/ignored-files.ts';
import { judgeSamples } from '../../voice-folder/judge-samples.ts';
import { issuesOf } from '../../shared/clone-settings.ts';
import { manifestSchema } from '../../voice-folder/manifest.ts';
import { checkFolder } from '../check/check-folder.ts';
import { describeFolder, forScripts } from '../check/describe-folder.ts';
import { listFiles } from '../check/local-files.ts';
import { suggestValue } from '../check/suggest.ts';
import { whyUnwritten } from '../disk-errors.ts';
import { canAsk, exitCodes, print, printJson, ProgramError } from '../output.ts';
import { answerTo } from '../prompt.ts';
import { plain } from '../table.ts';
import { whyUnlisted } from '../voice-folders.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { writeWhole } from '../write-whole.ts';

/** The options of `init`. */
export interface InitOptions {
  name?: string;
  description?: string;
  provider?: string;
  locale?: string[];
  stability?: number;
  similarityBoost?: number;
  speed?: number;
  subAccounts?: true;
  supportsAllLanguages?: true;
  subOrganization?: string;
  force?: true;
  json?: true;
}

/**
 * `callers-voice-clone init`: writes a manifest for the recordings in a folder, and checks it. Lists the
 * recordings in `files`, so that the upload order does not matter. Prompts for the voice's name if it is
 * missing and there is a terminal.
 *
 * @throws {ProgramError} if there are no recordings, or an option is invalid.
 */
export async function init(folder: string, options: InitOptions): Promise<void> {
  const path = join(folder, MANIFEST_NAME);
  const settings = settingsFrom(options);
  const recordings = await recordingsIn(folder);
  if (!options.force && (await stat(path).catch(() => undefined))) {
    throw new ProgramError(
      `${path} already exists: check it with "callers-voice-clone check", or replace it with --force`,
      exitCodes.notMade,
    );
  }
  const name = options.name ?? (await askForName(folder, options));
  const manifest = { name, ...settings, files: recordings };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeWhole(path, text, { mayReplace: options.force === true }).catch((error: unknown) => {
    throw whyUnwritten(path, error, 'copy the folder to another place');
  });

  const checked = await checkFolder(folder);
  if (options.json) printJson({ path, manifest, folder: forScripts(checked) });
  else print(`Wrote ${path}\n\n${describeFolder(checked)}\n\nNext: ${nextCommand(folder, checked.ok)}`);
  if (!checked.ok) process.exitCode = exitCodes.notMade;
}

/** The recordings that the function would use without `files`. */
async function recordingsIn(folder: string): Promise<string[]> {
  const files = await listFiles(folder).catch((error: NodeJS.ErrnoException) => {
    throw whyUnlisted(folder, error);
  });
  const { samples } = judgeSamples({}, files, Infinity);
  if (samples.length === 0) {
    const ignored = ignoredFiles({}, files, samples).map(
      ({ name, why }) => `\n       ${plain(name)} is not used: ${why}`,
    );
    throw new ProgramError(
      `${folder} contains no audio files: put the recordings directly into it, as .mp3, .wav, .m4a, .flac or .ogg${ignored.join('')}`,
      exitCodes.notMade,
    );
  }
  return samples.map(({ name }) => name);
}

/** The manifest's fields from the options; omitted options are not written. */
function settingsFrom(options: InitOptions): Record<string, unknown> {
  const given = Object.fromEntries(
    Object.entries(optionOf).map(([field, option]): [string, unknown] => [field, options[option]]),
  );
  const parsed = z.partial(manifestSchema).safeParse(given);
  if (!parsed.success) {
    const problems = issuesOf(parsed.error).map(({ path, message }) => {
      const [field = '', index] = path.split(/[[\]]/);
      const value = given[field];
      const item: unknown = Array.isArray(value) && index !== undefined ? value[Number(index)] : value;
      const suggestion = suggestValue(path, JSON.stringify(item), []);
      const isValue = suggestion?.startsWith('"') || suggestion?.startsWith('[');
      const meant =
        suggestion === undefined ? '' : isValue ? ` (did you mean ${suggestion}?)` : `: ${suggestion}`;
      return `${flagOf(field)} ${message}${meant}`;
    });
    throw new ProgramError(problems.join('\n       '), exitCodes.usage);
  }
  return Object.fromEntries(
    Object.entries(given).filter(([field, value]) => field !== 'name' && value !== undefined),
  );
}

/** The option that sets each field of the manifest. */
const optionOf: Record<string, keyof InitOptions> = {
  name: 'name',
  description: 'description',
  providerType: 'provider',
  supportedLocales: 'locale',
  stability: 'stability',
  similarityBoost: 'similarityBoost',
  speed: 'speed',
  subAccounts: 'subAccounts',
  supportsAllLanguages: 'supportsAllLanguages',
  subOrganizationId: 'subOrganization',
};

/** As it is typed, such as `--similarity-boost`. */
function flagOf(field: string): string {
  const option = optionOf[field] ?? field;
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function askForName(folder: string, { json }: InitOptions): Promise<string> {
  if (json || !canAsk()) {
    throw new ProgramError(
      'The voice needs a name: pass it with --name "Amelia, receptionist"',
      exitCodes.usage,
    );
  }
  const suggested = basename(resolve(folder));
  const problemWith = (name: string) => manifestSchema.shape.name.safeParse(name).error?.issues[0]?.message;
  const question = input(
    {
      message: 'Name of the voice:',
      ...(problemWith(suggested) === undefined && { default: suggested }),
      validate: (name) => {
        const problem = problemWith(name);
        return problem === undefined || `It ${problem}.`;
      },
    },
    // Standard output is reserved for the command's result.
    { output: process.stderr },
  );
  return answerTo(question, 'Nothing was written');
}

/** Quoted for a shell if necessary. */
function nextCommand(folder: string, isOk: boolean): string {
  const name = /^[\w./-]+$/.test(folder) ? folder : JSON.stringify(folder);
  return isOk
    ? `callers-voice-clone drop ${name} s3://my-bucket/voices`
    : `fix the errors, then callers-voice-clone check ${name}`;
}
