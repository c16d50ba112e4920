import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { CAPTURE_SECRET, captureToken } from "../../demo/capture.ts";
import { type Supabase, startSupabase } from "../../demo/supabase.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../demo/workerd.ts";
import type { TidemarkConfig } from "../../src/gateway/config/config.ts";
import { OriginGate } from "../origins/origin-gate.ts";
import { PATIENCE_MS, until } from "../patience.ts";
import { prepare } from "./prepare.ts";
import { PATIENT_TIMEOUTS } from "./tidemark.config.ts";
import { Webhooks } from "./webhooks.ts";

export const ADMIN_SECRET = "the-admin's-secret";
export const WEBHOOK_SECRET = "the-webhook's-secret";
export const PUBLISHABLE_KEY = "sb_publishable_test";
export const SECRET_KEY = "sb_secret_test";

/** Workers that tests start, by the configuration they carry: see the modules themselves. */
export const workers = {
  /** `testConfig`: a bound of 400 ms. */
  plain: new URL("workers/plain.ts", import.meta.url).pathname,
  /** `preciseConfig`: declares nothing that Postgres itself describes. */
  precise: new URL("workers/precise.ts", import.meta.url).pathname,
  /** `steadyConfig`: a bound of some seconds. */
  steady: new URL("workers/steady.ts", import.meta.url).pathname,
  /** `patientConfig`: a bound of an hour. */
  patient: new URL("workers/patient.ts", import.meta.url).pathname,
  /** `testConfig`, with a keeper and a KV that fail on demand, and calls that can be cancelled. */
  faulty: new URL("workers/faulty.ts", import.meta.url).pathname,
  /** The same with deadlines that no test reaches. */
  cancellable: new URL("workers/cancellable.ts", import.meta.url).pathname,
  /** `testConfig`, without its binding of KV. */
  unbound: new URL("workers/unbound.ts", import.meta.url).pathname,
  /** `testConfig`, with limits low enough for tests to reach. */
  tight: new URL("workers/tight.ts", import.meta.url).pathname,
  /** A configuration of the test's own: see `configured`. */
  configured: new URL("workers/configured.ts", import.meta.url).pathname,
  /** A configuration of the test's own, with mirrors that fail on demand. */
  mirrored: new URL("workers/mirrored.ts", import.meta.url).pathname,
  /** The same, with a page of its own that the library caches over the gateway's keeper. */
  library: new URL("workers/library.ts", import.meta.url).pathname,
};

/** A completely read answer: its original bytes, and what tests check. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
  /** `Cache-Status`; empty if there is none. */
  cacheStatus: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it.
  json: any;
}

/** A real Supabase, and the gateway in a real workerd in front of it. */
export interface Stack {
  supabase: Supabase;
  gateway: Gateway;
  /** Holds and counts what reaches Supabase. */
  origin: OriginGate;
  /** Carries the database's changes to the gateway. */
  webhooks: Webhooks;
  /** Reads through the gateway as an anonymous reader, at an isolate by name or the first one. */
  read(target: string, init?: RequestInit & { at?: string }): Promise<Answer>;
  /** The same read, sent to Supabase itself. */
  direct(target: string, init?: RequestInit): Promise<Answer>;
  /** The admin API: POST if there is a body, otherwise GET. */
  admin(path: string, body?: unknown): Promise<Answer>;
  /** The real client with its URL pointed at the gateway, or at Supabase. */
  client(where: "gateway" | "supabase", key?: string): SupabaseClient;
  /** Runs SQL, waits until the gateway has acknowledged all of its changes, and returns that time. */
  change(sql: string): Promise<number>;
  stop(): Promise<void>;
}

export interface StackOptions extends Omit<Partial<GatewayOptions>, "env"> {
  env?: Record<string, string>;
  /** How changes reach the gateway: as webhooks (the default), or pulled from capture's outbox. */
  changes?: "webhooks" | "pulled";
  /** Instead of `entry`: the whole path from an owner's configuration to an answer. */
  config?: TidemarkConfig;
  /** Run in the database before the gateway starts: tables of the test's own, `tidemark.watch` included. */
  sql?: string;
}

