/** The gateway's own errors, by stable code. PostgREST's errors are passed on as they are. */
export const PROBLEMS = {
  // the request
  "bad-path": { status: 400, title: "The URL is not one that may be passed on" },
  "url-too-long": { status: 414, title: "The URL is too long" },
  "no-such-path": { status: 404, title: "Nothing is served at this path" },
  "not-supabase": { status: 404, title: "The origin is a PostgREST, without Supabase's other products" },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  "body-too-large": { status: 413, title: "The request body is too large" },
  "unsupported-media-type": { status: 415, title: "The request body is not application/json" },
  "malformed-json": { status: 400, title: "The request body is not JSON" },
  "malformed-change": { status: 400, title: "The request body is not a Database Webhook's payload" },
  "unknown-field": { status: 400, title: "A field is not known" },
  "invalid-field": { status: 400, title: "A field is missing or has a wrong value" },
  "unknown-table": { status: 422, title: "The table is not in the configuration" },
  "not-cacheable": { status: 422, title: "The query is not one that is cached" },
  // who asks
  unauthorized: { status: 401, title: "The secret is missing or wrong" },
  "secret-not-set": { status: 403, title: "The secret of this endpoint is not set, so it refuses everybody" },
  "secret-too-short": {
    status: 403,
    title: "The secret of this endpoint is shorter than 16 characters, so it refuses everybody",
  },
  // the gateway and what it stands on
  misconfigured: { status: 500, title: "The gateway's configuration cannot be used" },
  internal: { status: 500, title: "The gateway made a mistake" },
  "origin-unreachable": { status: 502, title: "Supabase could not be reached" },
  "origin-timeout": { status: 504, title: "Supabase did not answer in time" },
  "keeper-unavailable": { status: 503, title: "The keeper did not answer" },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

/** Where the gateway itself explains its problems, so that their `type` leads somewhere wherever it is deployed. */
export const PROBLEMS_PATH = "/_tidemark/problems";

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemExtra {
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/**
 * An error as `application/problem+json` (RFC 9457): `{ type, code, title, status, detail, … }`. `Cache-Status` marks
 * it as the gateway's own, which is how `tidemark/client` recognizes it; pass another one in `extra` when the request
 * went further.
 *
 * @param detail what to do about it; must not repeat a secret
 */
export function problem(code: ProblemCode, detail: string, extra: ProblemExtra = {}): Response {
  const { status, title } = PROBLEMS[code];
  const body = { type: `${PROBLEMS_PATH}#${code}`, code, title, status, detail, ...extra.members };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "cache-status": `tidemark; detail=${code}`,
      ...extra.headers,
    },
  });
}
