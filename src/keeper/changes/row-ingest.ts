import type { Change } from "../../postgrest/row/change.ts";
import type { RowMap } from "../../rows/row-map.ts";
import { namesOfChange, tableName, wholeName } from "../../rows/row-name.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Marks } from "../storage/marks.ts";

/** For this long changes that were pulled are only known in memory. The next instance would pull them again. */
const WRITTEN_BEHIND_MS = 2_000;

/** A pull that raises more names of a table raises all of the table (R3). */
const NAMES_OF_A_TABLE = 2_048;

interface RowIngestPorts {
  readonly marks: Marks;
  readonly clock: Clock;
  /** Undefined: nobody has told what to follow. */
  readonly map: () => RowMap | undefined;
}

/** Turns changes into names of rows, for caches that say which rows they have read. */
export class RowIngest {
  readonly #ports: RowIngestPorts;
  /** What is to be stored together with the rows that are only in memory. */
  #owed: (() => void)[] = [];
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(ports: RowIngestPorts) {
    this.#ports = ports;
  }

  /**
   * Raises what the changes touch, in memory.
   *
   * @param inSameTransaction stores how far changes are known
   * @param canWait whether the next instance would hear of these changes again
   * @param raised how many names of each table the pull has raised so far, to which these are added
   * @returns what the caller must store now, and then say that it is `stored`; undefined: nothing
   */
  take(
    changes: readonly Change[],
    inSameTransaction: () => void,
    canWait: boolean,
    raised: Map<string, number>,
  ): (() => void) | undefined {
    const { marks, clock, map } = this.#ports;
    const followed = map();
    if (followed === undefined) return inSameTransaction;
    const names = namesOf(changes, followed, raised);
    if (names.size > 0) marks.raiseRows(names);
    this.#owed.push(inSameTransaction);
    const now = clock.now();
    if (canWait && now - this.#writtenAt < WRITTEN_BEHIND_MS) return undefined;
    return () => {
      marks.writeRows();
      for (const store of this.#owed) store();
    };
  }

  /** What `take` returned is stored. If that fails, it is owed as before. */
  stored(): void {
    const { marks, clock } = this.#ports;
    marks.rowsWritten();
    this.#owed = [];
    this.#writtenAt = clock.now();
  }

  /** Everything is invalidated, which is stored at once. */
  forget(): void {
    this.#owed = [];
  }
}

/** The names that these changes raise. */
function namesOf(
  changes: readonly Change[],
  { tables }: RowMap,
  raised: Map<string, number>,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [relation, own] of Map.groupBy(changes, (change) => change.relation)) {
    for (const table of [relation, ...(tables[relation]?.relatives ?? [])]) {
      const followed = tables[table]?.followed;
      if (followed === undefined) continue;
      const ofTable = namesOfTable(table, followed, own, raised.get(table) ?? 0);
      raised.set(table, (raised.get(table) ?? 0) + ofTable.size);
      for (const name of ofTable) names.add(name);
    }
  }
  return names;
}

function namesOfTable(
  table: string,
  followed: readonly string[],
  changes: readonly Change[],
  before: number,
): ReadonlySet<string> {
  const whole = [tableName(table), tableName(table, "followed"), wholeName(table)];
  const raised = new Set<string>();
  for (const change of changes) {
    const names = change.kind === "flush" ? whole : namesOfChange(table, followed, change);
    for (const name of names) raised.add(name);
  }
  const isWhole = before + raised.size > NAMES_OF_A_TABLE || raised.has(wholeName(table));
  return isWhole ? new Set(whole) : raised;
}
