import { createHash, createHmac } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { Marked } from "../../../src/fence/bucket-fence.ts";
import { BucketFence } from "../../../src/fence/bucket-fence.ts";
import { classify } from "../../../src/gateway/classify/classify.ts";
import { keeperSettings } from "../../../src/gateway/config/keeper-settings.ts";
import { resolveConfig } from "../../../src/gateway/config/resolve-config.ts";
import { Keeper } from "../../../src/keeper/keeper.ts";
import { Footprints } from "../../../src/keeper/keys/footprints.ts";
import type { Described, Feed } from "../../../src/keeper/ports/ports.ts";
import type { CacheableRead } from "../../../src/keeper/protocol/entry.ts";
import { bucketsOf } from "../../../src/keeper/protocol/names.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { nodeSql } from "../../../testing/node-sql.ts";
import { TOLD_FEED } from "../../../testing/told-feed.ts";
import { firstTeams, TABLES, userId } from "../signed-in/database/schema.ts";

const KEY = "sb_publishable_bench";

/** An answer of this many bytes, as pages show them. */
const BODY_BYTES = 2_000;

/** Nothing changes here, so everything is known at any time. */
const QUIET_FEED: Feed = { ...TOLD_FEED, proven: true };

/** An answer that somebody's isolate holds. */
export interface Held {
  readonly path: string;
  readonly user: number | null;
  readonly marked: Marked;
}

/** What limits of the configuration a bench sets. */
export interface Caps {
  readonly maxKeys?: number;
  readonly registryBytes?: number;
}

/** A keeper with the gateway's settings and the site's policies, and with an origin that answers at once. */
export class SiteKeeper {
  readonly keeper: Keeper;
  readonly #config: ReturnType<typeof configOf>;
  originRequests = 0;

