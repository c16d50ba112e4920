import { createHmac } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { PullFeed } from "../../../../src/keeper/changes/pull-feed.ts";
import { Keeper } from "../../../../src/keeper/keeper.ts";
import { Footprints } from "../../../../src/keeper/keys/footprints.ts";
import type {
  Feed,
  FeedHost,
  KeeperPorts,
  Origin,
  PullRequest,
  SchemaQuestion,
} from "../../../../src/keeper/ports/ports.ts";
import type { KeeperSettings } from "../../../../src/keeper/ports/settings.ts";
import type { StoredResponse } from "../../../../src/keeper/protocol/entry.ts";
import { SchemaWatch } from "../../../../src/keeper/schema/schema-watch.ts";
import { Meta } from "../../../../src/keeper/storage/meta.ts";
import { migrate } from "../../../../src/keeper/storage/migrations.ts";
import { nodeSql } from "../../../../testing/node-sql.ts";
import type { Timeline } from "../../../../testing/time/timeline.ts";
import { TOLD_FEED } from "../../../../testing/told-feed.ts";
import type { Counts } from "../counts.ts";
import type { Network } from "../network.ts";
import type { Backend } from "./backend.ts";

export interface KeeperParts {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly backend: Backend;
  readonly settings: KeeperSettings;
  readonly question: SchemaQuestion;
  readonly counts: Counts;
  /** Pulled: from capture's outbox. Told: by a writer that reports every change at once. */
  readonly changes: "pulled" | "told";
  /** Tells a mirror, by its name, that marks were raised. */
  readonly nudge?: KeeperPorts["nudgeMirror"];
  readonly put: (key: string, entry: StoredResponse, ttlMs: number) => Promise<void>;
}

export interface StartedKeeper {
  readonly keeper: Keeper;
  readonly rowsWritten: () => number;
  readonly findings: readonly string[];
}

/** The keeper's Durable Object without workerd: the same classes that `keeperClass` puts together. */
export async function startKeeper(parts: KeeperParts): Promise<StartedKeeper> {
  const { timeline, settings, changes } = parts;
  const clock = timeline.clock();
  const database = new DatabaseSync(":memory:");
  const sql = nodeSql(database);
  migrate(sql);
  const meta = new Meta(sql);
  const source = changes === "pulled" ? sourceOf(parts) : null;
  const restart = () => {
    throw new Error("the schema has changed, which no trace does");
  };
  const schema = new SchemaWatch({
    sql,
    clock,
    source,
    reloadMs: settings.schemaReloadMs,
    changed: restart,
  });
  if (source !== null) await timeline.until(schema.first());
  const feed = (host: FeedHost): Feed =>
    source === null ? TOLD_FEED : new PullFeed({ source, meta, schema, tell: () => {} }, host);
  const findings: string[] = [];
  let ring = () => {};
  const ports: KeeperPorts = {
    ...{ sql, clock, feed, restart, nudgeMirror: parts.nudge },
    alarm: alarmOf(timeline, () => ring()),
    origin: originOf(parts),
    store: { put: (key, entry, seconds) => parts.put(key, entry, seconds * 1_000) },
    // At once, and with a key that is the same in every run: real waits have no place in virtual time.
    digest: async (text) => createHmac("sha256", "bench").update(text).digest("base64url"),
    footprints: new Footprints(settings.declared, schema.described),
    databaseStatus: () => ({ schemaState: schema.state, pulling: null }),
    newIncarnation: () => "bench",
    report: (event) => {
      if (event.event === "audit-difference") findings.push(`${event.cause}: ${event.path}`);
    },
  };
  const keeper = new Keeper(ports, settings);
  ring = () => {
    parts.counts.alarms++;
    void keeper.alarm();
  };
  const total = database.prepare("SELECT total_changes() AS rows");
  const rowsWritten = () => Number((total.get() as { rows: number }).rows);
  return { keeper, rowsWritten, findings };
}

/** A question to the database, which is near. */
async function near<T>({ timeline, network }: KeeperParts, work: () => Promise<T>): Promise<T> {
  await timeline.sleep((network.nearMs + network.serviceMs) / 2);
  const answer = await timeline.hold(work());
  await timeline.sleep((network.nearMs + network.serviceMs) / 2);
  return answer;
}

function sourceOf(parts: KeeperParts) {
  const { timeline, backend, counts, question } = parts;
  return {
    question,
    schema: () => timeline.hold(backend.schema(question)),
    changes: (request: PullRequest) => {
      counts.pulls++;
      return near(parts, () => backend.changes(request));
    },
    prune: () => near(parts, () => backend.prune()),
  };
}

function originOf(parts: KeeperParts): Origin {
  const { backend, counts } = parts;
  return {
    async fetch({ path }, token) {
      counts.originRequests++;
      const { body, etag } = await near(parts, () => backend.read(path, token));
      const headers = { "content-type": "application/json; charset=utf-8" };
      return { kind: "response", response: { status: 200, headers, etag, body, notStored: null } };
    },
    whoami(token, paths) {
      counts.originRequests++;
      counts.whoamis++;
      return near(parts, () => backend.whoami(token, paths));
    },
  };
}

function alarmOf(timeline: Timeline, ring: () => void) {
  let wanted = Number.POSITIVE_INFINITY;
  return {
    wakeAt(time: number) {
      if (time >= wanted) return;
      wanted = time;
      timeline.at(time, () => {
        if (wanted !== time) return;
        wanted = Number.POSITIVE_INFINITY;
        ring();
      });
    },
  };
}
