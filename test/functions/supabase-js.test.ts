import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tidemark } from "../../src/client/client.ts";
import { PUBLISHABLE_KEY, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { CLIENT_PATIENCE, until } from "../../testing/patience.ts";
import { BOUND_MS, FUNCTIONS_SQL, functionsConfig } from "./config.ts";

interface Shape {
  readonly name: string;
  readonly ask: (client: SupabaseClient) => PromiseLike<unknown>;
  /** Nothing is kept of it. */
  readonly bypass?: string;
  /** `@supabase/lite` refuses a HEAD of a function. */
  readonly isHead?: true;
}

const search = (client: SupabaseClient, options = {}) =>
  client.rpc("search_articles", { term: "a" }, options);

/** All that supabase-js can ask of a function. */
const ALL: readonly Shape[] = [
  { name: "a set", ask: (c) => search(c) },
  { name: "a set by GET", ask: (c) => search(c, { get: true }) },
  { name: "columns", ask: (c) => search(c).select("id,title") },
  { name: "columns with aliases, casts and JSON paths", ask: (c) => search(c).select("n:id,views::text,metadata->minutes") },
  { name: "filters", ask: (c) => search(c).select("id").gt("views", 10).eq("category", "notes").in("id", [1, 2, 3, 4, 5, 6]) },
  { name: "filters by GET", ask: (c) => search(c, { get: true }).select("id").gt("views", 10).or("id.lt.9,id.gt.50") },
  { name: "order and limit", ask: (c) => search(c).select("id,title").order("title", { ascending: false }).order("id").limit(4) },
  { name: "a range", ask: (c) => search(c).select("id").order("id").range(3, 8) },
  { name: "a range by GET", ask: (c) => search(c, { get: true }).select("id").order("id").range(3, 8) },
  { name: "an exact count", ask: (c) => search(c, { count: "exact" }).select("id").order("id").limit(2) },
  { name: "an exact count by GET", ask: (c) => search(c, { count: "exact", get: true }).select("id").order("id").limit(2) },
  { name: "head with a count", ask: (c) => search(c, { count: "exact", head: true }), isHead: true },
  { name: "head", ask: (c) => search(c, { head: true }), isHead: true },
  { name: "single", ask: (c) => search(c).eq("id", 3).select("id,title").single() },
  { name: "single without a row", ask: (c) => search(c).eq("id", -1).single() },
  { name: "single with many rows", ask: (c) => search(c).select("id").single() },
  { name: "maybeSingle", ask: (c) => search(c).eq("id", -1).select("id").maybeSingle() },
  { name: "CSV", ask: (c) => search(c).select("id,category").order("id").limit(3).csv() },
  { name: "an embed", ask: (c) => search(c).select("id,authors(name),comments(id)").order("id").limit(3) },
  { name: "a table of its own", ask: (c) => c.rpc("tabled", { lowest: 4 }).gt("number", 6).order("number").limit(5) },
  { name: "a table with a default", ask: (c) => c.rpc("tabled").select("heading").limit(2) },
  { name: "a number", ask: (c) => c.rpc("doubled", { n: 2.5 }) },
  { name: "a number by GET", ask: (c) => c.rpc("doubled", { n: 2.5 }, { get: true }) },
  { name: "a value of JSON", ask: (c) => c.rpc("shaped", { data: { b: [1, null, "é"], a: {} } }) },
  { name: "a list by GET", ask: (c) => c.rpc("echoes", { words: ["a", "b"] }, { get: true }) },
  { name: "one row", ask: (c) => c.rpc("article_stats") },
  { name: "one row, by name", ask: (c) => c.rpc("article_stats").select("views").single() },
  { name: "rows by argument", ask: (c) => c.rpc("in_category", { category: "notes" }).select("id,views").order("id") },
  { name: "another schema", ask: (c) => c.schema("archive").rpc("old_titles") as PromiseLike<unknown> },
  { name: "another schema by GET", ask: (c) => c.schema("archive").rpc("old_titles", {}, { get: true }) as PromiseLike<unknown> },
  { name: "one that is not configured", ask: (c) => c.rpc("search_movies", { term: "godfather" }, { get: true }), bypass: "function-not-configured" },
  { name: "one that writes", ask: (c) => c.rpc("view_article", { article: -1 }), bypass: "volatile-function" },
  { name: "a planned count", ask: (c) => search(c, { count: "planned" }).select("id").limit(1), bypass: "uncacheable-prefer" },
]; // biome-ignore format: a table

const SHAPES = ALL.filter(({ isHead }) => !isHead || process.env.POSTGREST_BIN);

interface Seen {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly result: unknown;
  readonly cacheStatus: string;
}

let stack: Stack;
let through: (shape: Shape) => Promise<Seen>;
let direct: (shape: Shape) => Promise<Seen>;

beforeAll(async () => {
  stack = await startStack({ changes: "pulled", config: functionsConfig, sql: FUNCTIONS_SQL });
  const { gateway, supabase } = stack;
  const functions = Object.keys(functionsConfig.functions ?? {});
  direct = asking(fetch);
  through = asking(
    tidemark({ gateway: gateway.url, project: supabase.url, functions, timeout: CLIENT_PATIENCE }),
  );
});

afterAll(() => stack?.stop());

/** A client that remembers its last answer, byte by byte. */
function asking(fetching: typeof fetch): (shape: Shape) => Promise<Seen> {
  let last: Omit<Seen, "result"> | undefined;
  const recording: typeof fetch = async (...request) => {
    const response = await fetching(...request);
    const body = Buffer.from(await response.clone().arrayBuffer()).toString("latin1");
    const shown = /^(?:content-(?!length|encoding|location)|preference-applied|range-unit)/;
    const headers = Object.fromEntries([...response.headers].filter(([name]) => shown.test(name)));
    const cacheStatus = response.headers.get("cache-status") ?? "";
    last = { status: response.status, headers, body, cacheStatus };
    return response;
  };
  const client = createClient(stack.supabase.url, PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { fetch: recording },
  });
  return async (shape) => {
    const result = await shape.ask(client);
    if (last === undefined) throw new Error("supabase-js sent nothing");
    return { ...last, result };
  };
}

