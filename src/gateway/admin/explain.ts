import type * as v from "valibot";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { Audience, CacheableRead } from "../../keeper/protocol/entry.ts";
import { audienceOf, keyFor, roleAudience } from "../../keeper/protocol/names.ts";
import { toWire } from "../../keeper/protocol/wire.ts";
import { type Change, ChangeSyntaxError, changeFromWebhook } from "../../postgrest/row/change.ts";
import { bearerTokenOf, digestOf } from "../bearers/bearer-token.ts";
import { callKeeper, keeperUnavailable } from "../changes/call-keeper.ts";
import { networksOf } from "../classify/client-networks.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { BYPASS_REASONS, type BypassReason } from "../http/outcome.ts";
import { problem } from "../http/problem.ts";
import type { explainBody } from "./admin-bodies.ts";
import { askedAs, WAYS_TO_ASK } from "./admin-keys.ts";

type ExplainBody = v.InferOutput<typeof explainBody>;

/**
 * How the gateway and its keeper see a query, and whether a change would affect its answer and why. A path alone is asked for
 * with other headers by curl than by supabase-js, which makes another key: the first that somebody has read, else supabase-js's.
 */
export async function explain(
  body: ExplainBody,
  config: ResolvedConfig,
  keeper: () => KeeperCalls,
): Promise<object | Response> {
  const [usualWay, ...otherWays] = WAYS_TO_ASK;
  const usual = await explainAs(body, usualWay, config, keeper);
  if (Object.keys(body.headers ?? {}).length > 0 || isSettled(usual)) return usual;
  for (const way of otherWays) {
    const other = await explainAs(body, way, config, keeper);
    if (isSettled(other) && !(other instanceof Response)) return other;
  }
  return usual;
}

/** Whether asking with other headers cannot tell more. */
function isSettled(explained: object | Response): boolean {
  return explained instanceof Response || !("registered" in explained) || explained.registered === true;
}

async function explainAs(
  { query, headers = {}, role, change: payload }: ExplainBody,
  way: Readonly<Record<string, string | null>>,
  config: ResolvedConfig,
  keeper: () => KeeperCalls,
): Promise<object | Response> {
  const { roles } = config.audiences;
  if (role !== undefined && !roles.includes(role)) {
    const known = roles.length === 0 ? "no reads with a token are cached" : `there are ${roles.join(", ")}`;
    return problem("invalid-field", `role: it is not in audiences.roles; ${known}`, {
      members: { field: "role" },
    });
  }
  const asked = ask(role === undefined ? "publishable" : "signed-in", query, { ...way, ...headers }, config);
  if (asked === undefined) return problem("invalid-field", "headers: one of them cannot be a header");
  if ("code" in asked) return problem(asked.code, asked.detail);
  const { classified } = asked;
  if (classified.kind === "bypass") return bypassed(query, classified.reason);
  const change = payload === undefined ? null : changeOf(payload);
  if (change instanceof Response) return change;
  const { table } = classified;
  const read = await wholeRead(classified.read, role, asked.request, config, keeper);
  if (read instanceof Response) return read;
  if ("reason" in read) return bypassed(query, read.reason);
  const explained = await callKeeper(keeper, (calls) => calls.explain(read, change && toWire(change)));
  if (explained === undefined) return keeperUnavailable("What the query depends on is not known");
  if (explained.kind === "bypass") return bypassed(query, explained.reason, explained.audience);
  const { verdict, audience: shared, ...footprint } = explained;
  return {
    ...{ query, ...read, table, ...footprint },
    ...(shared !== null && { shared }),
    ...(verdict && { verdict }),
  };
}

/**
 * The read with its whole key: of those who sign in, as the answers of a role have it. That is the role asked about, or the
 * one of whoever shows the token in `Authorization`, by the database's word. Or why that reader's reads are not cached. Of
 * the token nothing is kept that a read would not leave behind.
 */
async function wholeRead(
  base: CacheableRead,
  role: string | undefined,
  request: Request,
  { hash: configHash }: ResolvedConfig,
  keeper: () => KeeperCalls,
): Promise<CacheableRead | { readonly reason: BypassReason } | Response> {
  if (base.audience !== "signed-in") return base;
  const as = (audience: string) => ({ ...base, key: keyFor(base.key, audience) });
  if (role !== undefined) return as(audienceOf(role));
  const token = bearerTokenOf(request.headers.get("authorization"));
  if (token === null) return { reason: "user-token" };
  const bearer = { digest: digestOf(token), token };
  // The admin asks, and no client's budget is charged.
  const client = networksOf(null);
  const answer = await callKeeper(keeper, (calls) =>
    calls.audience({ configHash, read: base.asked, bearer, client, introduced: true }),
  );
  if (answer === undefined || answer.kind === "refused")
    return keeperUnavailable("Who shows the token is not known");
  return answer.kind === "none" ? answer : as(roleAudience(answer.audience));
}

function bypassed(query: string, reason: BypassReason, shared: string | null = null) {
  const because = BYPASS_REASONS[reason];
  return { query, kind: "bypass", reason, because, ...(shared !== null && { shared }) };
}

function ask(
  audience: Audience,
  query: string,
  headers: Readonly<Record<string, string | null>>,
  config: ResolvedConfig,
) {
  try {
    return askedAs(audience, query, config, headers);
  } catch {
    return undefined;
  }
}

function changeOf(payload: object): Change | Response {
  try {
    return changeFromWebhook(JSON.stringify(payload));
  } catch (error) {
    // Not a syntax error when the payload is too deep to be printed again.
    const why = error instanceof ChangeSyntaxError ? error.message : "the payload cannot be read";
    return problem("malformed-change", why);
  }
}
