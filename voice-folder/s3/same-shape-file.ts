import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/v4-mini';
import type { ObjectName } from '../names.ts';
import { putTextIf } from './put-text-if.ts';
import type { Stored } from './stored-object.ts';

/** The folders that claimed a shape (identity.ts): the last to claim stands last. */
const sameShapeSchema = z.object({ folders: z.array(z.string()) });

/** Older ones are forgotten: they could make a voice of recordings that they paid for. */
const MAX_FOLDERS = 16;

/** 16 paths of 1,024 bytes, each of which JSON may write as six. */
const MAX_BYTES = 128 * 1024;

/** Conflicts end: each of the others writes once. */
const MAX_CONFLICTS = 50;

/**
 * Notes that a folder has claimed a shape, and returns the other folders that did. A folder must have written its claim
 * before: of two that claim at the same time, the one that writes here last sees the other, and finds its claim.
 *
 * What cannot be read as a list counts as empty.
 */
export async function noteFolder(s3: S3Client, name: ObjectName, folder: string): Promise<string[]> {
  let stored: Stored | undefined;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const folders = stored ? foldersIn(stored) : [];
    const others = folders.filter((each) => each !== folder);
    if (folders.at(-1) === folder) return others;
    const text = JSON.stringify({ folders: [...others, folder].slice(-MAX_FOLDERS) });
    const write = await putTextIf(s3, name, text, { was: stored, maxBytes: MAX_BYTES });
    if (write.written) return others;
    stored = write.found;
  }
  throw new Error(`${name.key} is being changed all the time`);
}

function foldersIn({ body }: Stored): string[] {
  try {
    return sameShapeSchema.parse(JSON.parse(new TextDecoder().decode(body))).folders;
  } catch {
    return [];
  }
}
