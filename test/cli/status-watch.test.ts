import { describe, expect } from 'vitest';
import { it } from '../support/program-test.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { steadyLines } from '../support/terminal.ts';

// All of these wait, so they run at the same time.
describe.concurrent('status --watch', () => {
  it('without a terminal says what changes, and prints the table at the end', async ({
    ended,
    proxy,
    run,
  }) => {
    const url = await ended('succeeded');
    let looks = 0;
    proxy.intercept = (request) =>
      request.endsWith('result.json') && ++looks <= 2 ? { status: 404 } : 'pass';
    const { exitCode, stdout, stderr } = await run('status', url, '--watch', '--exit-status');
    expect(stderr).toMatch(
      /^\.\/ {2}no result yet\nresult\.json is about another .* callers-voice-clone retry s3:.*\n\.\/ {2}succeeded\n$/,
    );
    expect(stdout).toMatch(/^FOLDER.*\n\.\/\tsucceeded\tA good voice\tid-1\t/);
    expect(exitCode).toBe(0);
  });

  it('reads only results that are new', async ({ drop, place, proxy, run, voiceFolder }) => {
    for (const name of ['ann', 'bob']) {
      await voiceFolder(name);
      expect((await drop(name)).exitCode).toBe(0);
    }
    const reads: string[] = [];
    proxy.intercept = (request) => {
      const name = /(\w+)\/result\.json$/.exec(request)?.[1];
      if (name === undefined) return 'pass';
      reads.push(name);
      // As if Bob's result were not there when it is first read: the SDK asks again what was not answered.
      return name === 'bob' && reads.filter((read) => read === 'bob').length <= 2 ? { status: 404 } : 'pass';
    };
    expect((await run('status', place, '--watch', '--no-cache')).exitCode).toBe(0);
    expect(reads.toSorted()).toEqual(['ann', 'bob', 'bob', 'bob']);
  });

  it('survives a brief network failure', async ({ ended, proxy, run }) => {
    const url = await ended('succeeded');
    let drops = 3;
    proxy.intercept = () => (drops-- > 0 ? 'drop' : 'pass');
    const { exitCode, stderr } = await run('status', url, '--watch');
    expect(stderr).toMatch(/^S3 is unreachable .*\n\.\/ {2}succeeded\n$/);
    expect(exitCode).toBe(0);
  });

  it('redraws the table on a terminal until everything has ended', async ({
    drop,
    place,
    proxy,
    startOnTerminal,
    voiceFolder,
  }) => {
    await voiceFolder('ann');
    expect((await drop('ann', '--no-wait')).exitCode).toBe(0);
    let isOver = false;
    // As if the function had not started.
    proxy.intercept = (request) => (!isOver && request.endsWith('.json') ? { status: 404 } : 'pass');
    const program = startOnTerminal(['status', place, '--watch'], 100);
    await program.shows(/^ann\/ +no result yet/);
    isOver = true;
    expect(await program.ends()).toBe(0);
    const lines = await steadyLines(program);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^ann\/ +succeeded +A good voice/);
  });

  it('says between the tables that the network is gone, and leaves nothing behind', async ({
    drop,
    place,
    proxy,
    startOnTerminal,
    voiceFolder,
  }) => {
    await voiceFolder('ann');
    expect((await drop('ann')).exitCode).toBe(0);
    let looks = 0;
    proxy.intercept = (request, query): Fault => {
      if (query.has('list-type')) looks += 1;
      // The first look finds no result, the second no network, even when retried.
      if (looks === 1) return request.endsWith('.json') ? { status: 404 } : 'pass';
      return looks <= 4 ? 'drop' : 'pass';
    };
    const program = startOnTerminal(['status', place, '--watch'], 200);
    expect(await program.ends()).toBe(0);
    expect(await steadyLines(program)).toEqual([
      expect.stringMatching(/^S3 is unreachable/),
      expect.stringMatching(/^FOLDER/),
      expect.stringMatching(/^ann\/ +succeeded/),
    ]);
  });

  it('exits with 130 on Ctrl-C, and leaves the last table', async ({
    drop,
    place,
    proxy,
    startOnTerminal,
    voiceFolder,
  }) => {
    await voiceFolder('ann');
    expect((await drop('ann', '--no-wait')).exitCode).toBe(0);
    proxy.intercept = (request) => (request.endsWith('.json') ? { status: 404 } : 'pass');
    const program = startOnTerminal(['status', place, '--watch'], 100);
    await program.shows(/no result yet/);
    program.type('\u0003');
    expect(await program.ends()).toBe(130);
    expect((await steadyLines(program)).join('\n')).toMatch(/^FOLDER .*\nann\/ +no result yet/);
  });
});
