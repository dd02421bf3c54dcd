/** What a deployment decides about voice folders. */
export interface FolderRules {
  /** A folder whose manifest neither lists its files nor is marked is complete when nothing in it changed for this long. */
  settleSeconds: number;
  /** How long after the manifest's upload a folder may still become complete. */
  completeWithinSeconds: number;
  /** Largest total size of a folder's samples. */
  maxTotalBytes: number;
  /**
   * The sub-organizations that a manifest may name: `[]` allows none; unset allows all. A manifest that names none is
   * always allowed: its voice goes to the main organization.
   */
  subOrganizations?: readonly string[];
}

/** What holds where a deployment decides nothing. */
export const defaultRules = {
  settleSeconds: 30,
  completeWithinSeconds: 900,
  maxTotalBytes: 1024 ** 3,
} as const satisfies FolderRules;
