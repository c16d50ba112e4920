import { createClient } from "@supabase/supabase-js";
import { SERIAL } from "../../harness/load/order.ts";
import { categoryOf } from "./bodies.ts";

/** What supabase-js asks for a key, as it hands it to `fetch`. */
export interface ClientRequest {
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What Node's own `fetch` adds. */
export const NODE_HEADERS = {
  connection: "keep-alive",
  accept: "*/*",
  "accept-language": "*",
  "sec-fetch-mode": "cors",
  "user-agent": "node",
  "accept-encoding": "gzip, deflate",
};

/**
 * The requests of the real client, whose headers are part of the cost of a hit. `again`: for keys that are requested
 * repeatedly; `once`: for as many keys as there are serial numbers, each with one of the same bodies.
 */
export async function clientRequests(
  key: string,
  kilobytes: number,
  keys: number,
  asked: "again" | "once",
): Promise<ClientRequest[]> {
  const requests: ClientRequest[] = [];
  const client = createClient("http://gateway.invalid", key, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch: async (input, init) => {
        const { pathname, search } = new URL(String(input));
        const headers = Object.fromEntries(new Headers(init?.headers));
        requests.push({ target: pathname + search, headers: { ...NODE_HEADERS, ...headers } });
        return Response.json([]);
      },
    },
  });
  for (let index = 0; index < keys; index++) {
    const category = client
      .from("articles")
      .select("id,title,category,views,published_at,body,author:authors(name)")
      .eq("category", categoryOf(kilobytes, index));
    const articles = asked === "once" ? category.neq("id", SERIAL) : category;
    await articles.order("published_at", { ascending: false }).limit(20);
  }
  return requests;
}
