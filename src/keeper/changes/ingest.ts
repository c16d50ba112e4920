import type { Change } from "../../postgrest/row/change.ts";
import type { Audit } from "../audit/audit.ts";
import type { Fills } from "../fills/fills.ts";
import { stepsFor } from "../keys/affected-keys.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { Batch, FootprintSource, Sql } from "../ports/ports.ts";
import type { Purge } from "../protocol/admin.ts";
import { isPersonalKey, keyName, relationName } from "../protocol/names.ts";
import type { KeeperStatistics } from "../statistics/statistics.ts";
import type { Marks } from "../storage/marks.ts";
import type { ChangeLog } from "./change-log.ts";
import type { Learning } from "./learning.ts";
import type { RowIngest } from "./row-ingest.ts";

/**
 * A pull that touches more keys than this, personal ones aside, raises their relation's name instead: one row written, not
 * thousands.
 * Raising a name makes every isolate refuse all keys of that table, and each refusal costs a call; 256 raised keys
 * refuse one unrelated key in thirty-two.
 */
export const KEYS_RAISED_ONE_BY_ONE = 256;

/**
 * What judging the parts of one pull may take together, in steps. Readers wait for the end of a pull: past the limit, what is
 * left is only looked up, as past that of one part.
 */
export const PULL_STEPS = 16_000_000;

/** The steps of judging, the keys that were raised, and how many names of each table's rows. */
const nothingYet = () => ({ steps: 0, keys: 0, names: new Map<string, number>() });

interface IngestPorts {
  readonly sql: Sql;
  /** The footprints in force now. */
  readonly footprints: () => Pick<FootprintSource, "concerns">;
  readonly marks: Marks;
  readonly registry: Registry;
  readonly statistics: KeeperStatistics;
  readonly fills: Fills;
  readonly audit: () => Audit;
  readonly learning: Learning;
  readonly changeLog: ChangeLog;
  readonly rows: RowIngest;
  /** Who shows a token must be asked again. */
  readonly forgetReaders: () => void;
}

/** Turns changes into marks: each call is one turn and one transaction (P8). */
export class Ingest {
  readonly #ports: IngestPorts;
  readonly #marks: Marks;
  readonly #registry: Registry;
  readonly #statistics: KeeperStatistics;
  readonly #fills: Fills;
  /** What the parts of the running pull have taken so far, of two that overlap together. */
  #soFar = nothingYet();

  constructor(ports: IngestPorts) {
    this.#ports = ports;
    this.#marks = ports.marks;
    this.#registry = ports.registry;
    this.#statistics = ports.statistics;
    this.#fills = ports.fills;
  }

