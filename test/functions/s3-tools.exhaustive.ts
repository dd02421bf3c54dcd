import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localAwsVariables } from '../../emulators/aws.ts';
import { startEventSourceMapping } from '../../emulators/event-source-mapping.ts';
import { manifestUploadsIn } from '../../functions/clone-voice/upload-events.ts';
import { startBench } from '../support/bench.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { report } from '../support/captured-logs.ts';
import { s3ToolsFor } from '../support/s3-tools.ts';
import { wav } from '../support/wav.ts';

/*
 * What people do with the tools that they have, done with these tools. The queue's messages are delivered as they come, and the
 * requests that the API got are counted.
 */

/** As long as a tool needs for a folder, many times. */
const SETTLE_SECONDS = 3;
/** The API makes a voice for it, and does not say so. */
const SILENT = 'silent-organization';

type Desk = Awaited<ReturnType<typeof startDesk>>;

describe.each(['plain', 'kms'] as const)(
  'the same recordings are paid once, in a bucket of kind %s,',
  (store) => {
    let desk: Desk;
    beforeAll(async () => {
      desk = await startDesk(store);
    });
    afterAll(() => desk.close());

    it.concurrent('when a finished folder is moved, by one tool after the other', async () => {
      const { aws, rclone, s3cmd, s3, rcloneAt } = desk;
      const path = desk.folderOf('tem', { 'one.wav': recording(3_000), 'two.wav': recording(4_000) });
      await aws('s3', 'cp', '--recursive', path, s3('tem/'));
      const { voice } = await desk.resultAfter(1, 'tem');
      expect(voice).toBeDefined();
      await aws('s3', 'mv', '--recursive', s3('tem/'), s3('tem2/'));
      expect(await desk.resultAfter(1, 'tem2')).toMatchObject({ voice, clonedFrom: s3('tem/') });
      expect(await desk.bench.keys('tem/')).toEqual([]);
      await rclone('moveto', rcloneAt('tem2'), rcloneAt('tem3'));
      expect(await desk.resultAfter(1, 'tem3')).toMatchObject({ voice, clonedFrom: s3('tem/') });
      // In a bucket without access control lists, s3cmd copies everything, and then says that it failed.
      await expect(s3cmd('mv', '--recursive', s3('tem3/'), s3('tem4/'))).rejects.toThrow('Copy failed');
      expect(await desk.resultAfter(1, 'tem4')).toMatchObject({ voice, clonedFrom: s3('tem/') });
      await s3cmd('mv', '--recursive', '--acl-private', s3('tem4/'), s3('tem5/'));
      expect(await desk.resultAfter(1, 'tem5')).toMatchObject({ voice, clonedFrom: s3('tem/') });
      expect(desk.requestsFor('tem')).toBe(1);
    });

    it.concurrent.each(['aws', 'rclone'])(
      'when it is copied as a template by %s, and then edited',
      async (tool) => {
        const { aws, rclone, s3, rcloneAt } = desk;
        const [name, next] = [`${tool} ann`, `${tool} bob`];
        expect(await desk.drop(desk.folderOf(name))).toMatchObject({ exitCode: 0 });
        const { voice } = await desk.resultAfter(1, name);
        if (tool === 'aws') await aws('s3', 'cp', '--recursive', s3(`${name}/`), s3(`${next}/`));
        else await rclone('copy', rcloneAt(name), rcloneAt(next));
        await aws('s3', 'cp', '--recursive', desk.folderOf(next), s3(`${next}/`));
        const result = await desk.resultAfter(2, next);
        expect(result).toMatchObject({ status: 'succeeded', voices: [{ name: `Speaker ${next}` }] });
        expect(result.voice).not.toBe(voice);
        expect((await desk.resultAfter(1, name)).voice).toBe(voice);
        expect([desk.requestsFor(name), desk.requestsFor(next)]).toEqual([1, 1]);
      },
    );

    it.concurrent('when a local folder is renamed and dropped again', async () => {
      const { aws, rclone, s3cmd, s3, rcloneAt } = desk;
      const path = desk.folderOf('ina');
      expect(await desk.drop(path)).toMatchObject({ exitCode: 0 });
      const { voice } = await desk.resultAfter(1, 'ina');
      const [ina2 = '', ina3 = '', ina4 = '', ina5 = ''] = [2, 3, 4, 5].map((number) => {
        cpSync(path, `${path}${number}`, { recursive: true });
        return `${path}${number}`;
      });
      expect(await desk.drop(ina2)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(String(voice)),
      });
      await aws('s3', 'sync', ina3, s3('ina3/'));
      await rclone('copy', ina4, rcloneAt('ina4'));
      await s3cmd('put', '--recursive', `${ina5}/`, s3('ina5/'));
      for (const renamed of ['ina2', 'ina3', 'ina4', 'ina5']) {
        expect(await desk.resultAfter(1, renamed)).toMatchObject({ voice, clonedFrom: s3('ina/') });
      }
      expect(desk.requestsFor('ina')).toBe(1);
    });

    it.concurrent('when a sample of 21 MB is copied in place', async () => {
      const { aws, curl, s3 } = desk;
      const key = 'place/long.wav';
      const path = desk.folderOf('place', { 'long.wav': recording(21_000_000) }, listing('long.wav'));
      await aws('s3', 'cp', '--recursive', path, s3('place/'));
      const { voice, status } = await desk.resultAfter(1, 'place');
      expect(status).toBe('succeeded');
      const source = `${desk.bench.aws.bucket}/${key}`;
      const copies = [
        () => aws('s3', 'cp', s3(key), s3(key), '--storage-class', 'STANDARD_IA'),
        () =>
          aws(
            's3api',
            'copy-object',
            '--bucket',
            desk.bench.aws.bucket,
            '--key',
            key,
            '--copy-source',
            source,
            '--server-side-encryption',
            'AES256',
          ),
        () => curl('-X', 'PUT', '-H', `x-amz-copy-source: ${source}`, desk.urlOf(key)),
      ];
      const etags = new Set([await desk.etagOf(key)]);
      for (const [index, copy] of copies.entries()) {
        await copy();
        etags.add(await desk.etagOf(key));
        await aws('s3', 'cp', join(path, 'manifest.json'), s3('place/manifest.json'));
        expect(await desk.resultAfter(2 + index, 'place')).toMatchObject({ status: 'succeeded', voice });
      }
      expect(etags.size).toBe(store === 'kms' ? 4 : 2);
      expect(desk.requestsFor('place')).toBe(1);
    });

    it.concurrent('when the same bytes are uploaded in parts and in one, with a checksum and without', async () => {
      const { aws, rclone, s3cmd, curl, s3, rcloneAt } = desk;
      const key = 'parts/long.wav';
      const bytes = recording(21_000_000);
      const path = desk.folderOf('parts', { 'long.wav': bytes }, listing('long.wav'));
      const file = join(path, 'long.wav');
      const sha256 = createHash('sha256').update(bytes).digest('base64');
      const uploads = [
        () => aws('s3', 'cp', file, s3(key)),
        () => s3cmd('put', file, s3(key)),
        () =>
          rclone(
            'copyto',
            '--ignore-times',
            '--s3-upload-cutoff=5M',
            '--s3-chunk-size=5M',
            file,
            rcloneAt(key),
          ),
        () => rclone('copyto', '--ignore-times', '--s3-upload-cutoff=200M', file, rcloneAt(key)),
        () => curl('--upload-file', file, '-H', `x-amz-checksum-sha256: ${sha256}`, desk.urlOf(key)),
        () =>
          aws(
            's3api',
            'put-object',
            '--bucket',
            desk.bench.aws.bucket,
            '--key',
            key,
            '--body',
            file,
            '--checksum-algorithm',
            'SHA1',
          ),
      ];
      const etags = new Set<string>();
      const voices = new Set<string | undefined>();
      for (const [index, upload] of uploads.entries()) {
        await upload();
        etags.add(await desk.etagOf(key));
        await aws('s3', 'cp', join(path, 'manifest.json'), s3('parts/manifest.json'));
        const { status, voice } = await desk.resultAfter(1 + index, 'parts');
        expect(status).toBe('succeeded');
        voices.add(voice);
      }
      expect(etags.size).toBe(store === 'kms' ? 6 : 4);
      expect(voices.size).toBe(1);
      expect(desk.requestsFor('parts')).toBe(1);
    });

    it.concurrent('when names come in the form that macOS writes', async () => {
      const { aws, rclone, s3, rcloneAt } = desk;
      const [nfc, nfd] = ['Zoë Ångström'.normalize('NFC'), 'Zoë Ångström'.normalize('NFD')];
      const path = desk.folderOf(nfd, { ['Grüße.wav'.normalize('NFD')]: recording(3_000) });
      await aws('s3', 'cp', '--recursive', path, s3(`${nfd}/`));
      const { voice } = await desk.resultAfter(1, nfd);
      expect(voice).toBeDefined();
      expect(await desk.drop(path)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(String(voice)),
      });
      await rclone('copy', path, rcloneAt(`${nfc} 2`));
      expect(await desk.resultAfter(1, `${nfc} 2`)).toMatchObject({ voice });
      expect(desk.requestsFor(nfd)).toBe(1);
    });

    it.concurrent('when the manifest of an unknown outcome is copied in place, until somebody uploads it', async () => {
      const { aws, rclone, curl, s3, rcloneAt } = desk;
      const path = desk.folderOf('doubt', undefined, { ...listing('one.wav'), subOrganizationId: SILENT });
      const [file, key] = [join(path, 'manifest.json'), 'doubt/manifest.json'];
      await rclone('copy', path, rcloneAt('doubt'));
      expect(await desk.resultAfter(1, 'doubt')).toMatchObject({ status: 'unknown' });
      // By then, an upload asks for another attempt.
      await sleep(3_000);
      utimesSync(file, new Date(), new Date(Date.now() - 60_000));
      await rclone('copy', path, rcloneAt('doubt'));
      expect(await desk.resultAfter(2, 'doubt')).toMatchObject({ status: 'unknown' });
      await aws('s3', 'cp', s3(key), s3(key), '--metadata-directive', 'REPLACE');
      expect(await desk.resultAfter(3, 'doubt')).toMatchObject({ status: 'unknown' });
      const headers = ['-H', `x-amz-copy-source: ${desk.bench.aws.bucket}/${key}`];
      await curl('-X', 'PUT', ...headers, '-H', 'x-amz-metadata-directive: REPLACE', desk.urlOf(key));
      expect(await desk.resultAfter(4, 'doubt')).toMatchObject({ status: 'unknown' });
      expect(desk.requestsFor('doubt')).toBe(1);
      await sleep(3_000);
      await aws('s3', 'cp', file, s3(key));
      await desk.resultAfter(5, 'doubt');
      expect(desk.requestsFor('doubt')).toBe(2);
    });
  },
);

