import { DurableObject } from "cloudflare:workers";
import type { Change } from "../postgrest/row/change.ts";
import { systemClock } from "../runtime/clock.ts";
import { SteadyClock } from "../runtime/steady-clock.ts";
import { OWNED_FOR_MS, OwnedFeed } from "./changes/owned-feed.ts";
import { type BegunPull, beginPull, PullFeed } from "./changes/pull-feed.ts";
import { undecidedFeed } from "./changes/undecided-feed.ts";
import { WebhookFeed } from "./changes/webhook-feed.ts";
import { Keeper } from "./keeper.ts";
import { Footprints } from "./keys/footprints.ts";
import { alarmOf, sqlOf } from "./ports/object-storage.ts";
import type { KeeperParts } from "./ports/parts.ts";
import type { Feed, FeedHost } from "./ports/ports.ts";
import type { EntriesRequest, Purge } from "./protocol/admin.ts";
import type { AudienceRequest } from "./protocol/audience.ts";
import type { KeeperCalls } from "./protocol/calls.ts";
import type { CacheableRead } from "./protocol/entry.ts";
import type { FillRequest } from "./protocol/fill.ts";
import type { HistorySpan } from "./protocol/history.ts";
import { logEvent } from "./protocol/operator-event.ts";
import type { Mode } from "./protocol/position.ts";
import type { UsageReport } from "./protocol/statistics.ts";
import type { SyncRequest } from "./protocol/sync.ts";
import { fromWire, withBound } from "./protocol/wire.ts";
import { SchemaWatch } from "./schema/schema-watch.ts";
import { Meta } from "./storage/meta.ts";
import { migrate } from "./storage/migrations.ts";

/** How the keeper learns of changes; undecided before the database has described itself once. */
type FeedKind = "undecided" | "pulled" | "told";

export type KeeperClass<Env> = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & KeeperCalls;

/**
 * The keeper as a Durable Object: a thin shell that gives the class its storage, its alarm and its surroundings.
 *
 * @param partsOf called once per instance, with the object's state and environment
 */
export function keeperClass<Env>(
  partsOf: (ctx: DurableObjectState, env: Env) => KeeperParts,
): KeeperClass<Env> {
  return class KeeperObject extends DurableObject<Env> implements KeeperCalls {
    #keeper!: Keeper;
    readonly #schema: SchemaWatch;
    readonly #alarm: ReturnType<typeof alarmOf>;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      const {
        settings,
        origin,
        store,
        digest,
        database,
        isTold = false,
        rowsOf,
        nudgeMirror,
      } = partsOf(ctx, env);
      const sql = sqlOf(ctx.storage);
      this.#alarm = alarmOf(ctx.storage, sql.rows);
      migrate(sql);
      const meta = new Meta(sql);
      // Only after the answer has left: aborting at once would leave the caller without it.
      const restart = () =>
        void systemClock.sleep(0).then(() => ctx.abort("superseded, restored, or of another schema"));
      const footprints = () => {
        const { described } = schema;
        return new Footprints(settings.declared, described, {
          claims: settings.audiences.claims,
          rows: rowsOf?.(described) ?? described?.rows,
        });
      };
      const feedKind = (): FeedKind => {
        if (schema.isMissing) return "undecided";
        // Capture numbers the versions of its schema. Without it changes come as webhooks.
        return database && schema.version !== null ? "pulled" : "told";
      };
      let startedWith: FeedKind = "undecided";
      const changed = () => {
        try {
          // A keeper keeps one feed for life.
          if (feedKind() === startedWith) return this.#keeper.adopt(footprints());
        } catch {
          // It could not store the change, so it must not go on with what it knew before.
        }
        restart();
      };
      const reloadMs = settings.schemaReloadMs;
      const schema = new SchemaWatch({ sql, clock: systemClock, source: database, reloadMs, changed });
      this.#schema = schema;
      let pulled: PullFeed | null = null;
      let begun: BegunPull | undefined;
      const feed = (host: FeedHost): Feed => {
        if (startedWith === "undecided") return undecidedFeed(host);
        if (startedWith === "told" || !database) return new WebhookFeed(meta, host, settings.ownerTrustMs);
        pulled = new PullFeed({ source: database, meta, schema, tell: logEvent, begun }, host);
        if (!isTold) return pulled;
        return new OwnedFeed(pulled, new WebhookFeed(meta, host, OWNED_FOR_MS));
      };
      const clock = new SteadyClock(systemClock, 0);
      // Its age is then unknown, and the keeper's own clock begins only now.
      clock.onStep = () => {
        begun = undefined;
      };
      const start = () => {
        startedWith = feedKind();
        clock.now();
        this.#keeper = new Keeper(
          {
            ...{ sql, origin, store, digest, feed, restart, nudgeMirror },
            clock: systemClock,
            alarm: this.#alarm,
            footprints: footprints(),
            databaseStatus: () => ({ schemaState: schema.state, pulling: pulled?.pulling ?? null }),
            newIncarnation: () => crypto.randomUUID().replaceAll("-", "").slice(0, 16),
            report: logEvent,
          },
          settings,
        );
      };
      if (schema.isMissing) {
        // Side by side: readers wait for both. Without capture the call fails, and nothing comes of it.
        if (database) begun = beginPull(database, meta, clock);
        ctx.blockConcurrencyWhile(() => schema.first().then(start));
      } else start();
    }

    sync(request: SyncRequest) {
      this.#schema.check();
      return this.#called.sync(withBound<SyncRequest>(request));
    }

    fill(request: FillRequest) {
      return this.#called.fill(withBound<FillRequest>(request));
    }

    audience(request: AudienceRequest) {
      return this.#called.audience(request);
    }

    ingest(changes: readonly Change[]) {
      return this.#called.ingest(changes.map(fromWire));
    }

    invalidate(names: readonly string[]) {
      return this.#called.invalidate(names);
    }

    purge(purge: Purge) {
      return this.#called.purge(purge);
    }

    nudge() {
      return this.#called.nudge();
    }

    explain(read: CacheableRead, change: Change | null) {
      return this.#called.explain(read, change && fromWire(change));
    }

    entries(request: EntriesRequest) {
      return this.#called.entries(request);
    }

    standing() {
      return this.#called.standing();
    }

    stats(report: UsageReport | null) {
      return this.#called.stats(report);
    }

    history(span: HistorySpan) {
      return this.#called.history(span);
    }

    recentChanges() {
      return this.#called.recentChanges();
    }

    resetStats() {
      return this.#called.resetStats();
    }

    setMode(mode: Mode) {
      return this.#called.setMode(mode);
    }

    /** The keeper, for a call that is counted. */
    get #called(): Keeper {
      this.#keeper.called();
      return this.#keeper;
    }

    override alarm(): Promise<void> {
      this.#alarm.rang();
      return this.#called.alarm();
    }
  };
}