const said = ({ status, headers, body, result }: Seen) => ({ status, headers, body, result });

describe("supabase.rpc()", () => {
  it.each(SHAPES)("I1. answers as Supabase does, cold and warm: $name", async (shape) => {
    const expected = said(await direct(shape));
    expect(said(await through(shape))).toEqual(expected);
    // On a busy machine a bound may pass until the next one.
    await until("it is warm", async () => {
      const warm = await through(shape);
      expect(said(warm)).toEqual(expected);
      if (shape.bypass) expect(warm.cacheStatus).toContain(`detail=${shape.bypass}`);
      const isStored = !shape.bypass && [200, 206, 406].includes(warm.status);
      return !isStored || /^tidemark; hit; /.test(warm.cacheStatus);
    });
  });
});

describe("supabase.rpc() after a change of the rows", () => {
  let acknowledged: number;
  const expected = new Map<Shape, Seen>();

  beforeAll(async () => {
    const before = new Map<Shape, string>();
    for (const shape of SHAPES) before.set(shape, (await direct(shape)).body);
    await stack.supabase.db.exec(`
      update articles set views = views + 5, title = title || '!' where id < 60;
      insert into articles (id, title, body, author_id, category, views)
        select n, 'A ' || n, 'b', 4, 'notes', n from generate_series(9001, 9003) n;
      delete from articles where id = 11;
      update authors set name = upper(name);
      update archive.articles set title = title || ' (archived)'`);
    acknowledged = performance.now();
    for (const shape of SHAPES) expected.set(shape, await direct(shape));
    expect(SHAPES.filter((shape) => expected.get(shape)?.body !== before.get(shape)).length).toBeGreaterThan(
      12,
    );
  });

  it.each(SHAPES)("I1. answers as Supabase does within the bound: $name", async (shape) => {
    const fresh = said(expected.get(shape) as Seen);
    const ask = () => through(shape);
    const seen = await withinBound(BOUND_MS, acknowledged, ask, ({ body }) => body === fresh.body);
    expect(said(seen)).toEqual(fresh);
  });
});
