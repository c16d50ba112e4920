import { createClient, type SupabaseClient } from "@supabase/supabase-js";

/** Different queries, asked in turn. */
export const PAGES = 32;

/** This many of the demo's articles are about 20 KB. */
const ROWS = 31;

/** Each page begins this many articles after the previous one: all 32 are full with the demo's 240 articles. */
const STEP = 5;

export const QUERY = `${ROWS} articles with their authors, by id`;

/** The real client. `fetched` is where it meets the network. */
export function clientOf(url: string, key: string, headers: Record<string, string>, fetched: typeof fetch) {
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers, fetch: fetched },
  });
}

export function askPage(client: SupabaseClient, page: number) {
  return client
    .from("articles")
    .select("id,title,category,views,published_at,body,author:authors(name)")
    .gt("id", page * STEP)
    .order("id")
    .limit(ROWS);
}
