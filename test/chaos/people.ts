import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { readResult } from '../../voice-folder/s3/result-file.ts';
import { wav } from '../support/wav.ts';
import { type Dice, shuffled } from './dice.ts';
import { type Folder, note, recordingOf, type Upload } from './folders.ts';

/** People who drop folders, with an S3 client that no fault affects. */
export interface People {
  /** Uploads what belongs in the folder, or less if its story says so. */
  drop(folder: Folder): Promise<void>;
  /** Fixes the folder, and uploads the manifest again. */
  uploadAgain(folder: Folder, why: 'again' | 'after-success'): Promise<void>;
  /** Syncs the folder, which deletes `result.json`, and uploads the manifest again. */
  sync(folder: Folder): Promise<void>;
  /** Copies the folder, or renames it, as `aws s3 mv` does. */
  copy(folder: Folder, to: Folder, isMove: boolean): Promise<void>;
  /** Copies the folder as a template, and edits the manifest of the copy soon after. */
  useAsTemplate(folder: Folder, next: Folder): Promise<void>;
  /** Replaces the last sample, once. */
  replaceSample(folder: Folder): Promise<void>;
}

/** The people who drop folders into a bucket, change them meanwhile and try again, as the dice fall. */
export function createPeople(s3: S3Client, bucket: string, dice: Dice): People {
  const replaced = new Set<Folder>();

  async function put({ prefix }: Folder, name: string, body: Uint8Array | string): Promise<void> {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body: body }));
  }

  async function statusOf({ prefix }: Folder): Promise<string> {
    const stored = await readResult(s3, { bucket, key: `${prefix}result.json` });
    return stored?.result?.status ?? 'none';
  }

  async function putManifest(folder: Folder, why: Upload['why']): Promise<void> {
    const told = await statusOf(folder);
    folder.uploads.push({ why, at: Date.now(), told });
    folder.hasEnded = false;
    note(folder, `manifest uploaded (${why})`);
    const isBad = folder.story === 'bad-manifest' && why === 'drop';
    await put(
      folder,
      'manifest.json',
      JSON.stringify(isBad ? { ...folder.manifest, name: 'Bad', nmae: '' } : folder.manifest),
    );
  }

  /** In the order of the keys, the manifest in between. @returns the keys */
  async function copyAll(folder: Folder, to: Folder): Promise<string[]> {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: folder.prefix }),
    );
    to.uploads.push({ why: 'copy', at: Date.now(), told: 'none' });
    const keys = Contents.map(({ Key = '' }) => Key);
    for (const key of keys) {
      const Key = to.prefix + key.slice(folder.prefix.length);
      await s3.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/${key}` }));
    }
    return keys;
  }

  return {
    async drop(folder) {
      const { id, story, arrival } = folder;
      const pause = (longest: number, ...what: (string | number)[]) =>
        sleep(longest * 1000 * dice('pause', id, ...what));
      const samples = (story === 'incomplete' ? folder.samples.slice(0, -1) : folder.samples).map(
        ({ name, body }) => ({ name, upload: () => put(folder, name, body) }),
      );
      const manifest = { name: 'manifest.json', upload: () => putManifest(folder, 'drop') };
      const inOrder = shuffled(samples, dice, 'arrival of samples', id);
      const all = {
        'manifest-last': [...inOrder, manifest],
        'manifest-first': [manifest, ...inOrder],
        shuffled: shuffled([manifest, ...samples], dice, 'arrival of all', id),
      }[arrival];
      for (const { name, upload } of all) {
        await upload();
        await pause(arrival === 'manifest-first' && name === manifest.name ? 4 : 0.6, name);
      }
      if (story === 'impatient') {
        await pause(4, 'impatient');
        await putManifest(folder, 'impatient');
      }
    },
    async uploadAgain(folder, why) {
      const missing = folder.story === 'incomplete' ? folder.samples.at(-1) : undefined;
      if (missing) await put(folder, missing.name, missing.body);
      await putManifest(folder, why);
    },
    async sync(folder) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${folder.prefix}result.json` }));
      note(folder, 'synced: result.json deleted');
      await putManifest(folder, 'after-sync');
    },
    async copy(folder, to, isMove) {
      note(folder, `${isMove ? 'renamed' : 'copied'} to ${to.prefix}`);
      note(to, `copied from ${folder.prefix}`);
      const keys = await copyAll(folder, to);
      if (!isMove) return;
      folder.isMoved = true;
      for (const Key of keys) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    },
    async useAsTemplate(folder, next) {
      note(next, `copied as a template from ${folder.prefix}`);
      await copyAll(folder, next);
      await sleep(4_000 * dice('pause', next.id));
      await putManifest(next, 'edit');
    },
    async replaceSample(folder) {
      if (replaced.has(folder)) return;
      replaced.add(folder);
      const [, index] = folder.id.split('-');
      note(folder, 'sample replaced');
      const body = recordingOf(wav(5_000), Number(index), folder.samples.length, 1);
      await put(folder, folder.samples.at(-1)?.name ?? '', body);
    },
  };
}
