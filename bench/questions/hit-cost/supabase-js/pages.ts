import { createClient, type SupabaseClient } from "@supabase/supabase-js";

/** Different queries, asked in turn. */
export const PAGES = 32;

/** So many of the demo's articles are about 20 KB. */
const ROWS = 31;

/** A page begins so many articles after the one before: all 32 find as many as they ask for among the demo's 240. */
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
