import type { Clock } from "../cache/clock.ts";
import { within } from "../cache/deadline.ts";
import {
  KV_MIN_EXPIRATION_S,
  KV_PUT_BYTES_PER_ALARM,
  KV_PUT_DEADLINE_MS,
  KV_PUT_INTERVAL_MS,
  KV_PUTS_PER_ALARM,
  KV_REFUSED_RETRY_MS,
  KV_RETRY_MAX_MS,
  KV_RETRY_MS,
  KV_TRIES,
} from "./constants.ts";
import type { KeyRecord } from "./key-record.ts";
import { KvBudget } from "./kv-budget.ts";
import type { Entry } from "./messages.ts";
import type { Meta } from "./meta.ts";
import type { Alarm, BodyStore, Sql } from "./ports.ts";
import type { Registry } from "./registry.ts";
import type { KeeperSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";

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

/** What is to be put, but for the body. */
type OwedRow = { key_id: number; key: string; tries: number; entry: string };

/** An owed put, without what it puts. */
type Due = Pick<OwedRow, "key_id" | "key">;

/**
 * What is owed to KV: a row until it is done, so that a crash forgets none; written by the alarm, at most once a
 * minute a key, in the order of demand, as the day's budget accrues. Nothing here decides what is served: the mark on a
 * body does.
 */
export class OwedPuts {
  readonly #ports: OwedPutsPorts;
  readonly #budget: KvBudget;

  constructor(ports: OwedPutsPorts) {
    this.#ports = ports;
    const { meta, settings, clock } = ports;
    this.#budget = new KvBudget(meta, settings.limits.kvWritesPerDay, clock.now());
    this.#wakeForNext(0);
  }

  get size(): number {
    const [row] = this.#ports.sql.exec<{ n: number }>("SELECT count(*) AS n FROM owed");
    return row?.n ?? 0;
  }

  /**
   * Owes this entry to KV, instead of an older one of the same key that has not been put yet. False when as many are owed
   * as could be put at once, all of them in as much demand.
   */
  owe(record: KeyRecord, entry: Entry): boolean {
    const { sql, clock, alarm } = this.#ports;
    const now = clock.now();
    const [waiting] = sql.exec<{ due: number }>("SELECT due FROM owed WHERE key_id = ?", record.id);
    if (!waiting && !this.#hasRoomFor(record)) return false;
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
    return true;
  }

  /** Whether one more may be owed; where there is no room, the one least in demand gives way to one in more. */
  #hasRoomFor(record: KeyRecord): boolean {
    if (this.size < this.#budget.burst) return true;
    const [least] = this.#ports.sql
      .exec<Due>("SELECT key_id, key FROM owed JOIN keys ON keys.id = key_id")
      .sort((a, b) => this.#levelOf(a) - this.#levelOf(b));
    if (!least || this.#levelOf(least) >= record.demand.level) return false;
    this.#ports.sql.exec("DELETE FROM owed WHERE key_id = ?", least.key_id);
    return true;
  }

  #levelOf({ key }: Due): number {
    return this.#ports.registry.get(key)?.demand.level ?? 0;
  }

  /** Puts what is due and affordable, and sets the alarm for the rest. Called by the alarm; never throws for a failing store. */
  async pump(): Promise<void> {
    const { sql, clock } = this.#ports;
    const now = clock.now();
    const due = sql
      .exec<Due>(
        "SELECT key_id, key FROM owed JOIN keys ON keys.id = key_id WHERE due <= ? ORDER BY due",
        now,
      )
      .sort((a, b) => this.#levelOf(b) - this.#levelOf(a));
    const puts: Promise<void>[] = [];
    let waits = false;
    let bytes = 0;
    for (const { key_id } of due) {
      if (puts.length >= KV_PUTS_PER_ALARM || bytes >= KV_PUT_BYTES_PER_ALARM) break;
      const [row] = sql.exec<OwedRow>(
        "SELECT key_id, key, tries, entry FROM owed JOIN keys ON keys.id = key_id WHERE key_id = ?",
        key_id,
      );
      const put = row && this.#begin(row);
      if (put === "refused") waits = true;
      else if (put) {
        puts.push(put.ended);
        bytes += put.bytes;
      }
    }
    await Promise.all(puts);
    // What the budget has refused is tried again once there is a write, or when a client's share may have grown.
    const later = Math.max(KV_REFUSED_RETRY_MS, this.#budget.leftUntilNext(now));
    this.#wakeForNext(waits ? now + later : 0);
  }

  /** @param earliest there is no use in waking sooner */
  #wakeForNext(earliest: number): void {
    const { sql, alarm } = this.#ports;
    const [next] = sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM owed");
    if (next?.due != null) alarm.wakeAt(Math.max(next.due, earliest));
  }

  /** In this turn decides whether the row is put; undefined when there is nothing to put any more. */
  #begin(row: OwedRow): { readonly ended: Promise<void>; readonly bytes: number } | "refused" | undefined {
    const { sql, clock, registry, settings, mark } = this.#ports;
    const record = registry.get(row.key);
    const stored = JSON.parse(row.entry) as Omit<Entry, "body">;
    const table = record && settings.tables.get(record.relation);
    const now = clock.now();
    const lifeMs = table ? table.ttlMs + table.staleIfErrorMs - (now - stored.filledAt) : 0;
    const invalidated = !record || stored.mark < registry.lastInvalidation(record);
    if (invalidated || lifeMs <= 0) {
      this.#settle(row);
      return undefined;
    }
    // Every try counts: it is a write to KV, whether or not it succeeds.
    if (!this.#budget.take(record.demand, now)) return "refused";
    // Not invalidated up to this turn, so it counts as of this turn's mark (PROTOCOL, rule 10). A successor, who
    // knows less of what was invalidated since, must find that with the row, as readers may find it in KV.
    const described = { ...stored, mark: mark() };
    const sent = this.#rewrite(row, described);
    const [kept] = sql.exec<{ body: ArrayBuffer }>("SELECT body FROM owed WHERE key_id = ?", row.key_id);
    if (!kept) return undefined;
    const { body } = kept;
    record.lastPutAt = now;
    const expirationSeconds = Math.max(KV_MIN_EXPIRATION_S, Math.ceil(lifeMs / 1_000));
    return { ended: this.#put(sent, { ...described, body }, expirationSeconds), bytes: body.byteLength };
  }

  async #put(sent: OwedRow, entry: Entry, expirationSeconds: number): Promise<void> {
    const { sql, clock, store, statistics } = this.#ports;
    try {
      const put = store.put(sent.key, entry, expirationSeconds);
      await within(clock, KV_PUT_DEADLINE_MS, put, () => {
        throw new Error("the put took too long");
      });
      statistics.add("kvWrites");
      this.#settle(sent);
    } catch {
      statistics.add("kvWriteFailures");
      if (sent.tries + 1 >= KV_TRIES) {
        this.#settle(sent);
        return;
      }
      const delay = Math.min(KV_RETRY_MS * 2 ** sent.tries, KV_RETRY_MAX_MS);
      sql.exec(
        "UPDATE owed SET due = ?, tries = tries + 1 WHERE key_id = ? AND entry = ?",
        clock.now() + delay,
        sent.key_id,
        sent.entry,
      );
    }
  }

  #rewrite(row: OwedRow, described: Omit<Entry, "body">): OwedRow {
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
}
