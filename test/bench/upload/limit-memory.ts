import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a process can be kept below a size, or why it cannot. */
export type MemoryLimit =
  | {
      possible: true;
      /** The mechanism. */
      by: string;
      /** Put before a command, limits it. */
      command: string[];
      lift(): void;
    }
  | { possible: false; why: string };

/**
 * Limits the total memory of the programs started under it with a cgroup, created directly or by systemd ("Control
 * Group v2" and "Memory Resource Controller" in the Linux kernel's documentation). Except in cgroup v1, it also forbids
 * swap.
 */
export function limitMemory(bytes: number): MemoryLimit {
  const problems: string[] = [];
  for (const limit of [cgroupV1, cgroupV2, systemd]) {
    try {
      return { possible: true, ...limit(bytes) };
    } catch (error) {
      problems.push((error as Error).message.split('\n', 1)[0] ?? '');
    }
  }
  return { possible: false, why: `memory cannot be limited on this system (${problems.join('; ')})` };
}

type Limit = Omit<Extract<MemoryLimit, { possible: true }>, 'possible'>;

function cgroupV1(bytes: number): Limit {
  const folder = makeCgroup(join('/sys/fs/cgroup/memory', ownCgroup(/^\d+:memory:(.*)$/m)));
  return limitedIn(folder, 'cgroup v1', () =>
    writeFileSync(join(folder, 'memory.limit_in_bytes'), String(bytes)),
  );
}

function cgroupV2(bytes: number): Limit {
  const folder = makeCgroup(join('/sys/fs/cgroup', ownCgroup(/^0::(.*)$/m)));
  return limitedIn(folder, 'cgroup v2', () => {
    writeFileSync(join(folder, 'memory.max'), String(bytes));
    const swap = join(folder, 'memory.swap.max');
    if (existsSync(swap)) writeFileSync(swap, '0');
  });
}

function systemd(bytes: number): Limit {
  const scope = ['systemd-run', '--scope', '--quiet', ...(process.getuid?.() === 0 ? [] : ['--user'])];
  const command = [...scope, '-p', `MemoryMax=${bytes}`, '-p', 'MemorySwapMax=0', '--'];
  execFileSync(command[0] ?? '', [...command.slice(1), 'true'], { stdio: 'ignore' });
  return { by: 'systemd-run', command, lift: () => {} };
}

function ownCgroup(line: RegExp): string {
  const [, path] = line.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  if (path === undefined) throw new Error('no cgroup of that kind');
  return path;
}

function makeCgroup(parent: string): string {
  const folder = join(parent, `callers-bench-${process.pid}`);
  mkdirSync(folder);
  return folder;
}

function limitedIn(folder: string, by: string, limit: () => void): Limit {
  try {
    limit();
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  // The shell enters the cgroup, then becomes the command.
  const enter = `echo $$ > '${folder}/cgroup.procs' && exec "$@"`;
  return { by, command: ['sh', '-c', enter, 'sh'], lift: () => rmdirSync(folder) };
}
