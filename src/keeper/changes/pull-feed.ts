import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import type { ChangeSource, Feed, FeedHost } from "../ports/ports.ts";
import { BELIEVED_FOR_MS, PRUNE_OVERDUE_MS } from "../protocol/constants.ts";
import type { Pulling } from "../protocol/database-status.ts";
import type { SchemaWatch } from "../schema/schema-watch.ts";
import type { Meta } from "../storage/meta.ts";
import { type Cursor, storeCursor, storedCursor } from "../storage/stored-cursor.ts";
import { type PullEvent, PullLog } from "./pull-log.ts";
import { isLongAfter, type PullPage, parsePage, partsOf } from "./pull-page.ts";

/** Pulls under way at once: one more than needed, so that a reader who needs a younger one does not wait for two. */
export const PULLS_AT_ONCE = 2;

/** The keeper prunes the outbox this often while there are readers; writers prune it too. */
export const PRUNED_EVERY_MS = 600_000;

interface PullFeedPorts {
  readonly source: ChangeSource;
  readonly meta: Meta;
  readonly schema: Pick<SchemaWatch, "version" | "refresh">;
  /** Logs what an owner should know. */
  readonly tell: (event: PullEvent) => void;
  /** The first page of the first pull, asked for beside the schema; absent: it is asked for when it is needed. */
  readonly begun?: BegunPull | undefined;
}

/** Changes of an unknown schema cannot be judged, so such a pull proves nothing. */
class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly code = "schema";
}

interface Pull {
  readonly startedAt: number;
  readonly done: Promise<void>;
}

/** A pull whose first page is on its way before there is a feed. */
export interface BegunPull {
  /** The cursor that it was asked from. */
  readonly since: Cursor | null;
  readonly startedAt: number;
  readonly page: Promise<string>;
}

/** Asks for what has changed since the stored cursor, for a feed that will be made of the same storage. */
export function beginPull(source: ChangeSource, meta: Meta, clock: Clock): BegunPull {
  const since = storedCursor(meta);
  const startedAt = clock.now();
  const page = source.changes({ since: since?.snapshot ?? null, upto: null, after: null });
  // Whoever takes it up hears of a failure.
  page.catch(() => {});
  return { since, startedAt, page };
}

/**
 * Pulls what capture has recorded. The as-of is the start of a successful pull, so the bound counts from commit, even
 * if nudges are lost. The cursor is a snapshot, not a sequence number, since commits come out of order (P18 to P21).
 */
export class PullFeed implements Feed {
  readonly proven = true;
  readonly #ports: PullFeedPorts;
  readonly #host: FeedHost;
  readonly #clock: Clock;
  readonly #pulls = new Set<Pull>();
  #cursor: Cursor | null;
  /** When the pull that set the cursor started. An older pull that ends later does not set it back. */
  #cursorOf = Number.NEGATIVE_INFINITY;
  #storedAt = Number.NEGATIVE_INFINITY;
  #prunedAt: number;
  #hasPruned = false;
  #asOf = Number.NEGATIVE_INFINITY;
  readonly #log: PullLog;
  #nudged: "no" | "pulling" | "again" = "no";
  readonly #begunAt: number;
  /** An earlier instance is surely not believed any more. */
  #isAlone = false;
  #begun: BegunPull | null;
  /** The schema was asked for beside the first page, and not again since: the database may have been replaced between. */
  #isDoubtful = false;

  constructor(ports: PullFeedPorts, host: FeedHost) {
    this.#ports = ports;
    this.#host = host;
    this.#clock = host.clock;
    this.#begunAt = host.clock.now();
    this.#prunedAt = this.#begunAt;
    this.#log = new PullLog(host.clock, ports.tell);
    this.#cursor = storedCursor(ports.meta);
    this.#begun = ports.begun ?? null;
  }

  asOf(): number {
    return this.#asOf;
  }

