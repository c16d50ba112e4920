import { type Context, Hono } from "hono";
import type { WaitUntil } from "../../fence/fence-sync.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { BELIEVED_FOR_MS } from "../../keeper/protocol/constants.ts";
import { type Position, stricter } from "../../keeper/protocol/position.ts";
import type { Stats, UsageReport } from "../../keeper/protocol/statistics.ts";
import { callKeeper, DEADLINE_MS, keeperUnavailable } from "../changes/call-keeper.ts";
import { handleNudge } from "../changes/nudge.ts";
import { handleWebhook } from "../changes/webhook.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { problem } from "../http/problem.ts";
import { refuseWithout } from "../http/secret.ts";
import { servePage } from "../page/page.ts";
import {
  checked,
  entriesQuery,
  explainBody,
  historyQuery,
  modeBody,
  purgeBody,
  readBody,
  warmBody,
} from "./admin-bodies.ts";
import { explain } from "./explain.ts";
import { createHealth } from "./health.ts";
import { OPEN_METRICS_TYPE, openMetrics } from "./open-metrics.ts";
import { problemsPage } from "./problems-page.ts";
import { purgeOf } from "./purge.ts";
import { shownConfig } from "./shown-config.ts";
import { type WarmReads, warm } from "./warm.ts";

/** For a call that a keeper which has just started answers only once it counts for all readers. */
const EVERYWHERE = { deadlineMs: DEADLINE_MS + BELIEVED_FOR_MS };

export interface AdminPorts {
  readonly config: ResolvedConfig;
  readonly env: {
    readonly TIDEMARK_ADMIN_SECRET?: string | undefined;
    readonly TIDEMARK_WEBHOOK_SECRET?: string | undefined;
    readonly TIDEMARK_NUDGE_SECRET?: string | undefined;
  };
  /** A fresh stub each time. */
  readonly keeper: () => KeeperCalls;
  readonly reader: {
    /** Syncs this isolate at least to a position that it has just caused. */
    follow(position: Position, anchor: WaitUntil): Promise<void>;
  };
  readonly reporter: { take(): UsageReport | null; putBack(report: UsageReport | null): void };
  readonly reads: WarmReads;
}

const PAGE_PATH = "/_tidemark/";

type Env = { Bindings: { anchor: WaitUntil } };
type Handler = (context: Context<Env>, ports: AdminPorts) => Response | Promise<Response>;

/** Paths below `/_tidemark`, with their methods and handlers. */
type Endpoints = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** Those that need no secret of an admin. Health remembers what it has found out. */
const openEndpoints = (health: () => Promise<Response>): Endpoints => ({
  // Hono's "/" is the base path without its slash, from which the page's own addresses would not be right.
  "/": { GET: (context) => context.redirect(PAGE_PATH, 308) },
  "/health": { GET: () => health() },
  "/problems": { GET: () => problemsPage() },
  "/webhook": { POST: (context, ports) => handleWebhook(context.req.raw, ports) },
  "/nudge": { POST: (context, ports) => handleNudge(context.req.raw, ports) },
});

const ADMIN_ENDPOINTS: Endpoints = {
  "/purge": { POST: purge },
  "/warm": { POST: warmUp },
  "/entries": { GET: entries },
  "/stats": { GET: stats },
  "/stats/reset": { POST: resetStats },
  "/history": { GET: history },
  "/changes": { GET: recentChanges },
  "/metrics": { GET: metrics },
  "/mode": { POST: setMode },
  "/explain": { POST: explainQuery },
  "/config": { GET: showConfig },
};

/**
 * Everything below `/_tidemark/`. The page, health and the list of problems are public, webhook and nudge have a secret each,
 * and the rest needs `Authorization: Bearer <TIDEMARK_ADMIN_SECRET>`. Errors are problems. Every answer but the page is
 * `no-store`.
 */
export function createAdmin(ports: AdminPorts): (request: Request, anchor: WaitUntil) => Promise<Response> {
  const app = new Hono<Env>().basePath("/_tidemark");
  const serve = (endpoints: Endpoints, around: (handler: Handler) => Handler) => {
    for (const [path, handlers] of Object.entries(endpoints)) {
      for (const [method, handler] of Object.entries(handlers)) {
        const answer = around(handler);
        app.on(method, path, (context) => answer(context, ports));
      }
      app.all(path, () => wrongMethod(Object.keys(handlers)));
    }
  };
  serve(openEndpoints(createHealth(ports)), (handler) => handler);
  serve(ADMIN_ENDPOINTS, guarded);
  app.notFound(() => problem("no-such-path", "See docs/admin for what is served below /_tidemark/"));
  app.onError(() => problem("internal", "This is a bug in Tidemark; the request itself may be right"));
  return async (request, anchor) =>
    new URL(request.url).pathname === PAGE_PATH ? page(request) : app.fetch(request, { anchor });
}