export async function startStack({
  env,
  changes = "webhooks",
  config,
  sql,
  ...options
}: StackOptions = {}): Promise<Stack> {
  const origin = new OriginGate();
  const supabase = await startSupabase({
    publishableKey: PUBLISHABLE_KEY,
    secretKey: SECRET_KEY,
    onRequest: (request) => origin.pass(request),
  });
  if (sql !== undefined) await prepare(supabase, sql);
  const { entry, env: configuration } =
    config === undefined ? { entry: workers.plain, env: {} } : configured(config);
  const gateway = await startGateway({
    entry,
    env: {
      ...settings(supabase.url),
      ...(changes === "pulled" && pulling()),
      ...configuration,
      ...env,
    },
    onLog: () => {},
    ...options,
  });
  const webhooks = new Webhooks(gateway.url, WEBHOOK_SECRET);
  if (changes === "webhooks") supabase.onChange((_payload, text) => webhooks.take(text));
  else await keeperKnowsSchema(gateway.url);

  return {
    supabase,
    gateway,
    origin,
    webhooks,
    read: (target, { at, ...init } = {}) =>
      ask(`${at === undefined ? gateway.url : gateway.urlOf(at)}${target}`, anonymously(init)),
    direct: (target, init = {}) => ask(`${supabase.url}${target}`, anonymously(init)),
    admin: (path, body) => askAdmin(gateway.url, path, body),
    client: (where, key = PUBLISHABLE_KEY) =>
      createClient(where === "gateway" ? gateway.url : supabase.url, key, {
        auth: { persistSession: false, autoRefreshToken: false },
      }),
    async change(sql) {
      await supabase.db.query(sql);
      await webhooks.delivered();
      return performance.now();
    },
    async stop() {
      origin.releaseAll();
      await gateway.stop();
      await supabase.stop();
    },
  };
}

/**
 * A Worker with this configuration, whose deadlines are beyond any test's unless it sets its own. `@supabase/lite` reads the
 * schema for each request, so the keeper need not wait for a reload; while it did, an answer would serve for its freshness only.
 */
export function configured(config: TidemarkConfig): { entry: string; env: { TEST_CONFIG: string } } {
  const patient = {
    ...config,
    keeper: { schemaReload: "0s", ...config.keeper },
    timeouts: { ...PATIENT_TIMEOUTS, ...config.timeouts },
  };
  return { entry: workers.configured, env: { TEST_CONFIG: JSON.stringify(patient) } };
}

/** The Worker's settings for a gateway in front of `url`. */
export function settings(url: string): Record<string, string> {
  return {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
    TIDEMARK_ADMIN_SECRET: ADMIN_SECRET,
    TIDEMARK_WEBHOOK_SECRET: WEBHOOK_SECRET,
  };
}

/** What the keeper needs to pull. No nudges. */
export function pulling(): Record<string, string> {
  return { TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET, TIDEMARK_CAPTURE_TOKEN: captureToken() };
}

/** Until the keeper has its first description of the schema, reads bypass; on a busy machine that takes a while. */
export async function keeperKnowsSchema(gateway: string): Promise<void> {
  await until("the keeper knows the schema", async () => {
    const { status, json } = await askAdmin(gateway, "stats");
    return status === 200 && json.schemaKnown;
  });
}

/** Health, once the keeper answers: `health` waits a second, and a keeper that is starting may take longer. */
export function askHealth(gateway: string): Promise<Answer> {
  return until("the keeper answers", async () => {
    const answer = await ask(`${gateway}/_tidemark/health`);
    return answer.json.keeper === "ok" && answer;
  });
}

export function askAdmin(gateway: string, path: string, body?: unknown): Promise<Answer> {
  return ask(`${gateway}/_tidemark/${path}`, {
    headers: { authorization: `Bearer ${ADMIN_SECRET}`, "content-type": "application/json" },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
}

/**
 * Fetches and reads the whole answer. No answer within `PATIENCE_MS` is a hang, and fails the test. Each request has a
 * connection of its own: workerd closes one that is idle for five seconds, for which PGlite can block this process, and then
 * the next request would go out on a connection that has ended.
 */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const headers = new Headers(init.headers);
  headers.set("connection", "close");
  const response = await fetch(url, {
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...init,
    headers,
  });
  const body = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status,
    headers: response.headers,
    body,
    cacheStatus: response.headers.get("cache-status") ?? "",
    get json() {
      return JSON.parse(body.toString());
    },
  };
}

function anonymously(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  if (!headers.has("apikey")) headers.set("apikey", PUBLISHABLE_KEY);
  return { ...init, headers };
}

/**
 * I1, as a test can see it: reads until an answer reflects the change that was acknowledged at `acknowledged`, and
 * returns that answer.
 *
 * @throws Error when a read begun more than `boundMs` later does not reflect it
 */
export async function withinBound<T>(
  boundMs: number,
  acknowledged: number,
  read: () => Promise<T>,
  reflects: (answer: T) => boolean,
): Promise<T> {
  for (;;) {
    const asked = performance.now();
    const answer = await read();
    if (reflects(answer)) return answer;
    if (asked > acknowledged + boundMs) {
      const late = Math.round(asked - acknowledged);
      throw new Error(`Older than its bound of ${boundMs} ms: asked ${late} ms after the acknowledgement`);
    }
    await sleep(10);
  }
}
