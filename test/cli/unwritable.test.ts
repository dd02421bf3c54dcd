import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
      `voice/manifest.json cannot be written, ${may}: copy the folder to another place`,
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

describe.runIf(process.getuid?.() === 0)(
  'init --force replaces a manifest that may be written, in a folder',
  () => {
    it.each([
      ['that may not', 0o755],
      ['of everybody, who may remove only what is theirs', 0o1777],
    ])('%s', (_, mode) => {
      folder('shared', { 'one.wav': recordings().speech() }, { description: 'long '.repeat(200) });
      chmodSync(here(), 0o755);
      chmodSync(`${here()}/shared`, mode);
      chmodSync(`${here()}/shared/manifest.json`, 0o666);
      const init = [programFile, 'init', 'shared', '--name', 'Beate', '--force'];
      const { status } = spawnSync(programNode, init, { cwd: here(), uid: 65_534 });
      expect(status).toBe(0);
      expect(JSON.parse(readFileSync(`${here()}/shared/manifest.json`, 'utf8'))).toEqual({
        name: 'Beate',
        files: ['one.wav'],
      });
      expect(readdirSync(`${here()}/shared`)).toEqual(['manifest.json', 'one.wav']);
    });
  },
);

/** Containers mostly may not. */
const mayMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

describe.runIf(mayMount)('says what to do where a disk is full', () => {
  it.each([
    ['init voice --name Beate --force', 'voice/manifest.json', 'copy the folder to another place'],
    ['check voice --report voice/report.html', 'The report', 'name another file with --report'],
    ['prepare voice', 'voice-prepared', 'name another folder with --to'],
  ])('%s', (args, what, otherwise) => {
    folder('source', { 'one.wav': recordings().speech() });
    mkdirSync(`${here()}/disk`, { recursive: true });
    // It has room for the folder, and goes with the process.
    const script = `mount -t tmpfs -o size=400k none disk && cp -r source disk/voice && cd disk &&
      { cat /dev/zero > rest; '${programNode}' '${programFile}' ${args}; code=$?; cat voice/manifest.json; exit $code; } 2>&1`;
    const { status, stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script], {
      cwd: here(),
      encoding: 'utf8',
    });
    const message = `${what} cannot be written, because the disk is full: free some space, or ${otherwise}`;
    expect(stdout).toContain(`error: ${message}\n{"name":"Amelia"}`);
    expect(status).toBe(1);
  });
});

/** Where some users' PATH does not lead. */
const SYSTEM_TOOLS = 'export PATH="$PATH:/usr/sbin:/sbin"';

/** Small images of Linux leave them out. */
const hasExt4 =
  spawnSync('sh', ['-c', `${SYSTEM_TOOLS}; command -v mkfs.ext4 && command -v filefrag`]).status === 0;

describe.runIf(mayMount && hasExt4)('check refuses a recording in the middle of which its disk fails', () => {
  it.each([
    ['with ffmpeg', process.env['PATH']],
    ['without ffmpeg', NO_FFMPEG],
  ])('%s', (_, path) => {
    folder('voice', { 'one.wav': recordings().speech() });
    // The second half of the recording is behind the end of the disk.
    const script = `${SYSTEM_TOOLS}; mount -t tmpfs none /mnt && cd /mnt && mkdir disk && truncate -s 4M image && mkfs.ext4 -q -b 4096 -O ^has_journal image &&
      mount -o loop image disk && cp -r '${here()}/voice' . && mv voice/one.wav disk && ln -s ../disk/one.wav voice && sync -f disk &&
      start=$(filefrag -v disk/one.wav | awk '$1 == "0:" { print $4 + 0 }') &&
      truncate -s $((start * 4096 + $(stat -c %s disk/one.wav) / 8192 * 4096)) image && dd if=disk/one.wav iflag=nocache count=0 status=none &&
      PATH='${path}' exec '${programNode}' '${programFile}' check voice --no-cache`;
    const { status, stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' });
    expect(stdout).toContain('voice/one.wav\n    error cannot be read: its disk fails at a part of it (EIO)');
    expect(status).toBe(1);
  });
});

describe.runIf(mayMount)('prepare says what to do where a disk becomes full while it writes', () => {
  it.each([
    [
      'temporary files',
      750,
      'disk/temporary prepare',
      /disk\/temporary .*: free some space, or set TMPDIR to another folder$/m,
    ],
    [
      'the new folder',
      550,
      '. prepare --to disk/new',
      /disk\/new .*: free some space, or name another folder with --to$/m,
    ],
  ])('%s', (_, kilobytes, args, message) => {
    folder('quiet', { 'one.wav': recordings().sox('faint.wav', [], ['gain', '-40']) });
    mkdirSync(`${here()}/disk`, { recursive: true });
    const [temporary = '', ...command] = args.split(' ');
    const script = `mount -t tmpfs -o size=${kilobytes}k none disk && mkdir disk/temporary && head -c 300000 /dev/zero > disk/rest &&
      TMPDIR="$PWD/${temporary}" exec '${programNode}' '${programFile}' ${command.join(' ')} quiet`;
    const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], {
      cwd: here(),
      encoding: 'utf8',
    });
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
    rmSync(`${here()}/quiet-prepared`, { recursive: true, force: true });
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
