import { startCounter } from '../counter.ts';
import { limit } from '../limit.ts';
import type { FoundFolder } from '../voice-folders.ts';
import type { CheckedFolder } from './checked-folder.ts';
import { type CheckFolderOptions, tryCheckFolder } from './check-folder.ts';

/**
 * Checks folders, and counts them on a terminal.
 *
 * @param folders also some that need no check
 * @returns what was found, in order
 */
export async function checkAll(
  folders: readonly (FoundFolder | CheckedFolder)[],
  { isShown, ...options }: Omit<CheckFolderOptions, 'named'> & { isShown: boolean },
): Promise<CheckedFolder[]> {
  const named = folders.flatMap((each) => ('problems' in each ? [] : [each]));
  const atOnce = limit(FOLDERS_AT_ONCE);
  const counter = startCounter((done) => checking(done, folders.length), isShown);
  const check = async (each: FoundFolder | CheckedFolder) => {
    const checked =
      'problems' in each ? each : await atOnce(() => tryCheckFolder(each.path, { ...options, named }));
    counter.add();
    return checked;
  };
  return Promise.all(folders.map(check)).finally(() => counter.stop());
}

const FOLDERS_AT_ONCE = 8;

function checking(done: number, total: number): string {
  return total === 1 ? 'Checking …' : `Checking ${done} of ${total} folders …`;
}
