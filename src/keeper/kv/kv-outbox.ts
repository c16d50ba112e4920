import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { Demand } from "../keys/demand.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { Alarm, BodyStore, Sql } from "../ports/ports.ts";
import type { KeeperSettings } from "../ports/settings.ts";
import {
  KV_FROM_LEVEL,
  KV_MIN_EXPIRATION_S,
  KV_OWED_MAX,
  KV_PUT_BYTES_PER_ALARM,
  KV_PUT_DEADLINE_MS,
  KV_PUT_INTERVAL_MS,
  KV_PUTS_PER_ALARM,
  KV_REFUSED_RETRY_MS,
  KV_RETRY_MAX_MS,
  KV_RETRY_MS,
  KV_TRIES,
} from "../protocol/constants.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { Statistics } from "../statistics/statistics.ts";
import { type KvOutboxRow, KvOutboxRows } from "../storage/kv-outbox-rows.ts";
import type { Meta } from "../storage/meta.ts";
import { KvBudget } from "./kv-budget.ts";

interface KvOutboxPorts {
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
  /** The recent body of a key, while it stands. */
  readonly validBody: (record: KeyRecord) => StoredResponse | undefined;
}

/** Of a key that nobody is known to have asked for. */
const NO_DEMAND = new Demand();

/**
 * What is owed to KV: a row until it is done, so that a crash forgets none; written by the alarm, at most once a
 * minute a key, in the order of demand, as the day's budget accrues. Nothing here decides what is served: the mark on a
 * body does.
 */
export class KvOutbox {
  readonly #ports: KvOutboxPorts;
  readonly #budget: KvBudget;
  readonly #rows: KvOutboxRows;
  /** There is no room: until then none is owed that is in no more demand than the least. */
  #full: { readonly least: number; readonly until: number } | null = null;

  constructor(ports: KvOutboxPorts) {
    this.#ports = ports;
    const { meta, settings, clock } = ports;
    this.#budget = new KvBudget(meta, settings.limits.kvWritesPerDay, clock.now());
    this.#rows = new KvOutboxRows(ports.sql);
    this.#wakeForNext();
  }

  get size(): number {
    return this.#rows.count();
  }

