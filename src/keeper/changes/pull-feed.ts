import type { Clock } from "../../runtime/clock.ts";
import type { ChangeSource, Feed, FeedHost } from "../ports/ports.ts";
import {
  CURSOR_STORED_EVERY_MS,
  PRUNE_OVERDUE_MS,
  PRUNED_EVERY_MS,
  PULLS_AT_ONCE,
} from "../protocol/constants.ts";
import type { Pulling } from "../protocol/database-status.ts";
import type { SchemaWatch } from "../schema/schema-watch.ts";
import type { Meta } from "../storage/meta.ts";
import { type PullEvent, PullLog } from "./pull-log.ts";
import { type PullPage, parsePage } from "./pull-page.ts";

interface PullFeedPorts {
  readonly source: ChangeSource;
  readonly meta: Meta;
  readonly schema: Pick<SchemaWatch, "version" | "refresh">;
  /** The log: what an owner should hear of. */
  readonly tell: (event: PullEvent) => void;
}

/** What a pull brings cannot be judged: nothing may be proven by it. */
class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly code = "schema";
}

/** Up to where the changes are known: a snapshot of the database, and which database it was. */
interface Cursor {
  readonly snapshot: string;
  readonly history: string;
}

interface Pull {
  readonly startedAt: number;
  readonly done: Promise<void>;
}

/**
 * Pulls what capture has written down: the as-of is the start of a successful pull, so the bound counts from commit,
 * whatever becomes of nudges. The cursor is a snapshot, not a sequence: commits come out of order (P18 to
 * P21).
 */
export class PullFeed implements Feed {
  readonly proven = true;
  readonly #ports: PullFeedPorts;
  readonly #host: FeedHost;
  readonly #clock: Clock;
  readonly #pulls = new Set<Pull>();
  #cursor: Cursor | null;
  /** The start of the pull that the cursor is of: an older one that ends later does not set it back. */
  #cursorOf = Number.NEGATIVE_INFINITY;
  #storedAt = Number.NEGATIVE_INFINITY;
  #prunedAt: number;
  #hasPruned = false;
  #asOf = Number.NEGATIVE_INFINITY;
  readonly #log: PullLog;
  #nudged: "no" | "pulling" | "again" = "no";

  constructor(ports: PullFeedPorts, host: FeedHost) {
    this.#ports = ports;
    this.#host = host;
    this.#clock = host.clock;
    this.#prunedAt = host.clock.now();
    this.#log = new PullLog(host.clock, ports.tell);
    const stored = ports.meta.text("cursor");
    this.#cursor = stored === null ? null : (JSON.parse(stored) as Cursor);
  }

  asOf(): number {
    return this.#asOf;
  }

  get pulling(): Pulling {
    return this.#log.told([...this.#pulls].map(({ startedAt }) => startedAt));
  }

  /** What is known is as of nobody knows when: the clock was set back. */
  forget(): void {
    this.#asOf = Number.NEGATIVE_INFINITY;
    this.#cursorOf = Number.NEGATIVE_INFINITY;
  }

  /**
   * One pull serves all who accept its age. One under way serves who would accept its start; time stands still
   * between I/O, so what began at that very moment may have begun before it (P21).
   */
  async reach(moment: number): Promise<boolean> {
    while (this.#asOf <= moment) {
      const pulls = [...this.#pulls];
      const late = pulls.find(({ startedAt }) => startedAt > moment);
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

  /** Something may have changed. Nudges that come during a pull are one more pull together. */
  nudge(): void {
    if (this.#nudged !== "no") {
      this.#nudged = "again";
      return;
    }
    this.#nudged = "pulling";
    this.reach(this.#clock.now())
      // The next sync pulls, and says so if it cannot.
      .catch(() => {})
      .finally(() => {
        const again = this.#nudged === "again";
        this.#nudged = "no";
        if (again) this.nudge();
      });
  }

  #start(): Pull {
    const startedAt = this.#clock.now();
    const work = this.#pull(startedAt);
    work.then(
      () => this.#log.succeeded(startedAt),
      (error: unknown) => this.#log.failed(startedAt, error),
    );
    const pull: Pull = { startedAt, done: work.finally(() => this.#pulls.delete(pull)) };
    this.#pulls.add(pull);
    return pull;
  }

  async #pull(startedAt: number): Promise<void> {
    const { source, schema } = this.#ports;
    const since = this.#cursor;
    let page = await this.#page(since, null, null);
    const { snapshot, history } = page;
    const isAnother = history !== since?.history;
    // A restored database may have another schema than the API has read.
    if (isAnother) this.#host.apiMayReload();
    // What it brings is judged by footprints, and those are of another schema; a restored database counts anew.
    if ((page.schemaVersion !== schema.version || isAnother) && !(await schema.refresh()))
      throw new SchemaError("the schema has changed, and cannot be read");
    let isFlush = page.flush || isAnother;
    let isQuiet = !isFlush && page.changes.length === 0 && !page.everything;
    while (page.more && !isFlush) {
      isQuiet = false;
      this.#take(page, false, false, () => {});
      page = await this.#page(since, snapshot, page.last);
      // Pruned or restored between two pages, it brings no more of what is missing.
      isFlush = page.flush || page.history !== history;
    }
    this.#finish(page, isFlush, isQuiet, { snapshot, history }, startedAt);
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

  /** After a crash of the database each pull flushes, until this is called. An instance that is young may find an old outbox. */
  #shouldPrune({ prunedAgo }: PullPage, isFlush: boolean, startedAt: number): boolean {
    if (isFlush || startedAt - this.#prunedAt >= PRUNED_EVERY_MS) return true;
    return !this.#hasPruned && prunedAgo !== null && prunedAgo > PRUNE_OVERDUE_MS;
  }

  async #page(since: Cursor | null, upto: string | null, after: string | null): Promise<PullPage> {
    return parsePage(await this.#ports.source.changes({ since: since?.snapshot ?? null, upto, after }));
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
   * The cursor is written with whatever changed: an instance that another has superseded can then prove nothing, as
   * it cannot write. Where nothing did, an older one brings the same, and it is written for the pruning's sake only.
   */
  #finish(page: PullPage, isFlush: boolean, isQuiet: boolean, cursor: Cursor, startedAt: number): void {
    const moves = startedAt >= this.#cursorOf;
    const stores = moves && (!isQuiet || startedAt - this.#storedAt > CURSOR_STORED_EVERY_MS);
    const store = () => this.#ports.meta.set("cursor", JSON.stringify(cursor));
    this.#take(page, isFlush, true, stores ? store : () => {});
    if (stores) this.#storedAt = startedAt;
    if (!moves) return;
    this.#cursorOf = startedAt;
    this.#cursor = cursor;
  }
}
