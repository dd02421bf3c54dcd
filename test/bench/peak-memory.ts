/**
 * The highest RSS of this process so far, in bytes. `maxRSS` of Linux starts from the parent's, which the benchmarks before
 * have enlarged. Imports nothing, so that its source can become part of a program.
 */
export function peakMemory(): number {
  try {
    const status = process.getBuiltinModule('node:fs').readFileSync('/proc/self/status', 'utf8');
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
