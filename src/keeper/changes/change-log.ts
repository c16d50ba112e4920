import type { Change, Row } from "../../postgrest/row/change.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Touched } from "../keys/affected.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import { isSignedInKey } from "../protocol/names.ts";
import type { LastInvalidation, RecentChange } from "../protocol/recent-changes.ts";

const CHANGES_KEPT = 100;
const QUERIES_SHOWN = 3;
/** A key column's value is seldom longer; `bytea` or a text may be. */
const VALUE_CHARACTERS = 100;

interface ChangeLogPorts {
  readonly clock: Clock;
  /**
   * The columns that name a row of a relation. Null: they are not known, or whose row it is may be nobody's business.
   */
  readonly keyColumns: (relation: string) => readonly string[] | null;
}

/** The last changes and what they did, for people. In memory only: no row is written for them, nor kept (*Row images are used and forgotten*). */
export class ChangeLog {
  readonly #ports: ChangeLogPorts;
  readonly #changes: RecentChange[] = [];

  constructor(ports: ChangeLogPorts) {
    this.#ports = ports;
  }

  newestFirst(): readonly RecentChange[] {
    return this.#changes.toReversed();
  }

  /**
   * Notes changes, and in each key that one of them touches what it was.
   *
   * @param touched by change; a key counts for the first of the batch that touches it
   * @param lags of the changes, side by side; otherwise they are not known
   */
  heard(changes: readonly Change[], touched: readonly Touched[], lags: readonly number[]): void {
    const at = new Date(this.#ports.clock.now()).toISOString();
    for (const { change, records, rule } of touched) {
      const cause: LastInvalidation = { at, rule, relation: change.relation };
      for (const record of records) record.invalidatedBy = cause;
    }
    const first = Math.max(0, changes.length - CHANGES_KEPT);
    const isTimed = lags.length === changes.length;
    for (const [index, change] of changes.slice(first).entries()) {
      const lag = isTimed ? (lags[first + index] ?? null) : null;
      this.#keep({ at, ...this.#described(change, touched), lagMs: lag === null ? null : Math.round(lag) });
    }
  }

  /** Notes that everything was invalidated. */
  heardAll(): void {
    const at = new Date(this.#ports.clock.now()).toISOString();
    const nothing = { row: null, lagMs: null, invalidated: 0, queries: [] };
    this.#keep({ at, relation: null, operation: "FLUSH", ...nothing, rule: "everything" });
  }

  /** Notes in these keys why they were invalidated, other than by a change. */
  caused(records: Iterable<KeyRecord>, rule: LastInvalidation["rule"]): void {
    const at = new Date(this.#ports.clock.now()).toISOString();
    const cause: LastInvalidation = { at, rule, relation: null };
    for (const record of records) record.invalidatedBy = cause;
  }

  #described(change: Change, touched: readonly Touched[]): Omit<RecentChange, "at" | "lagMs"> {
    const own = touched.filter((each) => each.change === change);
    const records = own.flatMap((each) => each.records.slice(0, QUERIES_SHOWN));
    return {
      relation: change.relation,
      operation: change.kind === "flush" ? "FLUSH" : change.operation,
      row: this.#rowOf(change),
      invalidated: own.reduce((sum, each) => sum + each.records.length, 0),
      queries: [...new Set(records.slice(0, QUERIES_SHOWN).map(queryOf))],
      rule: own[0]?.rule ?? null,
    };
  }

  #rowOf(change: Change): Row | null {
    if (change.kind === "flush") return null;
    const columns = this.#ports.keyColumns(change.relation);
    const row = change.record ?? change.old;
    if (columns === null || row === undefined) return null;
    const known = columns.filter((column) => row[column] !== undefined);
    return known.length < columns.length
      ? null
      : Object.fromEntries(columns.map((column) => [column, (row[column] ?? "").slice(0, VALUE_CHARACTERS)]));
  }

  #keep(change: RecentChange): void {
    this.#changes.push(change);
    if (this.#changes.length > CHANGES_KEPT) this.#changes.shift();
  }
}

/** What somebody who signs in asked for may name them. */
function queryOf({ key, path }: KeyRecord): string {
  return isSignedInKey(key) ? (path.split("?", 1)[0] ?? "") : path;
}
