import { expect, it } from 'vitest';
import { limit } from '../../cli/limit.ts';

it('lets in as many as there is room for, in their order, and one that takes the room of several not before there is', async () => {
  const run = limit(3);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const task = (name: string, size?: number) =>
    run(() => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    }, size);
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const tasks = [task('a'), task('b'), task('large', 3), task('c')];
  await end('none');
  expect(begun).toEqual(['a', 'b']);
  await end('a');
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'large']);
  await end('large');
  expect(begun).toEqual(['a', 'b', 'large', 'c']);
  await end('c');
  await Promise.all(tasks);
});
