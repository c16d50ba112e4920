import * as v from "valibot";
import { type DeployedMirrors, mirrorState, type SeenMirrors } from "../../gateway/mirrors/mirror-state.ts";
import type { SchemaState } from "../../keeper/protocol/database-status.ts";
import { Nudger } from "../../relay/nudger.ts";
import { reasonOf } from "../../relay/reason.ts";
import { type Check, ok, warning, wrong } from "../check/check.ts";
import { DEADLINE_MS, isTimeout, silentFor } from "../command/deadline.ts";
import { deployedShape, regionShape } from "../command/deployed-shape.ts";
import type { Environment } from "../command/environment.ts";

const healthShape = v.object({
  status: v.string(),
  mode: v.string(),
  version: v.string(),
  keeper: v.string(),
  /** Of gateways before 0.2 it is missing. */
  issues: v.optional(v.array(v.object({ path: v.string(), message: v.string(), fix: v.string() })), []),
});

const failure = v.nullable(
  v.object({ code: v.string(), message: v.string(), at: v.string(), since: v.optional(v.string()) }),
);
const readers = v.object({
  role: v.string(),
  relations: v.array(v.string()),
  claims: v.array(v.string()),
});
const statsShape = v.object({
  proven: v.boolean(),
  schemaState: v.string(),
  pulling: v.nullable(v.object({ failure, pruneFailure: failure, isFailing: v.boolean() })),
  hits: v.number(),
  stale: v.number(),
  misses: v.number(),
  /** Gateways before 0.3 do not count them. */
  isolates: v.optional(v.number()),
  mirrors: v.optional(v.record(v.string(), regionShape)),
  since: v.pipe(v.string(), v.isoTimestamp()),
  audiences: v.optional(v.object({ differing: v.optional(v.array(readers), []) })),
});

/** Times that health is asked for while the keeper does not answer, which it waits a second for. One that starts needs longer. */
const TRIES = 5;

async function healthOf(url: string) {
  for (let tries = 1; ; tries++) {
    const { body, reason } = await get(`${url}/_tidemark/health`, {});
    const read = v.safeParse(healthShape, body);
    const isStarting =
      read.success && read.output.keeper === "unreachable" && read.output.issues.length === 0;
    if (!isStarting || tries === TRIES) return { read, reason };
  }
}

/** Whether a running gateway is healthy and uses capture. */
export async function checkGateway(gateway: string, env: Environment): Promise<readonly Check[]> {
  const url = gateway.replace(/\/+$/, "");
  const { read, reason } = await healthOf(url);
  if (!read.success) {
    const message = `${url} did not tell its health: ${reason}`;
    return [wrong("gateway", message, "Check the address, and that the gateway is deployed")];
  }
  const { status, mode, version, keeper, issues } = read.output;
  if (issues.length > 0) {
    return issues.map(({ path, message, fix }) => wrong("gateway", `the gateway's ${path} ${message}`, fix));
  }
  const checks: Check[] = [
    status === "ok" || keeper === "ok"
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
        "See mode in docs/admin.md",
      ),
    );
  }
  return [...checks, ...(await statsChecks(url, env)), ...(await nudgeChecks(url, env))];
}

async function statsChecks(url: string, env: Environment): Promise<readonly Check[]> {
  const secret = env.TIDEMARK_ADMIN_SECRET?.trim();
  if (!secret) {
    const fix = "Set TIDEMARK_ADMIN_SECRET here to check it";
    return [warning("proven", "it is not known whether the keeper uses capture", fix)];
  }
  const headers = { authorization: `Bearer ${secret}` };
  const stats = await get(`${url}/_tidemark/stats`, headers);
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
  const { proven, schemaState, pulling, audiences, isolates, mirrors, since } = read.output;
  const { hits, stale, misses } = read.output;
  const elapsedMs = Date.now() - Date.parse(since);
  const deployed = v.safeParse(deployedShape, (await get(`${url}/_tidemark/config`, headers)).body);
  // Webhooks are a choice, which the check of the capture secret has told about.
  const isTold = !env.TIDEMARK_CAPTURE_SECRET?.trim() && schemaState === "none" && pulling === null;
  return [
    ...(isTold
      ? [ok("proven", "changes come as webhooks")]
      : [schemaCheck(schemaState), ...pullChecks(proven, pulling)]),
    ...differingChecks(audiences?.differing ?? []),
    ...(isolates !== undefined && deployed.success
      ? [mirrorCheck(deployed.output, { isolates, mirrors, reads: hits + stale + misses, elapsedMs })]
      : []),
  ];
}

