import { createServer, type IncomingHttpHeaders } from "node:http";
import { type Listening, listening } from "../../../testing/origins/listening.ts";
import { TableUsage } from "../../fence/table-usage.ts";
import { UsageReporter } from "../../fence/usage.ts";
import { systemClock } from "../../runtime/clock.ts";
import { Lru } from "../../runtime/lru.ts";
import { SteadyClock, TICK_MS } from "../../runtime/steady-clock.ts";
import { AudienceFinder } from "../bearers/audience-finder.ts";
import type { TidemarkConfig } from "../config/config.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import type { EnvironmentSettings } from "../config/settings.ts";
import { READ_ENDS } from "../http/read-ends.ts";
import { isRefusal, parseTarget } from "../http/request/target.ts";
import { ReadHandler } from "../read/read-handler.ts";
import { NO_COLO } from "../reader/colo/colo-cache.ts";
import type { HeldAnswer } from "../reader/held-answer.ts";
import { Reader } from "../reader/reader.ts";
import { ScriptedKeeper } from "./scripted-keeper.ts";

export const KEY = "sb_publishable_demo";

interface Arrived {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `Cache-Status`, without our name. */
  readonly how: string;
}

const CONFIG: TidemarkConfig = {
  tables: { articles: true, bookmarks: { staleIfError: "1h" }, menu: { audience: "public" } },
};

/** All that answers reads in one isolate, over an origin that answers what it is told and a keeper that says what tests want. */
export class GatewayBench {
  readonly keeper = new ScriptedKeeper();
  /** What reached the origin itself, in order. */
  readonly arrived: Arrived[] = [];
  /** Keys that KV was asked for. */
  readonly lookups: string[] = [];
  /** The status that the origin answers with. */
  status = 200;
  readonly #work: Promise<unknown>[] = [];
  readonly #origin: Listening;
  /** What was counted and not yet reported. */
  readonly reporter: UsageReporter;
  readonly #reads: ReadHandler;

  private constructor(origin: Listening, given: Partial<TidemarkConfig>, env: EnvironmentSettings) {
    this.#origin = origin;
    const config = resolveConfig(
      { ...CONFIG, ...given },
      {
        ...{ SUPABASE_URL: origin.url, SUPABASE_PUBLISHABLE_KEY: KEY },
        ...{ TIDEMARK_CAPTURE_SECRET: "capture's secret", ...env },
      },
    );
    const parts = {
      clock: new SteadyClock(systemClock, TICK_MS),
      keeper: () => this.keeper,
      configHash: config.hash,
      timeouts: { ...config.timeouts, kvMs: 1_000 },
    };
    const reporter = new UsageReporter(new TableUsage(config.tables.keys(), READ_ENDS));
    this.reporter = reporter;
    const reader = new Reader({
      ...{ ...parts, reporter, memory: new Lru<HeldAnswer>({ maxBytes: 1e6, maxEntries: 100 }) },
      colo: NO_COLO,
      lookup: async (_, key) => {
        this.lookups.push(key);
        return null;
      },
    });
    const audiences = new AudienceFinder({
      ...{ ...parts, breaker: reader.breaker, wall: () => systemClock.now() },
      judgedBy: () => reader.fence?.generation ?? null,
      learn: (anchor) => reader.learn(anchor),
    });
    this.#reads = new ReadHandler(config, reader, reporter, audiences);
  }

  static async start(
    config: Partial<TidemarkConfig> = {},
    env: EnvironmentSettings = {},
  ): Promise<GatewayBench> {
    let bench: GatewayBench | undefined;
    const server = createServer((request, response) => {
      bench?.arrived.push({ url: request.url ?? "", headers: request.headers });
      response.writeHead(bench?.status ?? 200, { "content-type": "application/json" });
      response.end('[{"fetchedFor":"the origin itself"}]');
    });
    bench = new GatewayBench(await listening(server), config, env);
    return bench;
  }

  stop(): Promise<void> {
    return this.#origin.stop();
  }

  /** A read as supabase-js makes it, and its answer, once the work that it left behind is done. */
  async read(
    path: string,
    token: string | null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Seen> {
    const seen = await this.begin(path, { authorization: `Bearer ${token ?? KEY}`, ...headers });
    await this.settled();
    return seen;
  }

  /** The answer alone. */
  async begin(path: string, headers: Readonly<Record<string, string>>): Promise<Seen> {
    const all = new Headers({ apikey: KEY, "accept-profile": "public", ...headers });
    const request = new Request(`https://gateway.example/rest/v1/${path}`, { headers: all });
    const anchor = (work: Promise<unknown>) => void this.#work.push(work);
    const known = this.#reads.known(request.url);
    const target = parseTarget(request.url);
    if (isRefusal(target)) throw new Error(target.detail);
    const response = await (known
      ? this.#reads.answerKnown(request, known, anchor)
      : this.#reads.answer(request, target, anchor));
    const how = (response.headers.get("cache-status") ?? "").replace(/^tidemark; /, "");
    return { status: response.status, headers: response.headers, text: await response.text(), how };
  }

  async settled(): Promise<void> {
    while (this.#work.length > 0) await Promise.allSettled(this.#work.splice(0));
  }
}

/** The rows of an answer say for whom they were fetched. */
export function fetchedFor({ text }: Pick<Seen, "text">): unknown {
  return (JSON.parse(text) as { fetchedFor: unknown }[])[0]?.fetchedFor;
}
