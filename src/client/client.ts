import { type Duration, parseDuration } from "../cache/duration.ts";
import { GatewayHealth } from "./gateway-health.ts";
import { OwnWrites } from "./own-writes.ts";
import { askedSo, gatewayRequest, isWrite, readPathOf } from "./read-request.ts";
import { discard, throughGateway } from "./through-gateway.ts";

export interface ClientOptions {
  /** Address of the gateway: `https://tidemark.example.workers.dev`. */
  readonly gateway: string;
  /** What asks the network; the platform's `fetch` by default. */
  readonly fetch?: typeof fetch;
  /** A gateway that has not begun to answer by then has failed. Default: `"5s"`. */
  readonly timeout?: Duration;
  /** Whether reads after a write of this client reflect it. Default: `true`; `false` leaves only `wrote()`. */
  readonly ownWrites?: boolean;
  /** How long reads after a write carry its token: the longest `freshness` of your tables. Default: `"1m"`. */
  readonly tokenLifetime?: Duration;
  /** How long reads after a write go to Supabase itself if the gateway has only webhooks. Default: `"5s"`. */
  readonly ownWritesBypass?: Duration;
}

export type TidemarkFetch = typeof fetch & {
  /**
   * Tells of a write that did not go through this `fetch` but that its next reads must reflect: by an edge function,
   * a server action, another tab.
   */
  wrote(): void;
};

/**
 * A `fetch` for supabase-js that reads through the gateway:
 *
 * ```ts
 * createClient(url, key, { global: { fetch: tidemark({ gateway: "https://tidemark.example.workers.dev" }) } });
 * ```
 *
 * Only `GET` and `HEAD` under `/rest/v1/` go to the gateway; all else, and every read while the gateway fails, goes
 * where it went before. The caller's abort is passed on and is no failure. A read that begins after a write of this
 * `fetch` was answered reflects it.
 *
 * @throws TypeError when `gateway` is not an address; RangeError when a duration is none
 */
export function tidemark(options: ClientOptions): TidemarkFetch {
  const gateway = addressOf(options.gateway);
  const timeoutMs = parseDuration(options.timeout ?? "5s");
  const watchesWrites = options.ownWrites ?? true;
  // Looked up at each call: React Native and tests put theirs in place late.
  const ask: typeof fetch =
    options.fetch ?? ((input: RequestInfo | URL, init?: RequestInit) => fetch(input, init));
  const health = new GatewayHealth(timeoutMs);
  const own = new OwnWrites({
    tokenMs: parseDuration(options.tokenLifetime ?? "1m"),
    directMs: parseDuration(options.ownWritesBypass ?? "5s"),
  });

  const read = async (path: string, input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const way = own.begin();
    if (way.kind === "direct" || !health.mayAsk()) return ask(input, init);
    const request = askedSo(way, gatewayRequest(input, init));
    const answer = await throughGateway(ask, gateway + path, request, timeoutMs);
    if (answer === "failed") {
      health.failed();
      return ask(input, init);
    }
    health.answered();
    if (answer === "refused") return ask(input, init);
    if (own.accepts(way, answer)) return answer;
    discard(answer);
    return ask(input, init);
  };

  const write = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    try {
      return await ask(input, init);
    } finally {
      // Whatever was answered, if anything: who knows what has been written by then.
      own.acknowledged();
    }
  };

  const tidemarkFetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const path = readPathOf(input, init);
    if (path !== undefined) return read(path, input, init);
    return watchesWrites && isWrite(input, init) ? write(input, init) : ask(input, init);
  };
  return Object.assign(tidemarkFetch, { wrote: () => own.acknowledged() });
}

/** `https://host[:port]`, by hand: React Native's `URL` is incomplete. */
function addressOf(gateway: unknown): string {
  const address =
    typeof gateway === "string" ? /^(https?:\/\/[^\s/?#@\\]+)\/?$/i.exec(gateway.trim())?.[1] : undefined;
  if (address !== undefined) return address;
  throw new TypeError(
    `tidemark: gateway must be the gateway's address without a path, such as "https://tidemark.example.workers.dev"; it is ${
      typeof gateway === "string" ? JSON.stringify(gateway) : String(gateway)
    }`,
  );
}
