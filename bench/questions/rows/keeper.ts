import { DatabaseSync } from "node:sqlite";
import { LIBRARY_PARTS, rowDatabase } from "../../../src/fence/library-parts.ts";
import { OWNED_FOR_MS, OwnedFeed } from "../../../src/keeper/changes/owned-feed.ts";
import { PullFeed } from "../../../src/keeper/changes/pull-feed.ts";
import { WebhookFeed } from "../../../src/keeper/changes/webhook-feed.ts";
import { Keeper } from "../../../src/keeper/keeper.ts";
import { Footprints } from "../../../src/keeper/keys/footprints.ts";
import type { Feed, FeedHost } from "../../../src/keeper/ports/ports.ts";
import type { KeeperCalls } from "../../../src/keeper/protocol/calls.ts";
import { SchemaWatch } from "../../../src/keeper/schema/schema-watch.ts";
import { Meta } from "../../../src/keeper/storage/meta.ts";
import { migrate } from "../../../src/keeper/storage/migrations.ts";
import type { RowSource } from "../../../src/rows/row-source.ts";
import { nodeSql } from "../../../testing/node-sql.ts";
import type { Timeline } from "../../../testing/time/timeline.ts";
import { DISTANCES, type LaneCounts } from "./lanes/lane.ts";

export type KeeperStub = Pick<KeeperCalls, "sync" | "invalidate">;

/** Virtual time, or the real one. */
type Time = Pick<Timeline, "sleep" | "clock">;

/** The library's keeper, with its own classes over real SQLite; its calls take time, and are counted. */
export class BlogKeeper {
  readonly #timeline: Time;
  readonly #counts: LaneCounts;
  readonly #source: RowSource | null;
  readonly #database = new DatabaseSync(":memory:");
  #keeper: Promise<Keeper> | undefined;

  /** @param source null: it is only told */
  constructor(timeline: Time, counts: LaneCounts, source: RowSource | null) {
    this.#timeline = timeline;
    this.#counts = counts;
    this.#source = source && this.#away(source);
  }

  get rowsWritten(): number {
    const row = this.#database.prepare("SELECT total_changes() AS rows").get();
    return Number((row as { rows: number }).rows);
  }

  stub(): KeeperStub {
    return {
      sync: (request) => this.#call((keeper) => keeper.sync(request)),
      invalidate: (names) => this.#call((keeper) => keeper.invalidate(names)),
    };
  }

  async #call<T>(work: (keeper: Keeper) => Promise<T>): Promise<T> {
    this.#counts.keeperCalls++;
    await this.#timeline.sleep(DISTANCES.keeperMs / 2);
    this.#keeper ??= this.#start();
    const answer = await work(await this.#keeper);
    await this.#timeline.sleep(DISTANCES.keeperMs / 2);
    return answer;
  }

  /** The database is some way from the keeper. */
  #away(source: RowSource): RowSource {
    const trip = () => this.#timeline.sleep(DISTANCES.nearMs / 2);
    const asked = async <T>(work: () => Promise<T>): Promise<T> => {
      await trip();
      const answer = await work();
      await trip();
      return answer;
    };
    return {
      followed: () => asked(() => source.followed()),
      changes: (request) => {
        this.#counts.pulls++;
        return asked(() => source.changes(request));
      },
      prune: () => asked(() => source.prune()),
    };
  }

  /** As `keeperClass` does, whose object needs workerd. */
  async #start(): Promise<Keeper> {
    const { settings } = LIBRARY_PARTS;
    const clock = this.#timeline.clock();
    const database = this.#source && rowDatabase(this.#source);
    const sql = nodeSql(this.#database);
    migrate(sql);
    const meta = new Meta(sql);
    const restart = () => {
      throw new Error("the keeper began anew, for which the trace gives no reason");
    };
    const schema = new SchemaWatch({ sql, clock, source: database, reloadMs: 0, changed: restart });
    if (schema.isMissing) await schema.first();
    const told = (host: FeedHost, trustMs: number) => new WebhookFeed(meta, host, trustMs);
    const feed = (host: FeedHost): Feed =>
      database === null
        ? told(host, settings.ownerTrustMs)
        : new OwnedFeed(
            new PullFeed({ source: database, meta, schema, tell: () => {} }, host),
            told(host, OWNED_FOR_MS),
          );
    const footprints = new Footprints(settings.declared, schema.described, { rows: schema.described?.rows });
    return new Keeper(
      {
        ...LIBRARY_PARTS,
        ...{ sql, clock, feed, footprints, restart },
        alarm: { wakeAt: () => {} },
        databaseStatus: () => ({ schemaState: "none", pulling: null }),
        newIncarnation: () => "blog",
        report: () => {},
      },
      settings,
    );
  }
}
