#!/usr/bin/env node
import packageJson from './package.json' with { type: 'json' };

/*
 * What the installed command runs: an old Node fails to load the program itself, with an error about a module.
 */

const { node } = process.versions;
const oldest = packageJson.engines.node.replace('>=', '');
const [major = 0, minor = 0] = numbersIn(node);
const [oldestMajor = 0, oldestMinor = 0] = numbersIn(oldest);
if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  console.error(
    `error: callers-voice-clone needs Node ${oldest} or later, and this is Node ${node}: update it from https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  await import('./main.ts');
}

function numbersIn(version: string): number[] {
  return version.split('.').map(Number);
}
