import type { ClaimPath } from "../../postgrest/claims/claims.ts";
import { hash32 } from "../../runtime/hash.ts";
import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import { Keeper } from "../keeper.ts";
import type {
  Alarm,
  BodyStore,
  Feed,
  FeedHost,
  FootprintSource,
  KeeperPorts,
  Origin,
  OriginAnswer,
  Sql,
} from "../ports/ports.ts";
import {
  type KeeperLimits,
  type KeeperSettings,
  NOBODY_SIGNED_IN,
  type SignedIn,
  type TableSettings,
} from "../ports/settings.ts";
import type { CacheableRead, StoredResponse } from "../protocol/entry.ts";
import type { FillRequest } from "../protocol/fill.ts";
import type { OperatorEvent } from "../protocol/operator-event.ts";
import type { Finding } from "../protocol/statistics.ts";
import type { SyncAnswer, SyncRequest } from "../protocol/sync.ts";
import { ARTICLES, AUTHORS, CONFIG, FOOTPRINTS, responseOf } from "./fixtures.ts";

/** An origin whose answers the test gives, one by one. */
class ScriptedOrigin implements Origin {
  readonly asked: {
    readonly read: CacheableRead;
    readonly token: string | null;
    readonly answer: (answer: OriginAnswer | string) => void;
  }[] = [];

  /** Whom the database was asked about, and how it answers. */
  readonly askedWho: { readonly token: string; readonly paths: readonly ClaimPath[] }[] = [];
  who: (token: string, paths: readonly ClaimPath[]) => ReturnType<Origin["whoami"]> = async () => "failed";

  whoami(token: string, paths: readonly ClaimPath[]): ReturnType<Origin["whoami"]> {
    this.askedWho.push({ token, paths });
    return this.who(token, paths);
  }

  fetch(read: CacheableRead, token: string | null): Promise<OriginAnswer> {
    const { promise, resolve } = Promise.withResolvers<OriginAnswer>();
    this.asked.push({
      read,
      token,
      answer: (answer) => resolve(typeof answer === "string" ? responseOf(answer) : answer),
    });
    return promise;
  }

  /** Answers the latest request, and lets the keeper handle it. */
  async answer(answer: OriginAnswer | string): Promise<void> {
    this.asked.at(-1)?.answer(answer);
    await settle();
  }
}

interface Put {
  readonly key: string;
  readonly entry: StoredResponse;
  readonly expirationSeconds: number;
  readonly at: number;
}