  /**
   * Owes this entry to KV, instead of an older one of the same key that has not been put yet. False when as many are owed
   * as may be, all of them in as much demand. While the budget refuses the key, this costs no alarm of its own, and
   * what is owed already is not written down again: the newest body is taken when it may be put.
   */
  owe(record: KeyRecord, entry: StoredResponse): boolean {
    const { clock, alarm } = this.#ports;
    const now = clock.now();
    const { id, demand } = record;
    this.#budget.asked(demand.owner, now);
    const waiting = this.#rows.get(id);
    if (!waiting && !this.#hasRoomFor(demand, now)) return false;
    const due = Math.max(now, waiting?.due ?? record.lastPutAt + KV_PUT_INTERVAL_MS);
    if (waiting && this.#budget.refuses(demand, now)) this.#rows.outdate(id, true);
    else this.#rows.write(id, due, entry);
    alarm.wakeAt(this.#worthwhileAt(due, demand, now));
    return true;
  }

  /** Whether one more may be owed; where there is no room, the one least in demand gives way to one in more. */
  #hasRoomFor({ level }: Demand, now: number): boolean {
    if (this.#rows.size < Math.min(this.#budget.burst, KV_OWED_MAX)) {
      this.#full = null;
      return true;
    }
    // Demand only grows: what was the least some time ago is no more than the least now.
    if (this.#full && level <= this.#full.least && now < this.#full.until) return false;
    let [least, leastId] = [Number.POSITIVE_INFINITY, -1];
    for (const [id] of this.#rows.all()) {
      const owed = this.#demandOf(id);
      if (owed.level < least) [least, leastId] = [owed.level, id];
    }
    this.#full = { least, until: now + KV_REFUSED_RETRY_MS };
    if (least >= level) return false;
    this.#rows.drop(leastId);
    const givesWay = this.#ports.registry.numbered(leastId);
    if (givesWay) givesWay.offeredFill = null;
    return true;
  }

  /** Of a key that is not in memory nobody is known to have asked. */
  #demandOf(id: number): Demand {
    return this.#ports.registry.numbered(id)?.demand ?? NO_DEMAND;
  }

  /**
   * Puts what is due and affordable, and sets the alarm for the rest; what the budget refuses costs no statement. Called
   * by the alarm; never throws for a failing store.
   */
  async pump(): Promise<void> {
    const { clock } = this.#ports;
    const now = clock.now();
    const due = [...this.#rows.all()]
      .filter(([, waiting]) => waiting.due <= now)
      .map(([id, waiting]) => ({ id, due: waiting.due, demand: this.#demandOf(id) }))
      .sort((a, b) => b.demand.level - a.demand.level || a.due - b.due);
    // Not those that an instance before this one has left: nobody is known to ask for them.
    for (const { demand } of due) if (demand.level >= KV_FROM_LEVEL) this.#budget.asked(demand.owner, now);
    const puts: Promise<void>[] = [];
    let bytes = 0;
    for (const { id, demand } of due) {
      if (puts.length >= KV_PUTS_PER_ALARM || bytes >= KV_PUT_BYTES_PER_ALARM) break;
      const refusal = this.#budget.refuses(demand, now);
      if (refusal === "share") continue;
      // The rest is in no more demand.
      if (refusal) break;
      const put = this.#begin(id);
      if (!put) continue;
      puts.push(put.ended);
      bytes += put.bytes;
    }
    await Promise.all(puts);
    this.#wakeForNext();
  }

  #wakeForNext(): void {
    const { clock, alarm } = this.#ports;
    const now = clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [id, { due }] of this.#rows.all())
      next = Math.min(next, this.#worthwhileAt(due, this.#demandOf(id), now));
    if (next < Number.POSITIVE_INFINITY) alarm.wakeAt(next);
  }

  /** What the budget refuses is tried again once there is a write, or when a client's share may have grown. */
  #worthwhileAt(due: number, demand: Demand, now: number): number {
    if (!this.#budget.refuses(demand, now)) return due;
    return Math.max(due, now + Math.max(KV_REFUSED_RETRY_MS, this.#budget.leftUntilNext(now)));
  }

  /** In this turn decides whether the row is put; undefined when there is nothing to put any more. */
  #begin(id: number): { readonly ended: Promise<void>; readonly bytes: number } | undefined {
    const { clock, registry, settings, mark } = this.#ports;
    const found = this.#rows.read(id);
    if (!found) return undefined;
    const record = registry.get(found.key);
    const row = record ? this.#newest(found, record) : found;
    const stored = JSON.parse(row.entry) as Omit<StoredResponse, "body">;
    const table = record && settings.tables.get(record.relation);
    const now = clock.now();
    const lifeMs = table ? table.ttlMs + table.staleIfErrorMs - (now - stored.filledAt) : 0;
    const invalidated = !record || stored.mark < registry.lastInvalidation(record);
    if (invalidated || lifeMs <= 0) {
      this.#settle(row);
      return undefined;
    }
    // Every try counts: it is a write to KV, whether or not it succeeds.
    if (!this.#budget.take(record.demand, now)) return undefined;
    // Not invalidated up to this turn, so it counts as of this turn's mark (P10). A successor, who
    // knows less of what was invalidated since, must find that with the row, as readers may find it in KV.
    const described = { ...stored, mark: mark() };
    const sent = this.#rows.describe(row, described);
    const body = this.#rows.bodyOf(id);
    if (!body) return undefined;
    record.lastPutAt = now;
    const expirationSeconds = Math.max(KV_MIN_EXPIRATION_S, Math.ceil(lifeMs / 1_000));
    return { ended: this.#put(sent, { ...described, body }, expirationSeconds), bytes: body.byteLength };
  }

  /** The row with the newest body, where a newer one came while the budget had no write for it. */
  #newest(row: KvOutboxRow, record: KeyRecord): KvOutboxRow {
    const waiting = this.#rows.get(record.id);
    if (!waiting?.isOutdated) return row;
    this.#rows.outdate(record.id, false);
    const entry = this.#ports.validBody(record);
    return entry ? { ...row, tries: 0, entry: this.#rows.write(record.id, waiting.due, entry) } : row;
  }

  async #put(sent: KvOutboxRow, entry: StoredResponse, expirationSeconds: number): Promise<void> {
    const { clock, store, statistics } = this.#ports;
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
      this.#rows.retry(sent, clock.now() + delay);
    }
  }

  /** The row goes, unless a newer entry of the key took its place meanwhile. */
  #settle(row: KvOutboxRow): void {
    this.#rows.settle(row, this.#ports.clock.now() + KV_PUT_INTERVAL_MS);
  }
}