  constructor(described: Described, caps: Caps) {
    this.#config = configOf(caps);
    const settings = keeperSettings(this.#config);
    this.keeper = new Keeper(
      {
        sql: nodeSql(new DatabaseSync(":memory:")),
        clock: systemClock,
        alarm: { wakeAt: () => {} },
        origin: {
          fetch: async ({ path }, token) => {
            this.originRequests++;
            // Articles are everybody's: other readers' answers would differ only if policies were not understood.
            const body = bodyOf(path.startsWith("/rest/v1/articles") ? path : `${path} ${token}`);
            const etag = `"${createHash("sha256").update(new Uint8Array(body)).digest("base64url")}"`;
            const headers = { "content-type": "application/json; charset=utf-8" };
            return { kind: "response", response: { status: 200, headers, etag, body, notStored: null } };
          },
          whoami: async (token, paths) => {
            this.originRequests++;
            const claims = paths.map(([name]) => (name === "sub" ? JSON.stringify(subjectOf(token)) : null));
            return { role: "authenticated", exp: Math.floor(systemClock.now() / 1_000) + 3_600, claims };
          },
        },
        store: { put: async () => {} },
        digest: async (text) => createHmac("sha256", KEY).update(text).digest("base64url"),
        feed: () => QUIET_FEED,
        footprints: new Footprints(settings.declared, described, settings.audiences),
        databaseStatus: () => ({ schemaState: "known", pulling: null }),
        newIncarnation: () => "bench",
        report: () => {},
        restart: () => {},
      },
      settings,
    );
  }

  /** A read with the project's key alone, or with a user's token. */
  async read(path: string, user: number | null): Promise<Held> {
    const bearer = user === null ? null : bearerOf(user);
    const base = this.#classified(path, bearer?.token ?? null);
    const read = bearer === null ? base : await this.#named(base, bearer);
    const { answer } = await this.#fill(read, bearer, null);
    const { generation, mark } = answer;
    return { path, user, marked: { generation, mark, buckets: bucketsOf(read.key, answer) } };
  }

  /** Whether the keeper still vouches for what an isolate holds, so that the origin is not asked. */
  async isGood({ path, user, marked }: Held): Promise<boolean> {
    const bearer = user === null ? null : bearerOf(user);
    const base = this.#classified(path, bearer?.token ?? null);
    const read = bearer === null ? base : await this.#named(base, bearer);
    const before = this.originRequests;
    await this.#fill(read, bearer, marked);
    return this.originRequests === before;
  }

  /** What an isolate knows that has just synced. */
  async fence(): Promise<BucketFence> {
    const answer = await this.keeper.sync({
      ...{ configHash: this.#config.hash, since: null, boundMs: 10_000 },
      ...{ token: null, client: null, report: null },
    });
    if (answer.kind !== "synced") throw new Error(`the keeper refuses: ${answer.reason}`);
    const fence = BucketFence.merge(null, null, answer, systemClock.now());
    if (fence === null) throw new Error("a full answer has made no fence");
    return fence;
  }

  async #named(base: CacheableRead, bearer: ReturnType<typeof bearerOf>): Promise<CacheableRead> {
    const { hash: configHash } = this.#config;
    const client = bearer.client;
    const answer = await this.keeper.audience({
      configHash,
      read: base.asked,
      bearer,
      client,
      introduced: true,
    });
    if (answer.kind !== "known") throw new Error(`${base.path} is for nobody: ${JSON.stringify(answer)}`);
    return { ...base, key: `${base.key} ${answer.audience}` };
  }

  async #fill(read: CacheableRead, bearer: ReturnType<typeof bearerOf> | null, have: Marked | null) {
    const { position: at } = await this.fence();
    const answer = await this.keeper.fill({
      ...{ configHash: this.#config.hash, read, at, token: null, boundMs: 10_000, pulled: false },
      have: have && { generation: have.generation, mark: have.mark },
      bearer: bearer && { digest: bearer.digest, token: bearer.token },
      priority: "miss",
      client: bearer?.client ?? "10.0.0.1",
    });
    if (answer.kind === "good") return { answer: { ...(have as Marked), relations: [], watched: true } };
    if (answer.kind !== "entry") throw new Error(`${read.key} was answered by ${JSON.stringify(answer)}`);
    return { answer: answer.entry };
  }

  #classified(path: string, token: string | null): CacheableRead {
    const headers = new Headers({ apikey: KEY, authorization: `Bearer ${token ?? KEY}` });
    const [target = "", search = ""] = path.split("?");
    const classified = classify({ method: "GET", headers, body: null }, target, search, this.#config);
    if (classified.kind === "bypass") throw new Error(`${path} is not cached: ${classified.reason}`);
    return classified.read;
  }
}

/** A page of a user: what is theirs by policy, and what is their team's. */
export function ownPaths(user: number): readonly string[] {
  const [team = 1] = firstTeams(user);
  return [
    "/rest/v1/bookmarks?select=id,note,article:articles(id,title)&order=id.desc&limit=20",
    "/rest/v1/memberships?select=role,team:teams(id,name)&order=team_id.asc",
    `/rest/v1/notes?select=id,title,version,by:profiles(name)&team_id=eq.${team}&order=id.desc&limit=20`,
  ];
}

export function articlePath(article: number): string {
  return `/rest/v1/articles?select=id,title,body&id=eq.${article}`;
}

function bearerOf(user: number) {
  const token = `token.of.${userId(user)}`;
  const digest = createHash("sha256").update(token).digest("base64");
  return { token, digest, client: `10.${user >> 16}.${(user >> 8) & 255}.${user & 255}` };
}

function subjectOf(token: string): string {
  return token.slice(token.lastIndexOf(".") + 1);
}

function bodyOf(what: string): ArrayBuffer {
  const text = JSON.stringify([{ id: what, note: "x".repeat(BODY_BYTES - what.length) }]);
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}

function configOf(caps: Caps) {
  return resolveConfig(
    {
      tables: Object.fromEntries(TABLES.map((name) => [name, true])),
      limits: { newKeysPerClientPerMinute: 1_000_000, ...caps },
      keeper: { schemaReload: "0s", audit: "0s" },
    },
    {
      SUPABASE_URL: "https://bench.supabase.co",
      SUPABASE_PUBLISHABLE_KEY: KEY,
      TIDEMARK_CAPTURE_SECRET: "known to the database alone",
    },
  );
}
