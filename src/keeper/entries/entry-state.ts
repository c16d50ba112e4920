import type { EntriesPage } from "../protocol/admin.ts";

/** What is looked at of a listed entry. Earlier gateways leave the status out. */
type Listed = Pick<EntriesPage["entries"][number], "invalidated" | "watched" | "filledAgo"> & {
  readonly status?: number | null | undefined;
};

/**
 * How a listed entry stands, for people. `unknown`: the keeper knows no answer, as after its start. `by-age`: changes do not
 * invalidate it. `by-age-for-now`: nor do they at present, while the schema is new to the keeper, which then lists each as
 * invalidated. `stands`: no change has touched it since it was filled.
 */
export type EntryState = "unknown" | "by-age" | "by-age-for-now" | "invalidated" | "stands";

/** @param isByAge whether all answers count by their age only, for now: `byAgeForMs` of `GET stats` is above 0 */
export function entryState(entry: Listed, isByAge: boolean): EntryState {
  if (entry.status === null) return "unknown";
  if (!entry.watched) return "by-age";
  if (isByAge && isRefused(entry)) return "by-age-for-now";
  return entry.invalidated ? "invalidated" : "stands";
}

/** Whether it was filled, and is not to be served as proven. */
export function isRefused({ invalidated, filledAgo }: Listed): boolean {
  return invalidated && filledAgo !== null;
}