/** @param differing readers who were taken to get the same answers, and did not */
export function differingChecks(differing: readonly v.InferOutput<typeof readers>[]): readonly Check[] {
  return differing.map(({ role, relations, claims }) => {
    const like = claims.length === 0 ? "" : ` who have the same ${claims.join(", ")}`;
    const message = `readers with the role ${role}${like} got different answers of ${relations.join(", ")}: their reads of these together pass through until the schema changes`;
    const fix =
      "Something tells them apart that is not understood, or that audiences.claims leaves out: see docs/signed-in.md#after-readers-differ";
    return wrong("audience", message, fix);
  });
}

const PUT =
  "wrangler secret put TIDEMARK_CAPTURE_SECRET (and TIDEMARK_CAPTURE_TOKEN); the keeper asks again within a minute";

/** What the keeper's state of the schema means, and what to do about it. */
const SCHEMA_STATES: Readonly<Record<Exclude<SchemaState, "known">, readonly [string, string]>> = {
  none: ["does not know the schema: it has no secret to ask with", PUT],
  missing: [
    "does not know the schema: the database has not answered",
    "Check that the project is up; the keeper asks again",
  ],
  refused: ["does not know the schema: the database refuses to describe it", PUT],
  "too-large": [
    "does not know the schema: it is too large to describe",
    "Cache fewer tables, or tables that lead to fewer others",
  ],
  unreadable: [
    "does not understand the schema: the database describes it in an unknown form",
    "Run the SQL of `npx tidemark sql` again, of the gateway's version",
  ],
  outdated: [
    "does not know the schema: what it knew was of an earlier version",
    "Run the SQL of `npx tidemark sql` again, of the gateway's version",
  ],
};

function schemaCheck(state: string): Check {
  const [message, fix] = SCHEMA_STATES[state as keyof typeof SCHEMA_STATES] ?? ["knows the schema", null];
  return fix === null ? ok("proven", `the keeper ${message}`) : wrong("proven", `the keeper ${message}`, fix);
}

function pullChecks(proven: boolean, pulling: v.InferOutput<typeof statsShape>["pulling"]): readonly Check[] {
  if (!proven || pulling === null) {
    return [wrong("proven", "the keeper does not pull: freshness counts from a webhook's arrival", PUT)];
  }
  const checks: Check[] = [];
  if (pulling.isFailing) {
    const why = pulling.failure ? told(pulling.failure) : "a pull hangs";
    const fix = "Until it pulls again, reads go to the database. See the Worker's logs: wrangler tail";
    checks.push(wrong("proven", `the keeper cannot pull: ${why}`, fix));
  } else checks.push(ok("proven", "the keeper pulls: freshness counts from commit"));
  if (pulling.pruneFailure) {
    const fix = "The outbox grows until it is pruned: run the SQL of `npx tidemark sql` again";
    checks.push(wrong("prune", `the keeper cannot prune: ${told(pulling.pruneFailure)}`, fix));
  }
  return checks;
}

function told({ code, message, at, since }: NonNullable<v.InferOutput<typeof failure>>): string {
  return `${code}: ${message}; since ${since ?? at}`;
}

/** Whether mirrors do what they are for, would pay, or are too few. */
export function mirrorCheck(deployed: DeployedMirrors, seen: SeenMirrors): Check {
  const { state, says, fix } = mirrorState(deployed, seen);
  return state === "well" ? ok("mirrors", says) : warning("mirrors", says, fix ?? "");
}

/** Sends a real nudge, which is harmless: the keeper pulls once more. */
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
            ? ok("nudge", "the gateway accepts nudges")
            : wrong(
                "nudge",
                `a nudge failed: ${event.reason}`,
                "wrangler secret put TIDEMARK_NUDGE_SECRET, with this one",
              ),
        ),
    }).nudge();
  } catch {
    // Another check reports the secret's form.
    return [];
  }
  return [await told.promise];
}

interface Got {
  readonly body: unknown;
  /** The explanation in case the body is not the expected one. */
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
    const reason = isTimeout(error) ? `it ${silentFor()}` : reasonOf(error);
    return { body: undefined, reason };
  }
}