  get pulling(): Pulling {
    return this.#log.told([...this.#pulls].map(({ startedAt }) => startedAt));
  }

  /** The clock was set back, so the age of what is known cannot be told. */
  forget(): void {
    this.#asOf = Number.NEGATIVE_INFINITY;
    this.#cursorOf = Number.NEGATIVE_INFINITY;
    this.#storedAt = Number.NEGATIVE_INFINITY;
    this.#begun = null;
  }

  /**
   * One pull serves everyone who accepts its age; a running one serves those who accept its start. Time stands still
   * between I/O, so a pull that started exactly at `need` may have started before it (P21).
   */
  async reach(need: number): Promise<boolean> {
    // Nobody may come to wait for it: a strict read needs one of its own.
    if (this.#begun !== null) this.#start().done.catch(() => {});
    while (this.#asOf <= need) {
      const pulls = [...this.#pulls];
      const late = pulls.find(({ startedAt }) => startedAt > need);
      if (late) {
        await late.done;
        return false;
      }
      if (pulls.length < PULLS_AT_ONCE) {
        await this.#start().done;
        return true;
      }
      await Promise.race(pulls.map(({ done }) => done.catch(() => {})));
    }
    return false;
  }

  /**
   * An earlier instance last stored its cursor before this one began, and proves nothing from later than
   * `BELIEVED_FOR_MS` after that. If the first pull shows that this time is up by the database's clock, which both have
   * read, there is nothing to wait for.
   */
  async alone(): Promise<void> {
    const left = this.#begunAt + BELIEVED_FOR_MS - this.#clock.now();
    if (this.#isAlone || left <= 0) return;
    const never = new Promise<void>(() => {});
    const told = this.reach(Number.NEGATIVE_INFINITY).then(
      () => (this.#isAlone ? undefined : never),
      () => never,
    );
    await within(this.#clock, left, told, () => {});
  }

  /** Something may have changed. All nudges during a pull lead to one more pull. */
  nudge(): void {
    if (this.#nudged !== "no") {
      this.#nudged = "again";
      return;
    }
    this.#nudged = "pulling";
    this.reach(this.#clock.now())
      // The next sync pulls again, and reports a failure.
      .catch(() => {})
      .finally(() => {
        const again = this.#nudged === "again";
        this.#nudged = "no";
        if (again) this.nudge();
      });
  }

  #start(): Pull {
    const begun = this.#begun;
    this.#begun = null;
    const startedAt = begun?.startedAt ?? this.#clock.now();
    const work = this.#pull(startedAt, begun);
    work.then(
      () => this.#log.succeeded(startedAt),
      (error: unknown) => this.#log.failed(startedAt, error),
    );
    const pull: Pull = { startedAt, done: work.finally(() => this.#pulls.delete(pull)) };
    this.#pulls.add(pull);
    return pull;
  }

  async #pull(startedAt: number, begun: BegunPull | null): Promise<void> {
    const { source, schema } = this.#ports;
    const since = begun ? begun.since : this.#cursor;
    let page = begun ? parsePage(await begun.page) : await this.#page(since, null, null);
    const { snapshot, history } = page;
    const isAnother = history !== since?.history;
    // The API may not have read the schema of a restored database.
    const nothingCounts = isAnother && this.#host.apiMayReload();
    // Footprints of another schema cannot judge these changes; and a restored database counts its versions from the
    // start.
    const isOther = page.schemaVersion !== schema.version || isAnother || this.#isDoubtful;
    if (isOther && !this.#confirmsLater(begun, page, nothingCounts) && !(await this.#confirm()))
      throw new SchemaError("the schema has changed, and cannot be read");
    let isFlush = page.flush || isAnother;
    let isQuiet = !isFlush && page.changes.length === 0 && !page.everything;
    while (page.more && !isFlush) {
      isQuiet = false;
      this.#take(await this.#lastPart(page, false), false, false, () => {});
      page = await this.#page(since, snapshot, page.last);
      // Pruned or restored between two pages: the missing changes will not come.
      isFlush = page.flush || page.history !== history;
    }
    page = await this.#lastPart(page, isFlush);
    if (this.#asOf === Number.NEGATIVE_INFINITY) this.#isAlone ||= isLongAfter(page, since);
    this.#finish(page, isFlush, isQuiet, { snapshot, history, at: page.now }, startedAt);
    this.#asOf = Math.max(this.#asOf, startedAt);
    this.#log.prunedAgo(startedAt, page.prunedAgo);
    if (!this.#shouldPrune(page, isFlush, startedAt)) return;
    this.#prunedAt = startedAt;
    this.#hasPruned = true;
    source.prune().then(
      () => this.#log.pruned(null),
      (error: unknown) => this.#log.pruned(error),
    );
  }

  /**
   * The schema was asked for beside this page, and it is of that version. It must be asked for again, but nobody waits for
   * that while nothing counts by changes. Until it has succeeded, later pulls wait.
   */
  #confirmsLater(begun: BegunPull | null, { schemaVersion }: PullPage, nothingCounts: boolean): boolean {
    if (begun === null || !nothingCounts || schemaVersion !== this.#ports.schema.version) return false;
    this.#isDoubtful = true;
    void this.#confirm().catch(() => {});
    return true;
  }

  async #confirm(): Promise<boolean> {
    const isKnown = await this.#ports.schema.refresh();
    if (isKnown) this.#isDoubtful = false;
    return isKnown;
  }

  /**
   * After a crash of the database every pull flushes until the outbox is pruned. A new instance may find it overdue.
   */
  #shouldPrune({ prunedAgo }: PullPage, isFlush: boolean, startedAt: number): boolean {
    if (isFlush || startedAt - this.#prunedAt >= PRUNED_EVERY_MS) return true;
    return !this.#hasPruned && prunedAgo !== null && prunedAgo > PRUNE_OVERDUE_MS;
  }

  async #page(since: Cursor | null, upto: string | null, after: string | null): Promise<PullPage> {
    return parsePage(await this.#ports.source.changes({ since: since?.snapshot ?? null, upto, after }));
  }

  /**
   * Ingests a long page but for its last part, in a turn for each part, as if they were pages. Nothing is proven, and no cursor
   * moves, before the last part of the last page.
   */
  async #lastPart(page: PullPage, isFlush: boolean): Promise<PullPage> {
    if (isFlush) return page;
    const parts = partsOf(page);
    for (const part of parts.slice(0, -1)) {
      this.#take(part, false, false, () => {});
      await this.#clock.sleep(0);
    }
    return parts.at(-1) ?? page;
  }

  /** Rows, cursor, marks and buckets in one turn and one transaction (P8). */
  #take(
    { changes, lags, ...page }: PullPage,
    isFlush: boolean,
    ends: boolean,
    inSameTransaction: () => void,
  ): void {
    const everything = isFlush || page.everything;
    this.#host.take({ changes: everything ? [] : changes, everything, lags, ends, inSameTransaction });
  }

  /**
   * The cursor is stored together with the changes, so a superseded instance, which cannot write, proves nothing.
   * Without changes an older cursor brings the same rows, and the new one is stored now and then only: to stay ahead of
   * the pruning, and to find out who is superseded. Oftener would cost a row a pull.
   */
  #finish(page: PullPage, isFlush: boolean, isQuiet: boolean, cursor: Cursor, startedAt: number): void {
    const moves = startedAt >= this.#cursorOf;
    const stores = moves && (!isQuiet || startedAt - this.#storedAt > BELIEVED_FOR_MS);
    const store = () => storeCursor(this.#ports.meta, cursor);
    this.#take(page, isFlush, true, stores ? store : () => {});
    if (stores) this.#storedAt = startedAt;
    if (!moves) return;
    this.#cursorOf = startedAt;
    this.#cursor = cursor;
  }
}
