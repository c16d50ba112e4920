import { ALL_PERSONAL } from "../protocol/names.ts";
import type { Marks } from "../storage/marks.ts";
import type { Meta } from "../storage/meta.ts";

/** The share of the keeper's memory that personal keys and their bodies may take, if reads of those who sign in are cached. */
export const PERSONAL_SHARE = 1 / 3;

const MAY_EXIST = "personal_keys";

/** Stores that there may be personal keys from now on, before there is one. */
export function rememberPersonalKeys(meta: Meta): void {
  meta.set(MAY_EXIST, 1);
}

/**
 * The instance before this one remembered its personal keys in memory, so it alone would have noticed what changes them:
 * forgetting them counts as invalidating them. Their common name says so for all at once.
 */
export function forgetPersonalKeys(meta: Meta, marks: Marks): void {
  if (meta.number(MAY_EXIST) !== 1) return;
  marks.raise({ names: [ALL_PERSONAL] }, () => meta.set(MAY_EXIST, 0));
}
