import { mayHaveWritten } from "./gateway/gateway-answer.ts";
import { GatewayHealth } from "./gateway/gateway-health.ts";
import { ReaderBypasses, readerOf } from "./gateway/reader-bypasses.ts";
import { discard, throughGateway } from "./gateway/through-gateway.ts";
import { type ClientOptions, resolveOptions } from "./options.ts";
import { OwnWrites } from "./own-writes/own-writes.ts";
import { callPathOf, gatewayRequest, isWrite, readPathOf, withPlan } from "./request/read-request.ts";

/** A `fetch` that reads through the gateway, and can be told of writes made elsewhere. */
export type TidemarkFetch = typeof fetch & {
  /**
   * Reports a write that did not go through this `fetch` (by an edge function, a server action, another tab), so that
   * its next reads reflect it.
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
 * Only `GET` and `HEAD` under the project's `/rest/v1/` go to the gateway, and calls (`rpc`) of the `functions` named. Everything else, and every read while the
 * gateway fails, goes where it went before. A gateway that has failed, or whose address something else answers, is not
 * asked for a while, nor is one for what it passes through because of who asks. The caller's abort is passed on and does not count as a failure. A read that begins after a write
 * through this `fetch` was answered reflects that write.
 *
 * @throws TypeError for an option that is missing, unknown or of a wrong type; RangeError for an invalid duration
 */
export function tidemark(options: ClientOptions): TidemarkFetch {
  const { gateway, project, functions, ask, ownWrites, timeoutMs, tokenMs, directMs } =
    resolveOptions(options);
  const health = new GatewayHealth(timeoutMs);
  const own = new OwnWrites({ tokenMs, directMs });
  const bypasses = new ReaderBypasses();

  const read = async (path: string, input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const plain = gatewayRequest(input, init);
    const reader = readerOf(path, plain);
    const plan = own.begin();
    // What Supabase itself answers reflects every write.
    const isDirect = plan.kind === "direct" || bypasses.has(reader);
    const attempt = isDirect ? undefined : health.begin();
    if (attempt === undefined) return ask(input, init);
    const answer = await throughGateway({ ask, gateway, timeoutMs }, path, withPlan(plan, plain));
    if (answer === "failed" || answer === "origin-failed") {
      health.failed(attempt, answer);
      return ask(input, init);
    }
    health.answered();
    if (answer === "refused") return ask(input, init);
    bypasses.note(reader, answer.label);
    if (ownWrites && mayHaveWritten(answer.label)) own.acknowledged();
    if (own.accepts(plan, answer)) return answer.response;
    discard(answer.response);
    return ask(input, init);
  };

  const write = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    try {
      return await ask(input, init);
    } finally {
      // In any case: even a write that failed may have been made.
      own.acknowledged();
    }
  };

  const tidemarkFetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const path = readPathOf(input, init, project);
    if (path !== undefined) return read(path, input, init);
    const called = callPathOf(input, init, project, functions);
    if (called !== undefined) return read(called, input, init);
    return ownWrites && isWrite(input, init, project) ? write(input, init) : ask(input, init);
  };
  return Object.assign(tidemarkFetch, { wrote: () => own.acknowledged() });
}

export type { ClientOptions } from "./options.ts";
