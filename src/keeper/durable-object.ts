import { DurableObject } from "cloudflare:workers";
import type { Change } from "../postgrest/row/change.ts";
import { systemClock } from "../runtime/clock.ts";
import { PullFeed } from "./changes/pull-feed.ts";
import { WebhookFeed } from "./changes/webhook-feed.ts";
import { Keeper } from "./keeper.ts";
import { Footprints } from "./keys/footprints.ts";
import type {
  Alarm,
  BodyStore,
  ChangeSource,
  Feed,
  Origin,
  SchemaSource,
  Sql,
  SqlValue,
} from "./ports/ports.ts";
import type { KeeperSettings } from "./ports/settings.ts";
import type { EntriesRequest, Purge } from "./protocol/admin.ts";
import type { KeeperCalls } from "./protocol/calls.ts";
import type { CacheableRead } from "./protocol/entry.ts";
import type { FillRequest } from "./protocol/fill.ts";
import type { Mode } from "./protocol/position.ts";
import type { Report } from "./protocol/statistics.ts";
import type { SyncRequest } from "./protocol/sync.ts";
import { undressed } from "./protocol/wire.ts";
import { SchemaWatch } from "./schema/schema-watch.ts";
import { Meta } from "./storage/meta.ts";
import { migrate } from "./storage/migrations.ts";

/** What a keeper's Durable Object is made of, from its environment. */
export interface KeeperParts {
  readonly settings: KeeperSettings;
  readonly origin: Origin;
  readonly store: BodyStore;
  /** Null: the configuration alone says what reads depend on. */
  readonly database: (SchemaSource & ChangeSource) | null;
}

/** The database may capture changes or not: until it has said so, nothing can be proven. */
const undecidedFeed: Feed = {
  proven: false,
  asOf: () => Number.NEGATIVE_INFINITY,
  reach: () => Promise.reject(new Error("the database has not described itself yet")),
  nudge: () => {},
  forget: () => {},
};

/** How the keeper learns of changes: not known before the database has described itself once. */
type FeedKind = "undecided" | "pulled" | "told";

export type KeeperClass<Env> = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & KeeperCalls;

/** The keeper as a Durable Object: a thin shell that gives the class its storage, its alarm and its origin. */
export function keeperClass<Env>(
  partsOf: (ctx: DurableObjectState, env: Env) => KeeperParts,
): KeeperClass<Env> {
  return class KeeperObject extends DurableObject<Env> implements KeeperCalls {
    #keeper!: Keeper;
    readonly #schema: SchemaWatch;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      const { settings, origin, store, database } = partsOf(ctx, env);
      const sql = sqlOf(ctx.storage);
      migrate(sql);
      // After the answer has left: aborting at once would leave the caller without it.
      const restart = () =>
        void systemClock.sleep(0).then(() => ctx.abort("superseded, restored, or of another schema"));
      const meta = new Meta(sql);
      const footprints = () => new Footprints(settings.declared, schema.described);
      const feedKind = (): FeedKind => {
        if (schema.isMissing) return "undecided";
        // Capture counts the versions of its schema; without it changes come as webhooks.
        return database && schema.version !== null ? "pulled" : "told";
      };
      let startedWith: FeedKind = "undecided";
      const changed = () => {
        try {
          // A keeper has one feed for life.
          if (feedKind() === startedWith) return this.#keeper.adopt(footprints());
        } catch {
          // One that could not write it down must not go on by what it knew before.
        }
        restart();
      };
      const reloadMs = settings.schemaReloadMs;
      const schema = new SchemaWatch({ sql, clock: systemClock, source: database, reloadMs, changed });
      this.#schema = schema;
      const start = () => {
        startedWith = feedKind();
        let pulled: PullFeed | null = null;
        this.#keeper = new Keeper(
          {
            sql,
            clock: systemClock,
            alarm: alarmOf(ctx.storage),
            origin,
            store,
            feed: (host) => {
              if (startedWith === "undecided") return undecidedFeed;
              if (startedWith === "told" || !database)
                return new WebhookFeed(meta, host, settings.ownerTrustMs);
              pulled = new PullFeed(
                { source: database, meta, schema, tell: (event) => console.warn(JSON.stringify(event)) },
                host,
              );
              return pulled;
            },
            footprints: footprints(),
            standing: () => ({ schemaState: schema.state, pulling: pulled?.pulling ?? null }),
            newIncarnation: () => crypto.randomUUID().replaceAll("-", "").slice(0, 16),
            // Here and above the keeper prints: what an owner must hear of.
            report: (finding) => console.warn(JSON.stringify({ event: "audit-difference", ...finding })),
            restart,
          },
          settings,
        );
      };
      if (schema.isMissing) ctx.blockConcurrencyWhile(() => schema.first().then(start));
      else start();
    }

    sync(request: SyncRequest) {
      this.#schema.check();
      return this.#keeper.sync(request);
    }

    fill(request: FillRequest) {
      return this.#keeper.fill(request);
    }

    ingest(changes: readonly Change[]) {
      return this.#keeper.ingest(changes.map(undressed));
    }

    invalidate(names: readonly string[]) {
      return this.#keeper.invalidate(names);
    }

    purge(purge: Purge) {
      return this.#keeper.purge(purge);
    }

    nudge() {
      return this.#keeper.nudge();
    }

    explain(read: CacheableRead, change: Change | null) {
      return this.#keeper.explain(read, change && undressed(change));
    }

    entries(request: EntriesRequest) {
      return this.#keeper.entries(request);
    }

    stats(report: Report | null) {
      return this.#keeper.stats(report);
    }

    resetStats() {
      return this.#keeper.resetStats();
    }

    setMode(mode: Mode) {
      return this.#keeper.setMode(mode);
    }

    override alarm(): Promise<void> {
      return this.#keeper.alarm();
    }
  };
}

export function sqlOf(storage: DurableObjectStorage): Sql {
  return {
    exec: <Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) =>
      storage.sql.exec<Row>(query, ...bindings).toArray(),
    transaction: (body) => storage.transactionSync(body),
  };
}

/** Sets the object's one alarm to the earliest time that anybody asked for. */
function alarmOf(storage: DurableObjectStorage): Alarm {
  let wanted = Number.POSITIVE_INFINITY;
  return {
    wakeAt(time) {
      // An alarm that has passed has fired or is about to: it no longer stands for a later one.
      if (wanted <= time && wanted > systemClock.now()) return;
      wanted = time;
      storage.setAlarm(time);
    },
  };
}
