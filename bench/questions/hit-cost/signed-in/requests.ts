import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { WireRequest } from "../../../harness/load/order.ts";
import { firstTeams } from "../../signed-in/database/schema.ts";
import { PUBLISHABLE_KEY, userToken } from "../../signed-in/database/site.ts";
import { type ClientRequest, NODE_HEADERS } from "../client.ts";
import { printed } from "../prepare.ts";
import { answerOf, type Seen, until } from "../probe.ts";

/**
 * Who reads what: articles, which everybody sees, and notes, which are a team's. All answers have some 20 KB. `users`:
 * how many users read each key. `padded`: with as many bytes more as a token has, in a header that says nothing, so that
 * it shows what a longer request costs by itself.
 */
export const CASES = {
  anonymous: { title: "anonymous", users: 0, padded: false, ask: articles },
  padded: { title: "anonymous, a header as long as a token", users: 4, padded: true, ask: articles },
  everybodys: { title: "**signed in, everybody's rows**", users: 4, padded: false, ask: articles },
  own: { title: "**signed in, rows of one's own**", users: 1, padded: false, ask: notes },
} as const;

export type CaseName = keyof typeof CASES;
export const CASE_NAMES = Object.keys(CASES) as readonly CaseName[];

const HIT = "tidemark; hit; detail=memory";

function articles(client: SupabaseClient, n: number) {
  return client
    .from("articles")
    .select("id,title,body")
    .gt("id", 4 * n)
    .order("id")
    .limit(7);
}

function notes(client: SupabaseClient, n: number) {
  const [team = 0] = firstTeams(n);
  return client.from("notes").select("id,title,body,version").eq("team_id", team).order("id").limit(32);
}

/** Each key's requests, with the answer that the database itself gives, once the gateway has all of them in memory. */
export async function prepareCase(
  name: CaseName,
  keys: number,
  gateway: string,
  origin: string,
): Promise<WireRequest[]> {
  const { users, padded, ask } = CASES[name];
  const requests: WireRequest[] = [];
  const tokens = (n: number) =>
    Array.from({ length: users }, (_, at) => userToken(1 + ((n + 7 * at) % keys)));
  for (let n = 0; n < keys; n++) {
    for (const token of users === 0 ? [null] : tokens(n)) {
      const asked = (as: string | null) => requestOf(as, (client) => ask(client, 1 + n));
      const request = padded && token !== null ? withPadding(await asked(null), token) : await asked(token);
      const { connection: _, ...headers } = request.headers;
      const straight = await fetch(origin + request.target, { headers });
      const body = new Uint8Array(await straight.arrayBuffer());
      if (!straight.ok || body.length < 15_000) throw new Error(`${request.target}: no answer to measure`);
      const isHit = (answer: Seen) => answer.headers["cache-status"]?.startsWith(HIT) ?? false;
      const seen = await until(`a hit in memory of ${name}`, () => answerOf(gateway, request), isHit);
      const status = `cache-status: ${seen.headers["cache-status"]}`;
      // After a rest longer than the bound, the first hit has waited for a sync.
      const either = [status, status.replace("detail=memory", "detail=verified")];
      const kept = [either, ...["content-type", "etag"].map((name) => `${name}: ${seen.headers[name]}`)];
      requests.push({
        head: printed("GET", gateway, request),
        expected: { status: 200, headers: kept, body },
        bodyless: false,
      });
    }
  }
  return requests;
}

/** In a header that says nothing of the answer, which tracing libraries send. Each value is another, as tokens are. */
function withPadding({ target, headers }: ClientRequest, token: string): ClientRequest {
  return { target, headers: { ...headers, baggage: `Bearer ${token}` } };
}

/** What supabase-js asks, with a session or without. */
async function requestOf(
  token: string | null,
  ask: (client: SupabaseClient) => PromiseLike<unknown>,
): Promise<ClientRequest> {
  let asked: ClientRequest | undefined;
  const client = createClient("http://gateway.invalid", PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(token !== null && { accessToken: async () => token }),
    global: {
      fetch: async (input, init) => {
        const { pathname, search } = new URL(String(input));
        const headers = Object.fromEntries(new Headers(init?.headers));
        asked = { target: pathname + search, headers: { ...NODE_HEADERS, ...headers } };
        return Response.json([]);
      },
    },
  });
  await ask(client);
  if (asked === undefined) throw new Error("the client has asked nothing");
  return asked;
}