/** A store that records what is put, and fails or waits when told to. */
class ScriptedStore implements BodyStore {
  readonly puts: Put[] = [];
  failing = false;
  /** Puts wait for this. */
  gate: Promise<void> = Promise.resolve();
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async put(key: string, entry: StoredResponse, expirationSeconds: number): Promise<void> {
    this.puts.push({ key, entry, expirationSeconds, at: this.#clock.now() });
    await this.gate;
    if (this.failing) throw new Error("KV PUT failed: 429 Too Many Requests");
  }
}

export const TABLE: TableSettings = { freshnessMs: 10_000, ttlMs: 3_600_000, staleIfErrorMs: 86_400_000 };

const LIMITS: KeeperLimits = {
  maxKeys: 1_000,
  registryBytes: 10_000_000,
  newKeysPerClientPerMinute: 1_000,
  kvWritesPerDay: 100,
  refillsPerMinute: 100,
  keeperMemoryBytes: 10_000_000,
};

interface Overrides {
  readonly configHash?: string;
  readonly table?: Partial<TableSettings>;
  readonly limits?: Partial<KeeperLimits>;
}

export const FLIGHT_DEADLINE_MS = 9_000;

/** A keeper on real storage, in virtual time. `start` begins a new instance that replaces the previous one. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly store = new ScriptedStore(this.clock);
  origin = new ScriptedOrigin();
  incarnations = 0;
  instances = 0;
  /** When set, a keyed digest waits for it. */
  naming: Promise<void> = Promise.resolve();
  readonly findings: Finding[] = [];
  /** All that the operator is told, findings included. */
  readonly events: OperatorEvent[] = [];
  tables = [ARTICLES, AUTHORS];
  audiences: SignedIn = NOBODY_SIGNED_IN;
  auditEveryMs = 0;
  schemaReloadMs = 0;
  /** When the object's alarm is due. */
  alarmAt = Number.POSITIVE_INFINITY;
  sql: Sql;
  footprints: FootprintSource = FOOTPRINTS;
  /** How the keeper learns of changes; null: by webhooks. */
  feed: ((host: FeedHost) => Feed) | null = null;
  /** How mirrors are told of marks. Undefined: there are none. */
  nudgeMirror: KeeperPorts["nudgeMirror"] = undefined;
  /** What a pull does before it ends. With webhooks there is none. */
  pull: () => Promise<void> = async () => {};

  constructor(sql: Sql) {
    this.sql = sql;
  }

  start({ configHash = CONFIG, table, limits }: Overrides = {}): Keeper {
    const settings: KeeperSettings = {
      configHash,
      tables: new Map(this.tables.map((name) => [name, { ...TABLE, ...table }])),
      declared: { dependsOn: new Map(), tables: new Set(this.tables) },
      audiences: this.audiences,
      limits: { ...LIMITS, ...limits },
      ownerTrustMs: 0,
      auditEveryMs: this.auditEveryMs,
      schemaReloadMs: this.schemaReloadMs,
      flightDeadlineMs: FLIGHT_DEADLINE_MS,
    };
    const { sql, clock, store } = this;
    const alarm: Alarm = {
      wakeAt: (time) => {
        this.alarmAt = Math.min(this.alarmAt, time);
      },
    };
    const steady = { proven: false, asOf: () => clock.now(), reach: () => this.pull().then(() => false) };
    const told = (): Feed => ({ ...steady, alone: async () => {}, nudge: () => {}, forget: () => {} });
    const feed = (host: FeedHost): Feed => this.feed?.(host) ?? told();
    const origin: Origin = {
      fetch: (read, token) => this.origin.fetch(read, token),
      whoami: (token, paths) => this.origin.whoami(token, paths),
    };
    const instance = ++this.instances;
    const digest = async (text: string) => {
      await this.naming;
      return `${hash32(text, instance)}-${hash32(text, instance + 1_000)}`;
    };
    const newIncarnation = () => `incarnation${++this.incarnations}`;
    const restart = () => {};
    const footprints = this.footprints;
    const report: KeeperPorts["report"] = (event) => {
      this.events.push(event);
      if (event.event !== "audit-difference") return;
      const { event: _, ...finding } = event;
      this.findings.push(finding);
    };
    const databaseStatus: KeeperPorts["databaseStatus"] = () => ({ schemaState: "none", pulling: null });
    const parts = { sql, clock, alarm, origin, store, digest, feed, footprints, databaseStatus };
    const { nudgeMirror } = this;
    return new Keeper({ ...parts, newIncarnation, report, restart, nudgeMirror }, settings);
  }

  /** Lets time pass until the alarm is due, and rings it. */
  async ring(keeper: Keeper): Promise<void> {
    const { alarmAt, clock } = this;
    if (alarmAt === Number.POSITIVE_INFINITY) throw new Error("no alarm is set");
    await clock.advance(Math.max(0, alarmAt - clock.now()));
    this.alarmAt = Number.POSITIVE_INFINITY;
    await keeper.alarm();
    await settle();
  }

  /** Fills a key, from the request to the answer. */
  async filled(keeper: Keeper, read: CacheableRead, text: string, request: Partial<FillRequest> = {}) {
    const answer = fill(keeper, read, request);
    await settle();
    await this.origin.answer(text);
    return answer;
  }
}

/** Asks like an isolate whose fence is at the keeper's own position, unless `request` says otherwise. */
export async function fill(keeper: Keeper, read: CacheableRead, request: Partial<FillRequest> = {}) {
  const { position } = await keeper.stats(null);
  return keeper.fill({
    configHash: CONFIG,
    read,
    have: null,
    at: position,
    token: null,
    boundMs: 0,
    bearer: null,
    priority: "miss",
    client: "somebody",
    pulled: false,
    ...request,
  });
}

export async function sync(keeper: Keeper, request: Partial<SyncRequest> = {}) {
  const answer: SyncAnswer = await keeper.sync({
    configHash: CONFIG,
    since: null,
    boundMs: 0,
    token: null,
    client: null,
    report: null,
    ...request,
  });
  if (answer.kind !== "synced") throw new Error(`refused: ${answer.reason}`);
  return {
    ...answer,
    raised: new Map([...answer.buckets].map((bucket, at) => [bucket, answer.marks[at] ?? 0])),
  };
}
