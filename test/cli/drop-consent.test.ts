import { writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { parsed } from '../support/drop-report.ts';
import { it } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

describe('a folder that has a voice and was changed', () => {
  it('is refused without a terminal, naming the voice that stays and --yes', async ({
    drop,
    place,
    run,
    uploads,
    voiceFolder,
  }) => {
    const [first] = parsed(await drop(await voiceFolder('ann'), '--json'));
    const id = first?.result?.voices?.[0]?.id ?? '';
    const ann = await voiceFolder('ann', { description: 'Receptionist' });
    const { exitCode, stdout, stderr } = await run('drop', ann, await voiceFolder('bob'), place, '--json');
    expect(stderr).toContain(
      `ann: another voice (billed, unless the bucket knows these recordings; ${id} stays)\n`,
    );
    expect(stderr).toMatch(/^a first voice \(billed, .*\) for 1 other$/m);
    expect(exitCode).toBe(1);
    expect(parsed({ stdout })).toMatchObject([
      {
        status: 'notUploaded',
        error: { code: 'NEEDS_CONSENT', message: expect.stringMatching(/--yes/) as string },
      },
      { status: 'notUploaded' },
    ]);
    expect(uploads()).toEqual([]);
    const tried = await drop(ann, '--dry-run', '--json');
    expect(JSON.parse(tried.stdout)).toMatchObject({
      folders: [{ effect: { kind: 'another', voices: [{ id, name: 'A good voice' }] } }],
    });
    expect(uploads()).toEqual([]);
    const [second] = parsed(await drop(ann, '--yes', '--json'));
    expect(second?.status).toBe('succeeded');
    expect(second?.result?.voices?.[0]?.id).not.toBe(id);
  });

  it('is asked for on a terminal, and uploaded only after yes', async ({
    drop,
    place,
    startOnTerminal,
    uploads,
    voiceFolder,
  }) => {
    await drop(await voiceFolder('ann'));
    await voiceFolder('ann', { name: 'Ann, receptionist' });
    const declined = startOnTerminal(['drop', 'ann', place], 80);
    await declined.shows(/Make another voice\?/);
    declined.type('\r');
    expect(await declined.ends()).toBe(1);
    expect((await declined.lines()).join('\n')).toMatch(
      /error: ann: it would get another voice, which you declined/,
    );
    expect(uploads()).toEqual([]);
    const agreed = startOnTerminal(['drop', 'ann', place], 80);
    await agreed.shows(/Make another voice\?/);
    agreed.type('y\r');
    expect(await agreed.ends()).toBe(0);
    expect(uploads()).toEqual(['ann/manifest.json']);
  });

  it('is not asked for when only the formatting of its manifest changed', async ({
    drop,
    home,
    uploads,
    voiceFolder,
  }) => {
    await drop(await voiceFolder('ann'));
    await writeFile(`${home}/ann/manifest.json`, '{\n  "$schema": "x",\n  "name": "A good voice"\n}\n');
    const { exitCode, stderr } = await drop('ann');
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/^ann: nothing has changed since/)]);
    expect(uploads()).toEqual([]);
  });

  it('is said to be billed only if the bucket does not know its recordings, as when another folder has them', async ({
    drop,
    place,
    run,
    voiceFolder,
  }) => {
    const settings = { name: 'Ann, also known as Bob' };
    const [ann] = parsed(await drop(await voiceFolder('ann', settings), '--json'));
    await drop(await voiceFolder('bob', settings, { 'one.wav': wav(2500), 'two.wav': wav(3500) }));
    const bob = await voiceFolder('bob', settings);
    const asked = await drop(bob);
    expect(asked.stderr).toMatch(
      /^error: bob: it would get another voice, billed, unless the bucket knows these recordings; confirm/m,
    );
    // It does.
    const [dropped] = parsed(await run('drop', bob, place, '--yes', '--json'));
    expect(dropped?.result).toMatchObject({ clonedFrom: `${place}/ann/`, voices: ann?.result?.voices });
  });
});
