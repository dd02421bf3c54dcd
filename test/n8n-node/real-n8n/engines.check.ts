import { expect, it } from 'vitest';
import { green, testsIn } from './engines.ts';
import { engines } from './installations.ts';

const testsInEngine = ['clone', 'inputs', 'once'].map((name) => `test/n8n-node/${name}.test.ts`);

it.each(engines)('the tests pass in the engine of n8n $n8n, too', (engine) => {
  expect(testsIn(engine, ...testsInEngine)).toEqual(green);
});
