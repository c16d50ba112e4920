import { GatewayHealth } from "./gateway-health.ts";
import { type ClientOptions, resolveOptions } from "./options.ts";
import { OwnWrites } from "./own-writes.ts";
import { askedSo, gatewayRequest, isWrite, readPathOf } from "./read-request.ts";
import { discard, throughGateway } from "./through-gateway.ts";

/** A `fetch` that reads through the gateway, and can be told of writes made elsewhere. */
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
 * const project = "https://abcdefgh.supabase.co";
 * createClient(project, key, {
 *   global: { fetch: tidemark({ gateway: "https://tidemark.example.workers.dev", project }) },
 * });
 * ```
 *
 * Only `GET` and `HEAD` under the project's `/rest/v1/` go to the gateway; all else, and every read while the gateway
 * fails, goes where it went before. A gateway that has failed, or whose address somebody else answers at, is left alone
 * for a while. The caller's abort is passed on and is no failure. A read that begins after a write of this `fetch` was
 * answered reflects it.
 *
 * @throws TypeError for an option that is missing, unknown or of a wrong kind; RangeError for a duration that is none
 */
export function tidemark(options: ClientOptions): TidemarkFetch {
  const { gateway, project, ask, ownWrites, timeoutMs, tokenMs, directMs } = resolveOptions(options);
  const health = new GatewayHealth(timeoutMs);
  const own = new OwnWrites({ tokenMs, directMs });

  const read = async (path: string, input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const way = own.begin();
    const attempt = way.kind === "direct" ? undefined : health.begin();
    if (attempt === undefined) return ask(input, init);
    const request = askedSo(way, gatewayRequest(input, init));
    const answer = await throughGateway({ ask, gateway, timeoutMs }, path, request);
    if (answer === "failed" || answer === "origin-failed") {
      health.failed(attempt, answer);
      return ask(input, init);
    }
    health.answered();
    if (answer === "refused") return ask(input, init);
    if (own.accepts(way, answer)) return answer.response;
    discard(answer.response);
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
    const path = readPathOf(input, init, project);
    if (path !== undefined) return read(path, input, init);
    return ownWrites && isWrite(input, init, project) ? write(input, init) : ask(input, init);
  };
  return Object.assign(tidemarkFetch, { wrote: () => own.acknowledged() });
}

export type { ClientOptions } from "./options.ts";
