import type { SupabaseClient } from "@supabase/supabase-js";

/** What a read looks like in an application: its name, how supabase-js writes it, and whether the cache takes it. */
export interface QueryShape {
  name: string;
  ask: (client: SupabaseClient) => PromiseLike<unknown>;
  /** Why it is not cached, as in `Cache-Status`; undefined: the next read is a hit. */
  bypass?: string;
  /** Supabase refuses it; the error must come through as it is. */
  refused?: true;
}

export const articles = (client: SupabaseClient, select = "id,title") =>
  client.from("articles").select(select).order("id");
export const samples = (client: SupabaseClient, select = "*") =>
  client.from("samples").select(select).order("id");
export const movies = (client: SupabaseClient, select = "id,title") =>
  client.from("movies").select(select).order("id");
