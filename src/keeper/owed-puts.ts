import type { Clock } from "../cache/clock.ts";
import { within } from "../cache/deadline.ts";
import {
  KV_MIN_EXPIRATION_S,
  KV_PUT_DEADLINE_MS,
  KV_PUT_INTERVAL_MS,
  KV_PUTS_PER_ALARM,
  KV_RETRY_MAX_MS,
  KV_RETRY_MS,
  KV_TRIES,
} from "./constants.ts";
import type { KeyRecord } from "./key-record.ts";
import type { Entry } from "./messages.ts";
import type { Meta } from "./meta.ts";
import type { Alarm, BodyStore, Sql } from "./ports.ts";
import type { Registry } from "./registry.ts";
import type { KeeperSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";

const DAY_MS = 86_400_000;

interface OwedPutsPorts {
  readonly sql: Sql;
  readonly meta: Meta;
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly store: BodyStore;
  readonly registry: Registry;
  readonly statistics: Statistics;
  readonly settings: KeeperSettings;
  /** The keeper's mark at this turn. */
  readonly mark: () => number;
}

type OwedRow = { key_id: number; key: string; tries: number; entry: string; body: ArrayBuffer };

/**
 * What is owed to KV: a row until it is done, so that a crash forgets none; written by the alarm, at most once a
 * minute a key, inside the day's budget. Nothing here decides what is served: the mark on a body does.
 */
export class OwedPuts {
  readonly #ports: OwedPutsPorts;

  constructor(ports: OwedPutsPorts) {
    this.#ports = ports;
    this.#wakeForNext();
  }

  get size(): number {
    const [row] = this.#ports.sql.exec<{ n: number }>("SELECT count(*) AS n FROM owed");
    return row?.n ?? 0;
  }

  /** Owes this entry to KV, instead of an older one of the same key that has not been put yet. */
  owe(record: KeyRecord, entry: Entry): void {
    const { sql, clock, alarm } = this.#ports;
    const now = clock.now();
    const [waiting] = sql.exec<{ due: number }>("SELECT due FROM owed WHERE key_id = ?", record.id);
    if (this.#left(now) <= 0) return;
    const due = Math.max(now, waiting?.due ?? record.lastPutAt + KV_PUT_INTERVAL_MS);
    const { body, ...described } = entry;
    sql.exec(
      "INSERT OR REPLACE INTO owed (key_id, due, tries, entry, body) VALUES (?, ?, 0, ?, ?)",
      record.id,
      due,
      JSON.stringify(described),
      body,
    );
    alarm.wakeAt(due);
  }

  /** Puts what is due, and sets the alarm for the rest. Called by the alarm; never throws for a failing store. */
  async pump(): Promise<void> {
    const { sql, clock } = this.#ports;
    const rows = sql.exec<OwedRow>(
      `SELECT key_id, key, tries, entry, body FROM owed JOIN keys ON keys.id = key_id
       WHERE due <= ? ORDER BY due LIMIT ?`,
      clock.now(),
      KV_PUTS_PER_ALARM,
    );
    await Promise.all(rows.map((row) => this.#put(row)));
    this.#wakeForNext();
  }

  #wakeForNext(): void {
    const { sql, alarm } = this.#ports;
    const [next] = sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM owed");
    if (next?.due != null) alarm.wakeAt(next.due);
  }

  async #put(row: OwedRow): Promise<void> {
    const { sql, clock, store, registry, statistics, settings, mark } = this.#ports;
    const record = registry.get(row.key);
    const stored = { ...(JSON.parse(row.entry) as Omit<Entry, "body">), body: row.body };
    const table = record && settings.tables.get(record.relation);
    const now = clock.now();
    const lifeMs = table ? table.ttlMs + table.staleIfErrorMs - (now - stored.filledAt) : 0;
    const invalidated = !record || stored.mark < registry.lastInvalidation(record);
    if (invalidated || lifeMs <= 0 || !this.#takeFromBudget(now)) {
      this.#settle(row);
      return;
    }
    // Not invalidated up to this turn, so it counts as of this turn's mark (PROTOCOL, rule 10). A successor, who
    // knows less of what was invalidated since, must find that with the row, as readers may find it in KV.
    const entry = { ...stored, mark: mark() };
    const sent = this.#rewrite(row, entry);
    record.lastPutAt = now;
    try {
      const put = store.put(row.key, entry, Math.max(KV_MIN_EXPIRATION_S, Math.ceil(lifeMs / 1_000)));
      await within(clock, KV_PUT_DEADLINE_MS, put, () => {
        throw new Error("the put took too long");
      });
      statistics.add("kvWrites");
      this.#settle(sent);
    } catch {
      statistics.add("kvWriteFailures");
      if (row.tries + 1 >= KV_TRIES) {
        this.#settle(sent);
        return;
      }
      const delay = Math.min(KV_RETRY_MS * 2 ** row.tries, KV_RETRY_MAX_MS);
      sql.exec(
        "UPDATE owed SET due = ?, tries = tries + 1 WHERE key_id = ? AND entry = ?",
        clock.now() + delay,
        sent.key_id,
        sent.entry,
      );
    }
  }

  #rewrite(row: OwedRow, { body: _, ...described }: Entry): OwedRow {
    const entry = JSON.stringify(described);
    if (entry === row.entry) return row;
    const { sql } = this.#ports;
    sql.exec("UPDATE owed SET entry = ? WHERE key_id = ? AND entry = ?", entry, row.key_id, row.entry);
    return { ...row, entry };
  }

  /** The row goes, unless a newer entry of the key took its place meanwhile. */
  #settle(row: OwedRow): void {
    const { sql, clock } = this.#ports;
    sql.exec("DELETE FROM owed WHERE key_id = ? AND entry = ?", row.key_id, row.entry);
    sql.exec(
      "UPDATE owed SET due = max(due, ?) WHERE key_id = ?",
      clock.now() + KV_PUT_INTERVAL_MS,
      row.key_id,
    );
  }

  /** Every try counts: it is a write to KV, whether or not it succeeds. */
  #takeFromBudget(now: number): boolean {
    const { meta, settings } = this.#ports;
    const left = this.#left(now);
    if (left <= 0) return false;
    meta.set("kv_day", Math.floor(now / DAY_MS));
    meta.set("kv_spent", settings.limits.kvWritesPerDay - left + 1);
    return true;
  }

  /** What remains of the day's budget. */
  #left(now: number): number {
    const { meta, settings } = this.#ports;
    const today = meta.number("kv_day") === Math.floor(now / DAY_MS);
    return settings.limits.kvWritesPerDay - (today ? (meta.number("kv_spent") ?? 0) : 0);
  }
}
