import type { AffectedKeys, Brought } from "./affected-keys.ts";
import type { KeyRecord } from "./key-record.ts";

/** Keys whose answers a batch of changes may alter. */
export interface Affected extends Omit<AffectedKeys, "ids" | "brought"> {
  readonly records: ReadonlySet<KeyRecord>;
  /** By change, the keys among them that none before it affects. */
  readonly touched: readonly Touched[];
}

/** What one change touches. */
export interface Touched extends Pick<Brought, "change" | "rule"> {
  readonly records: readonly KeyRecord[];
}

/** The records of these keys, as a whole and by change. */
export function recordsOf(
  ids: ReadonlySet<number>,
  brought: readonly Brought[],
  byId: ReadonlyMap<number, KeyRecord>,
): Pick<Affected, "records" | "touched"> {
  const found = [...ids].map((id) => byId.get(id));
  const isKnown = (record: KeyRecord | undefined) => record !== undefined;
  const touched = brought.map(({ change, rule, from, to }) => {
    return { change, rule, records: found.slice(from, to).filter(isKnown) };
  });
  return { records: new Set(found.filter(isKnown)), touched };
}
