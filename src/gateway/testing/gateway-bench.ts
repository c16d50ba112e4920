import { createServer, type IncomingHttpHeaders } from "node:http";
import { type Listening, listening } from "../../../testing/origins/listening.ts";
import type { TidemarkConfig } from "../config/config.ts";
import type { GatewayEnv } from "../config/env.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { GatewayIsolate } from "../gateway-isolate.ts";
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

/** One isolate of the whole gateway, over an origin that answers what it is told and a keeper that says what tests want. */
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
  readonly #isolate: GatewayIsolate;

  private constructor(origin: Listening, config: Partial<TidemarkConfig>, env: Partial<GatewayEnv>) {
    this.#origin = origin;
    const { keeper, lookups } = this;
    const namespace = { idFromName: (name: string) => name, get: () => keeper };
    const kv = {
      getWithMetadata: async (key: string) => {
        lookups.push(key);
        return { value: null, metadata: null };
      },
    };
    const all = {
      ...{
        SUPABASE_URL: origin.url,
        SUPABASE_PUBLISHABLE_KEY: KEY,
        TIDEMARK_CAPTURE_SECRET: "capture's secret",
      },
      ...{ KEEPER: namespace, KV: kv, ...env },
    } as unknown as GatewayEnv;
    this.#isolate = new GatewayIsolate(all, (given) => resolveConfig({ ...CONFIG, ...config }, given));
  }

  static async start(
    config: Partial<TidemarkConfig> = {},
    env: Partial<GatewayEnv> = {},
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
    const ctx = { waitUntil: (work: Promise<unknown>) => void this.#work.push(work) };
    const response = await this.#isolate.answer(request, ctx as unknown as ExecutionContext);
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
