import { Footprints } from "../../../keeper/keys/footprints.ts";
import type { Explanation } from "../../../keeper/protocol/admin.ts";
import type { AudienceAnswer } from "../../../keeper/protocol/audience.ts";
import type { KeeperCalls } from "../../../keeper/protocol/calls.ts";
import type { DatabaseStatus } from "../../../keeper/protocol/database-status.ts";
import type { Position } from "../../../keeper/protocol/position.ts";
import type { Change } from "../../../postgrest/row/change.ts";
import { resolveConfig } from "../../config/resolve-config.ts";
import { createAdmin } from "../admin.ts";

export const POSITION: Position = { generation: "g", mark: 7 };

const SETTINGS = {
  SUPABASE_URL: "https://abc.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
  SUPABASE_ANON_KEY: "anon",
};

const config = resolveConfig({ tables: { articles: true, feed: { dependsOn: ["comments"] } } }, SETTINGS);

/** A gateway that caches for those who sign in, too. */
export const CAPTURING = resolveConfig(
  {
    tables: { articles: true, menu: { audience: "public" } },
    audiences: { roles: ["authenticated", "a b"] },
  },
  { ...SETTINGS, TIDEMARK_CAPTURE_SECRET: "capture's secret" },
);

export const KEY = "/rest/v1/articles?select=id publishable accept-profile:public accept:*/*";
/** What clients ask a path with by default. */
export const KEYS = ["publishable", "legacy-anon"].flatMap((audience) =>
  ["accept-profile:public accept:*/*", "accept-profile:public accept:application/json"]
    .flatMap((headers) => [headers, headers.replace("accept-profile:public ", "")])
    .map((headers) => `/rest/v1/articles?select=id ${audience} ${headers}`),
);

export const EXPLANATION: Explanation = {
  kind: "read",
  audience: null,
  relations: ["public.articles"],
  caveats: [],
  called: null,
  registered: true,
  windowKnown: false,
  schemaKnown: false,
  byAgeForMs: 0,
  verdict: { affected: false, rule: "filter", because: "unaffected: neither the old nor the new row" },
};

const footprints = new Footprints(config.declared, null);

export type Call = readonly [method: string, ...args: unknown[]];

/** What the admin endpoints stand on. A test sets what the keeper does and reads what it was asked. */
export interface Surroundings {
  /** The keeper's calls so far. */
  calls: Call[];
  /** Positions that the isolate was told to sync to. */
  followed: Position[];
  /** Paths that were read to warm them. */
  warmed: string[];
  /** How many of the next calls fail. */
  failures: number;
  /** Whether the keeper never answers. */
  hang: boolean;
  /** What the keeper explains. */
  explanation: Explanation;
  /** Whose answers it says that a bearer may share. */
  audience: AudienceAnswer;
  /** What the isolate has counted and not reported yet. */
  report: object | null;
  standing: DatabaseStatus;
}

const quiet = (): Surroundings => ({
  calls: [],
  followed: [],
  warmed: [],
  failures: 0,
  hang: false,
  explanation: EXPLANATION,
  audience: { kind: "none", reason: "token-unknown", forMs: 0 },
  report: null,
  standing: { schemaState: "known", pulling: null },
});

export const around = quiet();

export function reset(): void {
  Object.assign(around, quiet());
}

/** A keeper that notes what it is asked, and fails or hangs when told so. */
function keeper(): KeeperCalls {
  return new Proxy({} as KeeperCalls, {
    get:
      (_, method: string) =>
      async (...args: unknown[]) => {
        if (around.hang) return new Promise(() => {});
        if (around.failures-- > 0) throw new Error("the object was reset");
        around.calls.push([method, ...args]);
        const answer = { affected: 2, purged: 3, mode: args[0], position: POSITION, ...around.standing };
        const changes = method === "ingest" ? (args[0] as readonly Change[]) : [];
        const unknown = changes.filter((change) => !footprints.concerns(change)).map((c) => c.relation);
        if (method === "audience") return around.audience;
        return method === "explain" ? around.explanation : { ...answer, unknown };
      },
  });
}

export function adminOf(env: Record<string, string>, given = config) {
  return createAdmin({
    config: given,
    env,
    keeper,
    reader: {
      follow: async (position) => {
        around.followed.push(position);
      },
    },
    reporter: {
      take: () => around.report as null,
      putBack: (given) => {
        around.report = given;
      },
    },
    reads: {
      answer: async (request) => {
        around.warmed.push(new URL(request.url).pathname);
        return new Response("[]", { headers: { "cache-status": "tidemark; fwd=uri-miss; stored" } });
      },
    },
  });
}

export const ADMIN = "the admin's secret";
export const HOOK = "the webhook's secret";
const admin = adminOf({ TIDEMARK_ADMIN_SECRET: ADMIN, TIDEMARK_WEBHOOK_SECRET: HOOK });

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly secret?: string | null;
  readonly to?: typeof admin;
}

export async function ask(
  path: string,
  { method, body, headers = {}, secret = ADMIN, to = admin }: Ask = {},
) {
  const text =
    body === undefined || typeof body === "string" || body instanceof ReadableStream
      ? body
      : JSON.stringify(body);
  const request = new Request(`https://gateway.example/_tidemark/${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(secret !== null && { authorization: `Bearer ${secret}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(text !== undefined && { body: text, duplex: "half" }),
  } as RequestInit);
  const response = await to(request, () => {});
  const answer = await response.text();
  return { response, status: response.status, json: answer === "" ? null : JSON.parse(answer) };
}

export const CHANGE = {
  type: "INSERT",
  schema: "public",
  table: "articles",
  record: { id: 1 },
  old_record: null,
};
export const hook = (body: unknown, more: Ask = {}) => ask("webhook", { body, secret: HOOK, ...more });
