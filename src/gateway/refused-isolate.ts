import { REST } from "../keeper/protocol/constants.ts";
import { refusedHealth } from "./admin/health.ts";
import { problemsPage } from "./admin/problems-page.ts";
import type { ConfigError, Forwarding } from "./config/config.ts";
import { preflight, withCors } from "./http/headers/cors.ts";
import { PROBLEMS_PATH, problem } from "./http/problem.ts";
import { asRest, isRefusal, OWN, parseTarget } from "./http/request/target.ts";
import { servePage } from "./page/page.ts";
import { passThrough } from "./pass-through/pass-through.ts";

/**
 * An isolate whose environment is wrong. It caches nothing and passes everything on, because a mistake in a setting of
 * the cache must not take the site down. Only `/_tidemark/` and, where even the origin is not known, every request are
 * answered with what is wrong. Issues never repeat a setting's value, so anybody may read them.
 */
export class RefusedIsolate {
  readonly #error: ConfigError;
  readonly #forwarding: Forwarding | undefined;

  constructor(error: ConfigError, forwarding: Forwarding | undefined) {
    this.#error = error;
    this.#forwarding = forwarding;
  }

  answer(request: Request): Response | Promise<Response> {
    const allowed = this.#forwarding?.allowedOrigins ?? "*";
    const asked = parseTarget(request.url);
    if (isRefusal(asked)) return withCors(problem(asked.code, asked.detail), request, allowed);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (asked.path === `${OWN}health` && isRead) return refusedHealth(this.#error.issues);
    if (asked.path === PROBLEMS_PATH && isRead) return problemsPage();
    // It reads `health`, and says there what is wrong to whoever would otherwise be asked for a secret in vain.
    if (asked.path === OWN && isRead) return servePage(request.method === "HEAD" ? "HEAD" : "GET");
    if (`${asked.path}/` === OWN && isRead) return Response.redirect(new URL(OWN, request.url).href, 308);
    if (this.#forwarding === undefined || asked.path.startsWith(OWN)) {
      return withCors(this.#problem(), request, allowed);
    }
    const target = asRest(asked, this.#forwarding.restPath);
    const isCacheable = isRead && target.path.startsWith(`${REST}/`);
    return (
      preflight(request, target, allowed) ??
      passThrough(
        request,
        target,
        this.#forwarding,
        isCacheable ? { kind: "bypass", reason: "misconfigured" } : { kind: "method" },
      )
    );
  }

  #problem(): Response {
    const { message, issues } = this.#error;
    return problem("misconfigured", message, { members: { issues } });
  }
}
