import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type Cache, key, type Lookup, rows } from "../../../src/cache/tidemark.ts";
import type { Env } from "./env.ts";

export interface Article {
  readonly id: number;
  readonly title: string;
  readonly body: string;
}

const COLUMNS = "id, title, body";
const PAGE = 50;

/**
 * Articles as an anonymous reader may see them. Each read says which rows it stands on. A change only says that they are to be
 * fetched again: its own row is what a superuser sees, drafts included.
 */
export class Articles {
  readonly #cache: Cache;
  readonly #supabase: SupabaseClient;

  constructor(cache: Cache, env: Pick<Env, "SUPABASE_URL" | "SUPABASE_KEY">) {
    this.#cache = cache;
    // A client for each request, without a session: the cache is for everybody.
    this.#supabase = createClient(env.SUPABASE_URL, env.SUPABASE_KEY, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    });
  }

  list(): Promise<Lookup<readonly Article[]>> {
    return this.#cache.lookup("articles:list", () => this.#loadList(), { reads: [rows("articles")] });
  }

  byId(id: number): Promise<Lookup<Article | undefined>> {
    return this.#cache.lookup(key`articles:${id}`, () => this.#load(id), {
      reads: [rows("articles", { id })],
    });
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

  /** For the cache, `undefined` means "no such thing". */
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
