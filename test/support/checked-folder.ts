import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { checkFolder } from '../../cli/check/check-folder.ts';
import { forScripts } from '../../cli/check/describe-folder.ts';

/** What `check --json` prints of a folder. */
export interface Checked {
  ok: boolean;
  samples: {
    name: string;
    media?: Record<string, string | number | boolean>;
    sound?: Record<string, number | null>;
  }[];
  problems: {
    severity: string;
    file: string;
    code?: string;
    message: string;
    suggestion?: string;
    source?: string;
  }[];
  seconds?: number;
  isHeard: boolean;
  notHeard?: string;
}

/** Bytes, or the path of a file. */
export type Content = Buffer | string;

/** The PATH of a machine without ffmpeg. */
export const NO_FFMPEG = '/nonexistent';

/** Gives each test a folder of its own, in which a voice folder can be made and checked. */
export function checkedFolder() {
  let here = '';
  beforeEach(() => {
    here = mkdtempSync(join(tmpdir(), 'callers-voice-'));
  });
  afterEach(() => {
    rmSync(here, { recursive: true });
  });

  function folder(files: Record<string, Content>, manifest: object = {}): void {
    mkdirSync(join(here, 'voice'), { recursive: true });
    writeFileSync(join(here, 'voice/manifest.json'), JSON.stringify({ name: 'Amelia', ...manifest }));
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === 'string') copyFileSync(content, join(here, 'voice', name));
      else writeFileSync(join(here, 'voice', name), content);
    }
  }

  /** @param path where to look for ffmpeg */
  async function checked(
    files: Record<string, Content>,
    manifest: object = {},
    path = process.env['PATH'] ?? '',
  ): Promise<Checked> {
    folder(files, manifest);
    const { PATH } = process.env;
    process.env['PATH'] = path;
    try {
      // What `check --json` prints; a process for each would take its time.
      return JSON.parse(JSON.stringify(forScripts(await checkFolder(join(here, 'voice'))))) as Checked;
    } finally {
      process.env['PATH'] = PATH;
    }
  }

  return {
    /** The folder of the voice folder. */
    here: () => here,
    folder,
    checked,
    /** The codes that check reports for a recording. */
    codesOf: async (name: string, content: Content, path?: string): Promise<string[]> => {
      const { problems } = await checked({ [name]: content }, {}, path);
      return problems.map(({ code, message }) => code ?? message);
    },
    /** The codes for each of these recordings, checked together: starting ffmpeg for each takes most of the time. */
    codesOfEach: async (
      files: Record<string, Content>,
      path?: string,
    ): Promise<Record<string, (string | undefined)[]>> => {
      const { problems } = await checked(files, {}, path);
      // All are of the same sentences.
      const own = problems.filter(({ code }) => code !== 'SAME_SOUND');
      const codes = (name: string) => own.filter(({ file }) => file === name).map(({ code }) => code);
      return Object.fromEntries(Object.keys(files).map((name) => [name, codes(name)]));
    },
  };
}
