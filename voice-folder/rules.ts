/** A deployment's rules for voice folders. */
export interface FolderRules {
  /** A folder without `files` or a mark is complete once nothing in it has changed for this long. */
  settleSeconds: number;
  /** How long after the manifest's upload a folder may still become complete. */
  completeWithinSeconds: number;
  /** Maximum total size of a folder's samples. */
  maxTotalBytes: number;
  /**
   * The sub-organizations that a manifest may name: `[]` allows none; unset allows all. A manifest without
   * one is always allowed: its voice goes to the main organization.
   */
  subOrganizations?: readonly string[];
}

/** The rules unless a deployment overrides them. */
export const defaultRules = {
  settleSeconds: 30,
  completeWithinSeconds: 900,
  maxTotalBytes: 1024 ** 3,
} as const satisfies FolderRules;
