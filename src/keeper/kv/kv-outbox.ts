import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { Demand } from "../keys/demand.ts";
import type { KeyRecord } from "../keys/key-record.ts";
import type { Registry } from "../keys/registry.ts";
import type { Alarm, BodyStore, Sql } from "../ports/ports.ts";
import type { KeeperSettings } from "../ports/settings.ts";
import { KV_PUT_INTERVAL_MS } from "../protocol/constants.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import type { OperatorEvent } from "../protocol/operator-event.ts";
import type { KeeperStatistics } from "../statistics/statistics.ts";
import { type KvOutboxRow, KvOutboxRows } from "../storage/kv-outbox-rows.ts";
import type { Meta } from "../storage/meta.ts";
import { KvBudget } from "./kv-budget.ts";

/** Workers KV takes no expiry below a minute. */
const KV_MIN_EXPIRATION_S = 60;

/** A put that takes longer has failed; the alarm must not hang on it. */
const KV_PUT_DEADLINE_MS = 10_000;

/** Puts in one alarm: well under the 1,000 operations of an invocation, with room for a slow store. */
const KV_PUTS_PER_ALARM = 100;

/** An alarm stops once the bodies it holds reach this size, and leaves the rest to the next alarm. */
export const KV_PUT_BYTES_PER_ALARM = 4_000_000;

/** Keys in the outbox at a time, whatever the budget: each one keeps a body in storage. */
const KV_OUTBOX_MAX = 256;

/** A key is worth a write to KV from this level of demand on: two networks, or one over some time. */
const KV_FROM_LEVEL = 2;

/**
 * A put that the budget refused is considered again after this long, or when a write has accrued. The same holds for a
 * body that found no room in the outbox.
 */
const KV_REFUSED_RETRY_MS = 60_000;

/** After a failed put: 2 s, doubled each time, at most five minutes; given up after this many tries. */
export const KV_RETRY_MS = 2_000;
const KV_RETRY_MAX_MS = 300_000;
export const KV_TRIES = 8;

/** How long a count of the bodies that wait is repeated for `stats`. */
const KV_COUNTED_FOR_MS = 60_000;

interface KvOutboxPorts {
  readonly sql: Sql;
  readonly meta: Meta;
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly store: BodyStore;
  readonly registry: Registry;
  readonly statistics: KeeperStatistics;
  readonly settings: KeeperSettings;
  /** Tells the operator. */
  readonly report: (event: OperatorEvent) => void;
  /** The keeper's mark in this turn. */
  readonly mark: () => number;
  /** A key's recent body, unless it was invalidated or may not be everybody's. */
  readonly storable: (record: KeyRecord) => StoredResponse | undefined;
}

/** The demand for a key that, as far as is known, nobody has asked for. */
const NO_DEMAND = new Demand();

/**
 * Bodies on their way to KV. Each has a row until it is put, so that a crash forgets none. The alarm puts them: at
 * most once a minute per key, most wanted first, as the day's budget accrues. Nothing here decides what is served; the
 * mark on a body does.
 */
export class KvOutbox {
  readonly #ports: KvOutboxPorts;
  readonly #budget: KvBudget;
  readonly #rows: KvOutboxRows;
  /** The outbox is full. Until `until` a key is refused unless it is wanted more than the least wanted one. */
  #full: { readonly least: number; readonly until: number } | null = null;

  /** The end of the day for which the operator knows that the budget is spent. */
  #toldUntil = 0;
  #sized = { rows: -1, keys: -1, until: 0, counted: 0 };

  constructor(ports: KvOutboxPorts) {
    this.#ports = ports;
    const { meta, settings, clock } = ports;
    this.#budget = new KvBudget(meta, settings.limits.kvWritesPerDay, clock.now());
    this.#rows = new KvOutboxRows(ports.sql);
    this.#wakeForNext();
  }

