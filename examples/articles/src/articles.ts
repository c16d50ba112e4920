import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type Cache, key, type Lookup } from "../../../src/cache/tidemark.ts";

export interface Article {
  readonly id: number;
  readonly title: string;
  readonly body: string;
}

const LIST = "articles:list";
const COLUMNS = "id, title, body";
const PAGE = 50;

/**
 * A missing article is remembered for a short while. Everything expires: a lost webhook costs five minutes, and then
 * an hour during which the first reader gets the value that is being replaced.
 */
const KEPT = { ttl: "5m", staleWhileRevalidate: "1h", staleIfError: "1d", negativeTtl: "30s" };

/** Articles as an anonymous reader may see them. */
export class Articles {
  readonly #cache: Cache;
  readonly #supabase: SupabaseClient;

  constructor(cache: Cache, env: { readonly SUPABASE_URL: string; readonly SUPABASE_KEY: string }) {
    this.#cache = cache;
    // A client for each request, without a session: the cache is for everybody.
    this.#supabase = createClient(env.SUPABASE_URL, env.SUPABASE_KEY, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    });
  }

  list(): Promise<Lookup<readonly Article[]>> {
    return this.#cache.lookup(LIST, () => this.#loadList(), KEPT);
  }

  byId(id: number): Promise<Lookup<Article | undefined>> {
    return this.#cache.lookup(key`articles:${id}`, () => this.#load(id), KEPT);
  }

  /**
   * Fetches the list and these articles again, as an anonymous reader would. It does not copy them from the event: a
   * webhook's row is what a superuser sees, including drafts.
   */
  async revalidate(ids: readonly number[]): Promise<void> {
    await Promise.all([
      this.#cache.revalidate(LIST, () => this.#loadList(), KEPT),
      ...ids.map((id) => this.#cache.revalidate(key`articles:${id}`, () => this.#load(id), KEPT)),
    ]);
  }

  async #loadList(): Promise<readonly Article[]> {
    const { data, error } = await this.#supabase
      .from("articles")
      .select(COLUMNS)
      .order("id", { ascending: false })
      .limit(PAGE)
      .returns<Article[]>();
    if (error !== null) throw new Error(`articles could not be read: ${error.message}`);
    return data;
  }

  async #load(id: number): Promise<Article | undefined> {
    const { data, error } = await this.#supabase
      .from("articles")
      .select(COLUMNS)
      .eq("id", id)
      .maybeSingle<Article>();
    if (error !== null) throw new Error(`article ${id} could not be read: ${error.message}`);
    return data ?? undefined;
  }
}