  /**
   * @param inSameTransaction writes what must be stored together with the marks, or not at all
   * @param lags milliseconds from each change's statement to now, side by side; empty: they are not known
   * @param pulled they come from a pull: the next instance would hear of them again; `ends`: they are its last
   * @returns how many keys are affected
   */
  changes(
    changes: readonly Change[],
    inSameTransaction: () => void,
    {
      lags = [],
      pulled,
    }: { readonly lags?: readonly number[]; readonly pulled?: { readonly ends: boolean } } = {},
  ): number {
    const canWait = pulled !== undefined;
    const store = this.#ports.rows.take(changes, inSameTransaction, canWait, this.#soFar.names);
    const footprints = this.#ports.footprints();
    const known = changes.filter((change) => footprints.concerns(change));
    this.#ports.audit().heard(known.map(({ relation }) => relation));
    const {
      records: affected,
      touched,
      raised,
      isCoarse,
      steps,
    } = this.#registry.affected(
      known,
      Math.min(stepsFor(known.length), Math.max(0, PULL_STEPS - this.#soFar.steps)),
    );
    this.#soFar.steps += steps;
    if (affected.size > 0 || raised.length > 0)
      this.#soFar.keys += this.invalidate([...affected], raised, store);
    else if (store !== undefined) this.#ports.sql.transaction(store);
    if (store !== undefined) this.#ports.rows.stored();
    this.#ports.changeLog.heard(changes, touched, lags);
    this.#statistics.add("changes", changes.length);
    if (isCoarse) this.#statistics.add("coarseIngests");
    if (pulled?.ends ?? true) this.#soFar = nothingYet();
    return affected.size;
  }

  /** Ingests what a pull brought. */
  take({ changes, everything, lags, inSameTransaction, ends }: Batch): void {
    const { learning } = this.#ports;
    if (ends) this.#statistics.add("pulls");
    for (const lag of lags) this.#statistics.addLag("pulled", lag);
    const { mark } = this.#marks;
    if (everything) this.flush(inSameTransaction);
    else this.changes(changes, inSameTransaction, { lags, pulled: { ends } });
    // The change that waited longest stands for all of them.
    if (this.#marks.mark > mark) learning.note(this.#marks.mark, Math.max(0, ...lags));
  }

  /** Invalidates everything; keys and generation stay. */
  flush(inSameTransaction: () => void): void {
    // It may be another history of the database, with other roles (S7).
    this.#ports.forgetReaders();
    this.#ports.rows.forget();
    this.#soFar = nothingYet();
    this.#marks.raise({ everything: true }, inSameTransaction);
    this.#fills.invalidatedAll();
    this.#registry.dropWindows();
    this.#ports.changeLog.heardAll();
    this.#statistics.add("flushes");
  }

  /**
   * Raises the keys' names in one turn and one transaction, then schedules what can wait.
   *
   * @returns how many keys had answers to invalidate, personal ones aside
   */
  invalidate(
    records: readonly KeyRecord[],
    flushed: readonly string[],
    inSameTransaction: (() => void) | undefined,
  ): number {
    const names = new Set(flushed.map(relationName));
    // Most keys gave out no answer since their last invalidation, so there is nothing to invalidate.
    const counting = records.filter((record) => this.#fills.mayCount(record));
    // However many personal keys there are, raising them writes no row, and refuses none but personal keys (S9).
    const common = counting.filter(({ key }) => !isPersonalKey(key));
    const areMany = this.#soFar.keys + common.length > KEYS_RAISED_ONE_BY_ONE;
    // Many at once: one row per table says it, at the price of refusing the table's other keys too.
    if (areMany) for (const record of common) names.add(relationName(record.relation));
    const byOne = areMany ? counting.filter(({ key }) => isPersonalKey(key)) : counting;
    const keyNames = byOne.map(({ key }) => keyName(key));
    const mark = this.#marks.raise({ keyNames, names: [...names] }, inSameTransaction);
    for (const record of counting) record.lastInvalidation = mark;
    this.#count(counting);
    for (const record of records) {
      this.#registry.dropWindow(record);
      this.#fills.invalidated(record);
    }
    return common.length;
  }

  /** @returns how many keys were purged */
  purge(purge: Purge): number {
    const records = [...this.#registry.all()].filter((record) => matches(purge, record));
    this.#marks.raise({
      purge: true,
      everything: "all" in purge,
      names: "table" in purge ? [relationName(purge.table)] : [],
      keyNames: "prefix" in purge || "keys" in purge ? records.map((record) => keyName(record.key)) : [],
    });
    for (const record of records) {
      record.lastInvalidation = this.#marks.mark;
      this.#registry.dropWindow(record);
      this.#fills.drop(record);
    }
    this.#ports.changeLog.caused(records, "purge");
    this.#count(records);
    return records.length;
  }

  /** The audit has found these keys' answers to be wrong, which no change explains. */
  foundWrong(records: readonly KeyRecord[]): void {
    this.#ports.changeLog.caused(records, "audit");
    this.invalidate(records, [], () => {});
  }

  #count(invalidated: readonly KeyRecord[]): void {
    const byTable = new Map<string, number>();
    for (const record of invalidated) {
      record.invalidations++;
      byTable.set(record.relation, (byTable.get(record.relation) ?? 0) + 1);
    }
    for (const [table, count] of byTable) this.#statistics.addFor(table, "invalidations", count);
  }
}

function matches(purge: Purge, record: KeyRecord): boolean {
  if ("all" in purge) return true;
  if ("table" in purge) return record.relationNames.includes(relationName(purge.table));
  if ("prefix" in purge) return record.path.startsWith(purge.prefix);
  return purge.keys.includes(record.key);
}
