import { articles, movies, type QueryShape, samples } from "./query-shape.ts";

export const results: readonly QueryShape[] = [
  { name: "count as an aggregate", ask: (c) => c.from("movies").select("count()") },
  {
    name: "sum, avg, min and max",
    ask: (c) => c.from("articles").select("views.sum(),mean:views.avg(),views.min(),views.max()"),
  },
  {
    name: "aggregates by group",
    ask: (c) => c.from("articles").select("category,views.sum()").order("category"),
  },
  { name: "an aggregate with a cast", ask: (c) => c.from("articles").select("views.sum()::text") },
  {
    name: "an aggregate of an embed",
    ask: (c) => c.from("authors").select("id,articles(count)").order("id"),
  },
  { name: "columns with aliases", ask: (c) => articles(c, "number:id,heading:title").limit(5) },
  { name: "a cast", ask: (c) => samples(c, "id,big::text,exact::text") },
  { name: "a JSON path", ask: (c) => articles(c, "id,metadata->minutes,metadata->>level").limit(5) },
  {
    name: "a deep JSON path with an index and an alias",
    ask: (c) => samples(c, "id,second:data->b->1,deep:data->nested->deep->>0"),
  },
  { name: "a filter on a JSON path", ask: (c) => articles(c).eq("metadata->>level", "advanced").limit(5) },
  {
    name: "order by a JSON path",
    ask: (c) => c.from("articles").select("id").order("metadata->minutes").order("id").limit(9),
  },
  { name: "the types that lose digits", ask: (c) => samples(c, "id,big,exact,approximate") },
  { name: "single with one row", ask: (c) => c.from("articles").select().eq("id", 3).single() },
  {
    name: "single without a row",
    ask: (c) => c.from("articles").select().eq("id", -1).single(),
    refused: true,
  },
  {
    name: "single with many rows",
    ask: (c) => c.from("articles").select("id").eq("category", "notes").single(),
    refused: true,
  },
  {
    name: "maybeSingle with one row",
    ask: (c) => c.from("samples").select("id,label").eq("id", 1).maybeSingle(),
  },
  {
    name: "maybeSingle without a row",
    ask: (c) => c.from("samples").select("id,label").eq("id", -1).maybeSingle(),
  },
  {
    name: "maybeSingle with many rows",
    ask: (c) => c.from("samples").select("id").gt("id", 1).order("id").maybeSingle(),
  },
  { name: "csv", ask: (c) => samples(c, "id,label,big").csv() },
  {
    name: "an exact count",
    ask: (c) => c.from("articles").select("id", { count: "exact" }).order("id").range(10, 19),
  },
  {
    name: "an exact count of everything",
    ask: (c) => c.from("tags").select("id", { count: "exact" }).order("id"),
  },
  {
    name: "a planned count",
    ask: (c) => c.from("tags").select("id", { count: "planned" }).order("id"),
    bypass: "uncacheable-prefer",
  },
  {
    name: "an estimated count",
    ask: (c) => c.from("tags").select("id", { count: "estimated" }).order("id"),
    bypass: "uncacheable-prefer",
  },
  { name: "head with a count", ask: (c) => c.from("articles").select("id", { count: "exact", head: true }) },
  { name: "head without a count", ask: (c) => c.from("authors").select("*", { head: true }) },
  { name: "stripped nulls", ask: (c) => samples(c, "id,label,code").stripNulls() },
  { name: "a range", ask: (c) => movies(c).range(100, 109) },
  {
    name: "a range past the end, counted",
    ask: (c) => c.from("tags").select("id", { count: "exact" }).order("id").range(500, 510),
    refused: true,
  },
  { name: "limit 0", ask: (c) => articles(c).limit(0) },
  {
    name: "order descending",
    ask: (c) => c.from("articles").select("id,views").order("views", { ascending: false }).limit(10),
  },
  {
    name: "order with nulls first",
    ask: (c) =>
      c
        .from("movies")
        .select("id,imdb_rating")
        .order("imdb_rating", { nullsFirst: true })
        .order("id")
        .limit(20),
  },
  {
    name: "order with nulls last",
    ask: (c) =>
      c
        .from("movies")
        .select("id,imdb_rating")
        .order("imdb_rating", { ascending: false, nullsFirst: false })
        .order("id")
        .limit(20),
  },
  {
    name: "order by several columns",
    ask: (c) =>
      c
        .from("articles")
        .select("id")
        .order("category")
        .order("views", { ascending: false })
        .order("id")
        .limit(20),
  },
  {
    name: "another schema",
    ask: (c) => c.schema("archive").from("articles").select().order("id") as PromiseLike<unknown>,
  },
  {
    name: "another schema's single row",
    ask: (c) =>
      c.schema("archive").from("articles").select("title").eq("id", 2).single() as PromiseLike<unknown>,
  },
  {
    name: "a table that is not configured",
    ask: (c) => c.from("uncached").select().order("id"),
    bypass: "table-not-configured",
  },
  {
    name: "a table that does not exist",
    ask: (c) => c.from("nowhere").select(),
    bypass: "table-not-configured",
    refused: true,
  },
  { name: "a column that does not exist", ask: (c) => c.from("articles").select("nothing"), refused: true },
  {
    name: "a literal of the wrong type",
    ask: (c) => c.from("articles").select("id").eq("id", "seven"),
    refused: true,
  },
  {
    name: "an operator that does not exist",
    ask: (c) => c.from("articles").select("id").filter("id", "resembles", "7"),
    bypass: "unparsable",
    refused: true,
  },
  {
    name: "a time-dependent literal",
    ask: (c) => c.from("samples").select("id").lt("at_tz", "now").order("id"),
    bypass: "time-dependent",
  },
  {
    name: "a schema that is not exposed",
    ask: (c) => c.schema("secret").from("articles").select() as PromiseLike<unknown>,
    bypass: "table-not-configured",
    refused: true,
  },
];
