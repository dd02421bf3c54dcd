import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { NO_FFMPEG } from '../support/checked-folder.ts';
import { preparedFolder } from '../support/prepared-folder.ts';
import { programFile, programNode } from '../support/program.ts';
import { recordings } from '../support/recordings.ts';

const { here, folder } = preparedFolder();

describe.runIf(process.getuid?.() === 0)('says what to do where a user may not write', () => {
  beforeAll(() => {
    folder('voice', { 'one.wav': recordings().speech() });
    writeFileSync(`${here()}/file`, '');
    chmodSync(here(), 0o755);
  });

  const may = 'because you may not write there';
  it.each([
    ['prepare voice', `voice-prepared cannot be written, ${may}: name another folder with --to`],
    [
      'prepare voice --to file/voice',
      'file/voice cannot be written, because a file is in the way: name another folder with --to',
    ],
    [
      'init voice --name Amelia --force',
      `voice/manifest.json cannot be written, ${may}: copy the folder to where you may write`,
    ],
    [
      'check voice --report voice/report.html',
      `The report cannot be written, ${may}: name another file with --report`,
    ],
  ])('%s', (args, message) => {
    // As another user: root may write everything.
    const { status, stderr } = spawnSync(programNode, [programFile, ...args.split(' ')], {
      cwd: here(),
      uid: 65_534,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, `error: ${message}\n`]);
    expect(readdirSync(here())).toEqual(['file', 'voice']);
  });

  it('where temporary files belong', () => {
    const env = { ...process.env, TMPDIR: `${here()}/voice` };
    const { status, stderr } = spawnSync(
      programNode,
      [programFile, 'prepare', 'voice', '--to', '/tmp/nothing'],
      {
        cwd: here(),
        uid: 65_534,
        env,
        encoding: 'utf8',
      },
    );
    const message = `${here()}/voice cannot be written, ${may}: set TMPDIR to another folder`;
    expect([status, stderr]).toEqual([1, `error: ${message}\n`]);
  });
});

describe('a disk that is full, here by a limit of files,', () => {
  const full = (args: string) => {
    const program = `trap '' XFSZ; ulimit -f 0; exec '${programNode}' '${programFile}' ${args}`;
    return spawnSync('/bin/bash', ['-c', program], {
      cwd: here(),
      env: { PATH: NO_FFMPEG, HOME: here() },
      encoding: 'utf8',
    });
  };

  it.each([
    ['manifest.json', 'init voice --name Beate --force', '{"name":"Amelia"}'],
    ['report.html', 'check voice --report voice/report.html', 'the old one'],
  ])('leaves the old %s', (name, args, before) => {
    folder('voice', { 'one.wav': recordings().speech(), [name]: Buffer.from(before) });
    const { status, stderr } = full(args);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: .*file too large/)]);
    expect(readFileSync(`${here()}/voice/${name}`, 'utf8')).toBe(before);
    expect(readdirSync(`${here()}/voice`)).toEqual([...new Set(['manifest.json', 'one.wav', name])]);
  });

  it('leaves no empty manifest', () => {
    folder('new', { 'one.wav': recordings().speech() });
    rmSync(`${here()}/new/manifest.json`);
    expect(full('init new --name Amelia').status).toBe(1);
    expect(readdirSync(`${here()}/new`)).toEqual(['one.wav']);
  });
});
