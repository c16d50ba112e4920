import { DatabaseSync } from "node:sqlite";
import { nodeSql } from "../../../testing/node-sql.ts";
import { OwnedFeed } from "../../keeper/changes/owned-feed.ts";
import { PullFeed } from "../../keeper/changes/pull-feed.ts";
import { WebhookFeed } from "../../keeper/changes/webhook-feed.ts";
import { Keeper } from "../../keeper/keeper.ts";
import { Footprints } from "../../keeper/keys/footprints.ts";
import type { Feed, FeedHost } from "../../keeper/ports/ports.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { SchemaWatch } from "../../keeper/schema/schema-watch.ts";
import { Meta } from "../../keeper/storage/meta.ts";
import { migrate } from "../../keeper/storage/migrations.ts";
import type { RowSource } from "../../rows/row-source.ts";
import type { VirtualClock } from "../../runtime/virtual-clock.ts";
import { LIBRARY_PARTS, rowDatabase } from "../library-parts.ts";

/** The library's real keeper on real SQLite, one instance after another; calls take time and may be lost. */
export class Host {
  down = false;
  #database = new DatabaseSync(":memory:");
  #keeper: Promise<Keeper> | undefined;
  /** Superseded, and still answering some of the isolates. */
  #ghost: Promise<Keeper> | undefined;
  #incarnations = 0;
  /** The number of the last instance that began. */
  #owner = 0;
  readonly #clock: VirtualClock;
  readonly #hop: () => number;
  readonly #source: RowSource | null;

  /** @param source null: the keeper is only told */
  constructor(clock: VirtualClock, hop: () => number = () => 0, source: RowSource | null = null) {
    this.#clock = clock;
    this.#hop = hop;
    this.#source = source;
  }

  /** The instance ends. The next one starts on the same storage, or on an empty one. */
  end(storageLost: boolean): void {
    this.#keeper = undefined;
    this.#ghost = undefined;
    this.#owner++;
    if (storageLost) this.#database = new DatabaseSync(":memory:");
  }

  /** Another instance takes over, and this one does not know it. `isolates` that ask `old` still get its answers. */
  supersede(): void {
    this.#ghost = this.#keeper;
    this.#keeper = undefined;
  }

  /** Of the instance that was superseded, if one was and has not noticed. */
  oldStub(): Pick<KeeperCalls, "sync" | "invalidate"> {
    const call = async <T>(work: (keeper: Keeper) => Promise<T>): Promise<T> => {
      const ghost = this.#ghost;
      if (ghost === undefined) return this.#call(work);
      try {
        return await work(await ghost);
      } catch (error) {
        // A write has failed: workerd ends the instance.
        this.#ghost = undefined;
        throw error;
      }
    };
    return {
      sync: (request) => call((keeper) => keeper.sync(request)),
      invalidate: (names) => call((keeper) => keeper.invalidate(names)),
    };
  }

  stub(): Pick<KeeperCalls, "sync" | "invalidate"> {
    return {
      sync: (request) => this.#call((keeper) => keeper.sync(request)),
      invalidate: (names) => this.#call((keeper) => keeper.invalidate(names)),
    };
  }

  async #call<T>(work: (keeper: Keeper) => Promise<T>): Promise<T> {
    await this.#travel();
    if (this.down) throw new Error("down");
    this.#keeper ??= this.#start();
    const keeper = this.#keeper;
    const answer = await work(await keeper);
    await this.#travel();
    if (keeper !== this.#keeper) throw new Error("the instance ended under the call");
    return answer;
  }

  async #travel(): Promise<void> {
    const milliseconds = this.#hop();
    if (milliseconds > 0) await this.#clock.sleep(milliseconds);
  }

  #forgetGhost(): void {
    this.#ghost = undefined;
  }

  /** As `keeperClass` does, whose object needs workerd. */
  async #start(): Promise<Keeper> {
    const number = ++this.#owner;
    const { settings } = LIBRARY_PARTS;
    const database = this.#source && rowDatabase(this.#source);
    const sql = this.#ofInstance(number);
    migrate(sql);
    const meta = new Meta(sql);
    let keeper: Keeper | undefined;
    const schema: SchemaWatch = new SchemaWatch({
      ...{ sql, clock: this.#clock, source: database, reloadMs: 0 },
      changed: () => keeper?.adopt(footprints()),
    });
    const footprints = () =>
      new Footprints(settings.declared, schema.described, { rows: schema.described?.rows });
    if (schema.isMissing) await schema.first();
    const told = (host: FeedHost) => new WebhookFeed(meta, host, settings.ownerTrustMs);
    const feed = (host: FeedHost): Feed =>
      database === null
        ? told(host)
        : new OwnedFeed(new PullFeed({ source: database, meta, schema, tell: () => {} }, host), told(host));
    keeper = new Keeper(
      {
        ...LIBRARY_PARTS,
        ...{ sql, clock: this.#clock, feed, footprints: footprints() },
        alarm: { wakeAt: () => {} },
        databaseStatus: () => ({ schemaState: "none", pulling: null }),
        newIncarnation: () => `incarnation${++this.#incarnations}`,
        report: () => {},
        // What restarts may be the one that was superseded.
        restart: () => (number === this.#owner ? this.end(false) : this.#forgetGhost()),
      },
      settings,
    );
    return keeper;
  }

  /** The storage, as long as no other instance has begun: then writes fail, as in workerd. */
  #ofInstance(number: number) {
    const database = this.#database;
    const sql = nodeSql(database);
    const mustOwn = () => {
      if (number !== this.#owner || database !== this.#database) throw new Error("superseded");
    };
    return {
      ...sql,
      exec: ((query: string, ...bindings: never[]) => {
        // Statistics are written when the turn is over, where nobody would catch it.
        const isWrite = /^(?:INSERT|DELETE).* (?:meta|buckets|names|row_pages)\b/.test(query);
        if (isWrite && !bindings.includes("statistics" as never)) mustOwn();
        return sql.exec(query, ...bindings);
      }) as typeof sql.exec,
    };
  }
}
