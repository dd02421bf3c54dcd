import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An ffmpeg that does something else for some arguments.
 *
 * @param folder in which it is made
 * @param rule of a shell's `case` about the arguments
 * @returns the PATH on which it comes first
 */
export function ffmpegThat(folder: string, rule: string): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  const real = execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim();
  const script = `#!/bin/sh\ncase "$*" in ${rule} esac\nexec ${real} "$@"\n`;
  writeFileSync(join(bin, 'ffmpeg'), script, { mode: 0o755 });
  return `${bin}:${process.env['PATH'] ?? ''}`;
}