it('the recordings of the first of 700 drops of one folder are not paid for again', async () => {
  const desk = await startDesk('plain');
  try {
    const drops = Array.from({ length: 700 }, () => recording(3_000));
    const path = desk.folderOf('often', {}, listing('one.wav'));
    const voices: (string | undefined)[] = [];
    const dropAgain = async (bytes: Buffer, count: number) => {
      writeFileSync(join(path, 'one.wav'), bytes);
      await desk.curl('--upload-file', `${path}/{one.wav,manifest.json}`, desk.urlOf('often/'));
      return desk.resultAfter(count, 'often');
    };
    for (const [index, bytes] of drops.entries()) voices.push((await dropAgain(bytes, index + 1)).voice);
    expect(new Set(voices).size).toBe(700);
    for (const [index, bytes] of drops.slice(0, 3).entries()) {
      expect(await dropAgain(bytes, 701 + index)).toMatchObject({
        status: 'succeeded',
        voice: voices[index],
      });
    }
    expect(desk.requestsFor('often')).toBe(700);
  } finally {
    await desk.close();
  }
});

/** Somebody's machine with the tools, and the pipeline. */
async function startDesk(store: 'plain' | 'kms') {
  const bench = await startBench(store);
  bench.api.behaveAlways(({ headers }) =>
    headers['x-sub-organization-id'] === SILENT
      ? { kind: 'answer', status: 504, created: true }
      : { kind: 'normal' },
  );
  const { versions, aws, rclone, s3cmd, curl } = await s3ToolsFor(bench.endpoint, store);
  report(versions);
  const home = mkdtempSync(join(tmpdir(), 's3-tools-'));
  /** The uploads of each manifest that were handled to the end. */
  const handled = new Map<string, Set<string>>();
  const events = new EventEmitter().setMaxListeners(0);
  const handler = bench.handler({ SETTLE_SECONDS: String(SETTLE_SECONDS) });
  const {
    sqs,
    aws: { queueUrl, queueArn },
  } = bench;
  const mapping = startEventSourceMapping({
    sqs,
    queueUrl,
    queueArn,
    concurrency: 20,
    async handler(event, context) {
      const response = await handler(event, context);
      if (response.batchItemFailures.length > 0) return response;
      for (const { key, sequencer } of event.Records.flatMap(({ body }) =>
        manifestUploadsIn(JSON.parse(body)),
      )) {
        handled.set(key, (handled.get(key) ?? new Set()).add(sequencer));
        events.emit('handled');
      }
      return response;
    },
  });
  return {
    bench,
    aws,
    rclone,
    s3cmd,
    curl,
    s3: (key: string) => `s3://${bench.aws.bucket}/${key}`,
    rcloneAt: (key: string) => `:s3:${bench.aws.bucket}/${key}`,
    urlOf: (key: string) => `${bench.endpoint}/${bench.aws.bucket}/${encodeURI(key)}`,
    /** Into the folder of that name. */
    drop: (path: string) =>
      callersVoice(
        ['drop', path, `s3://${bench.aws.bucket}`, '--endpoint-url', bench.endpoint],
        localAwsVariables,
      ),
    /** Writes a local folder of this speaker. @returns its path */
    folderOf(
      name: string,
      samples: Record<string, Buffer> = { 'one.wav': recording(3_000) },
      manifest: object = {},
    ): string {
      const path = join(home, name);
      mkdirSync(path, { recursive: true });
      for (const [file, bytes] of Object.entries(samples)) writeFileSync(join(path, file), bytes);
      writeFileSync(join(path, 'manifest.json'), JSON.stringify({ name: `Speaker ${name}`, ...manifest }));
      return path;
    },
    /** Waits until so many uploads of a folder's manifest were handled. @returns what its result says then */
    async resultAfter(uploads: number, folder: string) {
      const key = `${folder}/manifest.json`;
      while ((handled.get(key)?.size ?? 0) < uploads) await once(events, 'handled');
      const result = await bench.result(`${folder}/`);
      expect(result.manifest.key).toBe(key);
      return { ...result, voice: result.voices?.[0]?.id };
    },
    /** The complete requests that the API got about a speaker. */
    requestsFor: (name: string) =>
      bench.api.requests.filter(
        ({ complete, fields }) => complete && new Map(fields).get('name') === `Speaker ${name}`,
      ).length,
    etagOf: (key: string) =>
      aws('s3api', 'head-object', '--bucket', bench.aws.bucket, '--key', key, '--query', 'ETag'),
    async close() {
      await mapping.stop();
      await bench.close();
      rmSync(home, { recursive: true });
    },
  };
}

/** Nothing has to settle. */
const listing = (...files: string[]) => ({ files });

let recordings = 0;

/** A recording that is like no other. */
function recording(bytes: number): Buffer {
  const file = wav(bytes);
  file.write(String(++recordings).padStart(20, '0'), bytes - 20);
  return file;
}