  /** How many bodies wait. Counted in the table at most once a minute while nothing changes here: dashboards poll it. */
  get size(): number {
    const [rows, keys, now] = [this.#rows.size, this.#ports.registry.size, this.#ports.clock.now()];
    const { counted } = this.#sized;
    const isFresh = this.#sized.rows === rows && this.#sized.keys === keys && now < this.#sized.until;
    const size = isFresh ? counted : this.#rows.count();
    if (!isFresh) this.#sized = { rows, keys, until: now + KV_COUNTED_FOR_MS, counted: size };
    return size;
  }

  /** See `KvBudget`. */
  get budget(): ReturnType<KvBudget["usage"]> {
    return this.#budget.usage(this.#ports.clock.now());
  }

  /** Takes in the key's valid body, once per fill, if several clients want the key, or one over some time; unless a data centre's cache does it. */
  offer(record: KeyRecord): void {
    const { clock, statistics, storable } = this.#ports;
    const { level, needsKv } = record.demand;
    if (level < KV_FROM_LEVEL || !needsKv) return;
    const entry = storable(record);
    if (!entry || entry.filledAt === record.offeredFill) return;
    const { filledAt } = entry;
    const now = clock.now();
    const { refusedFill: refused } = record;
    if (refused?.filledAt === filledAt && level <= refused.level && now < refused.until) return;
    record.offeredFill = filledAt;
    try {
      if (this.#add(record, entry)) return;
      record.offeredFill = null;
      record.refusedFill = { filledAt, level, until: now + KV_REFUSED_RETRY_MS };
    } catch {
      // If storage cannot take it, KV lacks a copy; no reader lacks an answer.
      statistics.add("kvWriteFailures");
    }
  }

  /**
   * Replaces an older body of the same key that was not put yet. While the budget refuses the key, this sets no earlier
   * alarm and writes nothing for a key that waits already: the newest body is taken when it may be put.
   *
   * @returns false when the outbox is full of keys that are wanted as much
   */
  #add(record: KeyRecord, entry: StoredResponse): boolean {
    const { clock, alarm } = this.#ports;
    const now = clock.now();
    const { id, demand } = record;
    this.#budget.asked(demand.owner, now);
    const waiting = this.#rows.get(id);
    if (!waiting && !this.#hasRoomFor(demand, now)) return false;
    const due = Math.max(now, waiting?.due ?? record.lastPutAt + KV_PUT_INTERVAL_MS);
    const refusal = this.#budget.refuses(demand, now);
    if (refusal === "all") this.#tellSpent(now);
    if (waiting && refusal) this.#rows.outdate(id, true);
    else this.#rows.write(id, due, entry);
    alarm.wakeAt(this.#worthwhileAt(due, demand, now));
    return true;
  }

  /** Whether one more key fits. In a full outbox the least wanted key gives way to one that is wanted more. */
  #hasRoomFor({ level }: Demand, now: number): boolean {
    if (this.#rows.size < Math.min(this.#budget.burst, KV_OUTBOX_MAX)) {
      this.#full = null;
      return true;
    }
    // Demand only grows, so what was the least a while ago is no more than the least now.
    if (this.#full && level <= this.#full.least && now < this.#full.until) return false;
    let [least, leastId] = [Number.POSITIVE_INFINITY, -1];
    for (const [id] of this.#rows.all()) {
      const other = this.#demandOf(id);
      if (other.level < least) [least, leastId] = [other.level, id];
    }
    this.#full = { least, until: now + KV_REFUSED_RETRY_MS };
    if (least >= level) return false;
    this.#rows.drop(leastId);
    const givesWay = this.#ports.registry.numbered(leastId);
    if (givesWay) givesWay.offeredFill = null;
    return true;
  }

  /** For a key that is not in memory, no demand is known. */
  #demandOf(id: number): Demand {
    return this.#ports.registry.numbered(id)?.demand ?? NO_DEMAND;
  }

  /**
   * Puts what is due and within the budget, and sets the alarm for the rest; what the budget refuses costs no
   * statement. Called by the alarm. A failing store does not make it throw.
   */
  async pump(): Promise<void> {
    const { clock } = this.#ports;
    const now = clock.now();
    const due = [...this.#rows.all()]
      .filter(([, waiting]) => waiting.due <= now)
      .map(([id, waiting]) => ({ id, due: waiting.due, demand: this.#demandOf(id) }))
      .sort((a, b) => b.demand.level - a.demand.level || a.due - b.due);
    // Keys left by an earlier instance do not count: no client is known to ask for them.
    for (const { demand } of due) if (demand.level >= KV_FROM_LEVEL) this.#budget.asked(demand.owner, now);
    const puts: Promise<void>[] = [];
    let bytes = 0;
    for (const { id, demand } of due) {
      if (puts.length >= KV_PUTS_PER_ALARM || bytes >= KV_PUT_BYTES_PER_ALARM) break;
      const refusal = this.#budget.refuses(demand, now);
      if (refusal === "all") this.#tellSpent(now);
      if (refusal === "share") continue;
      // The remaining keys are wanted no more than this one.
      if (refusal) break;
      const put = this.#begin(id);
      if (!put) continue;
      puts.push(put.ended);
      bytes += put.bytes;
    }
    await Promise.all(puts);
    this.#wakeForNext();
  }

  /** Once a day: the operator may want to buy more writes, or to cache fewer queries. */
  #tellSpent(now: number): void {
    const { spent, perDay, resetsAt } = this.#budget.usage(now);
    if (perDay === 0 || resetsAt === this.#toldUntil) return;
    this.#toldUntil = resetsAt;
    this.#ports.report({
      event: "kv-budget-spent",
      spent,
      perDay,
      resetsAt: new Date(resetsAt).toISOString(),
    });
  }

  #wakeForNext(): void {
    const { clock, alarm } = this.#ports;
    const now = clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [id, { due }] of this.#rows.all())
      next = Math.min(next, this.#worthwhileAt(due, this.#demandOf(id), now));
    if (next < Number.POSITIVE_INFINITY) alarm.wakeAt(next);
  }

  /** When to try a put. One that the budget refuses waits until a write, or the client's share, may have accrued. */
  #worthwhileAt(due: number, demand: Demand, now: number): number {
    if (!this.#budget.refuses(demand, now)) return due;
    return Math.max(due, now + Math.max(KV_REFUSED_RETRY_MS, this.#budget.leftUntilNext(now)));
  }

  /** Decides in this turn whether the row is put. Undefined: there is nothing left to put. */
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
    // It was not invalidated up to this turn, so it counts as of this turn's mark (P10). The row gets that mark too:
    // the next instance, which knows less of what was invalidated since, must find what readers may find in KV.
    const described = { ...stored, mark: mark() };
    const sent = this.#rows.describe(row, described);
    const body = this.#rows.bodyOf(id);
    if (!body) return undefined;
    record.lastPutAt = now;
    const expirationSeconds = Math.max(KV_MIN_EXPIRATION_S, Math.ceil(lifeMs / 1_000));
    return { ended: this.#put(sent, { ...described, body }, expirationSeconds), bytes: body.byteLength };
  }

  /** The row with the key's newest body, if one arrived while the budget had no write for it. */
  #newest(row: KvOutboxRow, record: KeyRecord): KvOutboxRow {
    const waiting = this.#rows.get(record.id);
    if (!waiting?.isOutdated) return row;
    this.#rows.outdate(record.id, false);
    const entry = this.#ports.storable(record);
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

  /** Removes the row, unless a newer body of the key replaced it meanwhile. */
  #settle(row: KvOutboxRow): void {
    this.#rows.settle(row, this.#ports.clock.now() + KV_PUT_INTERVAL_MS);
  }
}
