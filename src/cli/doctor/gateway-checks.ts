import * as v from "valibot";
import { Nudger } from "../../relay/nudger.ts";
import { reasonOf } from "../../relay/reason.ts";
import { type Check, ok, warning, wrong } from "./check.ts";
import type { Environment } from "./environment.ts";

const DEADLINE_MS = 10_000;

const healthShape = v.object({ status: v.string(), mode: v.string(), version: v.string() });
const statsShape = v.object({ proven: v.boolean(), schemaKnown: v.boolean() });

/** Whether a running gateway is well, and has learned of capture. */
export async function checkGateway(gateway: string, env: Environment): Promise<readonly Check[]> {
  const url = gateway.replace(/\/+$/, "");
  const health = await get(`${url}/_tidemark/health`, {});
  const read = v.safeParse(healthShape, health.body);
  if (!read.success) {
    const message = `${url} did not tell its health: ${health.reason}`;
    return [wrong("gateway", message, "Is it the gateway's address, and is the gateway deployed?")];
  }
  const { status, mode, version } = read.output;
  const checks: Check[] = [
    status === "ok"
      ? ok("gateway", `the gateway is well (${version})`)
      : wrong(
          "gateway",
          `the gateway is ${status}: its keeper does not answer`,
          "See the Worker's logs: wrangler tail",
        ),
  ];
  if (mode !== "on") {
    checks.push(
      warning(
        "gateway",
        `the gateway's mode is ${mode}: nothing is served from the cache`,
        "docs/admin.md, mode",
      ),
    );
  }
  return [...checks, ...(await statsChecks(url, env)), ...(await nudgeChecks(url, env))];
}

async function statsChecks(url: string, env: Environment): Promise<readonly Check[]> {
  const secret = env.TIDEMARK_ADMIN_SECRET?.trim();
  if (!secret) {
    const fix = "Set TIDEMARK_ADMIN_SECRET here, to look";
    return [warning("proven", "whether the keeper uses capture is not known", fix)];
  }
  const stats = await get(`${url}/_tidemark/stats`, { authorization: `Bearer ${secret}` });
  const read = v.safeParse(statsShape, stats.body);
  if (!read.success) {
    return [
      wrong(
        "proven",
        `the gateway did not tell its statistics: ${stats.reason}`,
        "Is TIDEMARK_ADMIN_SECRET the gateway's?",
      ),
    ];
  }
  const put =
    "wrangler secret put TIDEMARK_CAPTURE_SECRET (and TIDEMARK_CAPTURE_TOKEN); it asks again within a minute";
  return [
    read.output.schemaKnown
      ? ok("proven", "the keeper knows the schema")
      : wrong("proven", "the keeper does not know the schema", put),
    read.output.proven
      ? ok("proven", "the keeper pulls: freshness counts from commit")
      : wrong("proven", "the keeper does not pull: freshness counts from a webhook's arrival", put),
  ];
}

/** A nudge makes it pull once more, which harms nobody. */
async function nudgeChecks(url: string, env: Environment): Promise<readonly Check[]> {
  const secret = env.TIDEMARK_NUDGE_SECRET?.trim();
  if (!secret) return [];
  const told = Promise.withResolvers<Check>();
  try {
    new Nudger({
      gateway: url,
      secret,
      retryDelaysMs: [],
      onEvent: (event) =>
        told.resolve(
          event.kind === "nudged"
            ? ok("nudge", "the gateway takes nudges")
            : wrong(
                "nudge",
                `a nudge failed: ${event.reason}`,
                "wrangler secret put TIDEMARK_NUDGE_SECRET, with this one",
              ),
        ),
    }).nudge();
  } catch {
    // The secret's form is a check of its own.
    return [];
  }
  return [await told.promise];
}

interface Got {
  readonly body: unknown;
  /** For when the body is not what was asked for. */
  readonly reason: string;
}

async function get(url: string, headers: Record<string, string>): Promise<Got> {
  try {
    const response = await fetch(url, {
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await response.text();
    const reason = `it answered ${response.status}: ${text.replaceAll(/\s+/g, " ").slice(0, 120)}`;
    return { body: response.ok ? JSON.parse(text) : undefined, reason };
  } catch (error) {
    return { body: undefined, reason: reasonOf(error) };
  }
}
