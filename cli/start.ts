#!/usr/bin/env node
import packageJson from './package.json' with { type: 'json' };

/*
 * What the installed command runs: an old Node fails to load the program itself, with an error about a module.
 */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 18)) {
  console.error(
    `error: callers-voice-clone needs Node ${packageJson.engines.node.replace('>=', '')} or later, and this is Node ` +
      `${process.versions.node}: update it from https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  await import('./main.ts');
}