/** Answers those who show the admin secret. */
function guarded(handler: Handler): Handler {
  return async (context, ports) => {
    const { TIDEMARK_ADMIN_SECRET } = ports.env;
    const refusal = await refuseWithout(TIDEMARK_ADMIN_SECRET, "TIDEMARK_ADMIN_SECRET", context.req.raw);
    return refusal ?? handler(context, ports);
  };
}

function page({ method }: Request): Response {
  return method === "GET" || method === "HEAD" ? servePage(method) : wrongMethod(["GET"]);
}

function wrongMethod(methods: readonly string[]): Response {
  const allow = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  return problem("method-not-allowed", `Use ${methods.join(" or ")}`, {
    headers: { allow: allow.join(", ") },
  });
}

async function purge(context: Context<Env>, ports: AdminPorts): Promise<Response> {
  const body = await readBody(context.req.raw, purgeBody);
  if (body instanceof Response) return body;
  const order = purgeOf(body, ports.config);
  if (order instanceof Response) return order;
  const answer = await callKeeper(ports.keeper, (keeper) => keeper.purge(order), EVERYWHERE);
  if (answer === undefined) return keeperUnavailable("Nothing was purged, as far as is known");
  await follow(answer.position, context, ports);
  return json(answer);
}

async function warmUp(context: Context<Env>, { config, reads }: AdminPorts): Promise<Response> {
  const body = await readBody(context.req.raw, warmBody);
  if (body instanceof Response) return body;
  return json({ results: await warm(body.queries, config, reads, context.env.anchor) });
}

async function entries(context: Context<Env>, { keeper }: AdminPorts): Promise<Response> {
  const query = checked(context.req.query(), entriesQuery);
  if (query instanceof Response) return query;
  const { cursor = null, ...asked } = query;
  const page = await callKeeper(keeper, (calls) => calls.entries({ ...asked, cursor }));
  return told(page, "The entries are not known");
}

async function stats(_context: Context<Env>, ports: AdminPorts): Promise<Response> {
  return told(await statsOf(ports), "The statistics are not known");
}

async function metrics(_context: Context<Env>, ports: AdminPorts): Promise<Response> {
  const answer = await statsOf(ports);
  if (answer === undefined) return keeperUnavailable("The statistics are not known");
  const mode = stricter(ports.config.mode, answer.mode);
  return new Response(openMetrics({ ...answer, mode }), {
    headers: { "content-type": OPEN_METRICS_TYPE, "cache-control": "no-store" },
  });
}

/** The statistics with all that this isolate has counted so far. */
async function statsOf({ keeper, reporter }: AdminPorts): Promise<Stats | undefined> {
  const report = reporter.take();
  // Called once only, because the report must not be counted twice.
  const answer = await callKeeper(keeper, (calls) => calls.stats(report), { attempts: 1 });
  if (answer === undefined) reporter.putBack(report);
  return answer;
}

async function history(context: Context<Env>, { keeper }: AdminPorts): Promise<Response> {
  const query = checked(context.req.query(), historyQuery);
  if (query instanceof Response) return query;
  const answer = await callKeeper(keeper, (calls) => calls.history(query.span));
  return told(answer, "The history is not known");
}

async function recentChanges(_context: Context<Env>, { keeper }: AdminPorts): Promise<Response> {
  const answer = await callKeeper(keeper, (calls) => calls.recentChanges());
  return told(answer, "The changes are not known");
}

async function resetStats(_context: Context<Env>, { keeper, reporter }: AdminPorts): Promise<Response> {
  const report = reporter.take();
  const answer = await callKeeper(keeper, (calls) => calls.resetStats());
  if (answer === undefined) reporter.putBack(report);
  return told(answer, "The statistics were not reset");
}

async function setMode(context: Context<Env>, ports: AdminPorts): Promise<Response> {
  const body = await readBody(context.req.raw, modeBody);
  if (body instanceof Response) return body;
  const answer = await callKeeper(ports.keeper, (calls) => calls.setMode(body.mode), EVERYWHERE);
  if (answer === undefined) return keeperUnavailable("The mode was not set");
  await follow(answer.position, context, ports);
  return json({ mode: answer.mode });
}

async function explainQuery(context: Context<Env>, { config, keeper }: AdminPorts): Promise<Response> {
  const body = await readBody(context.req.raw, explainBody);
  if (body instanceof Response) return body;
  const explained = await explain(body, config, keeper);
  return explained instanceof Response ? explained : json(explained);
}

function showConfig(_context: Context<Env>, { config }: AdminPorts): Response {
  return json(shownConfig(config));
}

/** Lets reads here see the purge or the mode at once, whatever their bound. The change stands even if this fails. */
async function follow(position: Position, context: Context<Env>, { reader }: AdminPorts): Promise<void> {
  await reader.follow(position, context.env.anchor).catch(() => {});
}

/** What the keeper has answered; if it has not, that, and what follows from it. */
function told(answer: object | undefined, otherwise: string): Response {
  return answer === undefined ? keeperUnavailable(otherwise) : json(answer);
}

function json(value: unknown): Response {
  return Response.json(value, { headers: { "cache-control": "no-store" } });
}
