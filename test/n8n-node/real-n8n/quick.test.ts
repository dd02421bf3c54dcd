import { expect, it, onTestFinished } from 'vitest';
import { isInstalled } from '../../support/installed.ts';
import { green, testsIn } from './engines.ts';
import { engineName, engines, linterName } from './installations.ts';
import { copiedSources, scan } from './lint.ts';

/** What takes seconds of `npm run test:n8n` is also part of `npm test` once that has installed what it needs. */
it.runIf(isInstalled(linterName))('the scan that n8n verifies packages with passes on the sources', () => {
  const { sources, remove } = copiedSources();
  onTestFinished(remove);
  expect(scan(sources, 'SOURCE_FILE_PATTERNS')).toEqual({ passed: true });
});

const [oldest] = engines;

it.runIf(isInstalled(engineName(oldest)))('the oldest engine leaves the node enough of an error', () => {
  expect(testsIn(oldest, 'test/n8n-node/inputs.test.ts', '-t', 'test of a credential')).toEqual(green);
});
