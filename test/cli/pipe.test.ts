import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { programFile, programNode } from '../support/program.ts';
import { it as base } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

/** What a shell prints for a pipeline, and the program's exit code in it. */
const it = base.extend(
  'inShell',
  ({ environment, home }) =>
    async (pipe: string): Promise<{ text: string; exitCode: string }> => {
      // The whole `PATH`, so that ffmpeg is not found.
      const bin = join(home, 'bin');
      await mkdir(bin, { recursive: true });
      await symlink('/usr/bin/head', join(bin, 'head')).catch(() => {});
      const program = `'${programNode}' '${programFile}'`;
      const script = `${pipe.replaceAll('callers-voice-clone', program)}; echo "exit \${PIPESTATUS[0]}" >&2`;
      return new Promise((resolve) => {
        const env = { PATH: bin, HOME: home, ...environment };
        execFile('/bin/bash', ['-c', script], { cwd: home, env }, (_error, _stdout, stderr) => {
          const [, text = '', exitCode = ''] = /^([\s\S]*)exit (\d+)\n$/.exec(stderr) ?? [];
          resolve({ text, exitCode });
        });
      });
    },
);

describe('a reader that closes the pipe early', () => {
  it.for([
    ['check many | head -1', 'callers-voice-clone check many | head -1'],
    ['check --json | true', 'callers-voice-clone check many --json | true'],
    ['status --json | true', 'callers-voice-clone status s3://voices --json | true', '1'],
    ['--help | true', 'callers-voice-clone drop --help | true'],
  ] as const)(
    'as in %s causes no stack trace',
    async ([_what, pipe, exitCode = '0'], { inShell, voiceFolder }) => {
      // More than a pipe holds: 64 KiB.
      const name = 'n'.repeat(240);
      const count = pipe.includes('many') ? 300 : 1;
      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          voiceFolder(`many/${name}-${index}`, {}, { 'one.wav': wav(200) }),
        ),
      );
      expect(await inShell(pipe)).toEqual({ text: '', exitCode });
    },
  );

  it('of the progress does not stop an upload', async ({ inShell, place, run, voiceFolder }) => {
    await voiceFolder('ann');
    await inShell(`callers-voice-clone drop ann ${place} 2>&1 | true`);
    const { stdout } = await run('status', place);
    expect(stdout).toMatch(/^ann\/\tsucceeded/m);
  });

  it('of the voices that drop has made is told where they are', async ({ inShell, place, voiceFolder }) => {
    await voiceFolder('ann');
    const { text, exitCode } = await inShell(`callers-voice-clone drop ann ${place} --quiet --json | true`);
    const where = `callers-voice-clone result ${place}/ann/`;
    expect(text).toBe(`The output was closed before it was read. It is still there: ${where}\n`);
    expect(exitCode).toBe('0');
  });
});

it('a full disk is an error, not a stack trace', async ({ inShell, voiceFolder }) => {
  await voiceFolder('ann');
  expect(await inShell('callers-voice-clone check ann > /dev/full')).toEqual({
    text: 'error: The output cannot be written: ENOSPC: no space left on device, write\n',
    exitCode: '1',
  });
});
