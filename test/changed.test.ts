import { expect, it } from 'vitest';
import { testsOf } from './changed.ts';

it.each([
  ['test/shared/voice.test.ts', 'test/shared/voice.test.ts'],
  ['shared/clone-request.ts', 'test/shared/clone-request.test.ts'],
  ['functions/clone-voice/deliver.ts', 'test/functions/crash-points/crash-points.test.ts'],
  ['cli/init/command.ts', 'test/cli/init.test.ts'],
  ['cli/drop/upload-file.ts', 'test/cli/upload-file.test.ts'],
  ['cli/table.ts', 'test/cli/check.test.ts'],
  ['n8n-node/nodes/Callers/Callers.node.ts', 'test/n8n-node/clone.test.ts'],
  ['cli/README.md', 'test/docs/docs.test.ts'],
  ['test/support/terminal.ts', 'test/cli/terminal.test.ts'],
])('npm run check after a change of %s runs %s', (file, test) => {
  expect(testsOf([file])).toContain(test);
});

it('npm run check does not run everything after a change of a rule', () => {
  expect(testsOf(['shared/clone-request.ts', 'voice-folder/manifest.ts']).length).toBeLessThan(5);
  expect(testsOf(['cli/output.ts'])).toHaveLength(4);
});
