import type { SupabaseClient } from "@supabase/supabase-js";

type Client = SupabaseClient;

/** What a read looks like in an application: its name, how supabase-js writes it, and whether the cache takes it. */
export interface QueryShape {
  name: string;
  ask: (client: Client) => PromiseLike<unknown>;
  /** Why it is not cached, as `Cache-Status` says; undefined: it is a hit when it is asked for again. */
  bypass?: string;
  /** Supabase refuses it; the error must come through as it is. */
  refused?: true;
}

const articles = (client: Client, select = "id,title") => client.from("articles").select(select).order("id");
const samples = (client: Client, select = "*") => client.from("samples").select(select).order("id");
const movies = (client: Client, select = "id,title") => client.from("movies").select(select).order("id");

const filters: QueryShape[] = [
  { name: "everything of a table", ask: (c) => samples(c) },
  { name: "eq on a number", ask: (c) => articles(c).eq("id", 7) },
  { name: "eq on a text", ask: (c) => movies(c).eq("director", "Christopher Nolan") },
  { name: "eq on a text that is a keyword", ask: (c) => samples(c, "id,label").eq("label", "null") },
  { name: "eq on a boolean", ask: (c) => samples(c, "id,flag").eq("flag", true) },
  { name: "eq on a date", ask: (c) => samples(c, "id,day").eq("day", "2026-02-28") },
  { name: "eq on a timestamp", ask: (c) => samples(c, "id,at_tz").eq("at_tz", "2026-02-28T23:59:59.5Z") },
  { name: "eq on a uuid", ask: (c) => samples(c, "id").eq("uid", "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF") },
  { name: "eq on an integer over 2^53", ask: (c) => samples(c, "id,big").eq("big", "9007199254740993") },
  { name: "eq on a numeric by another notation", ask: (c) => samples(c, "id,exact").eq("exact", "1.000") },
  { name: "eq of an empty text", ask: (c) => samples(c, "id").eq("code", "") },
  { name: "neq", ask: (c) => articles(c).neq("category", "lecture").limit(20) },
  { name: "gt", ask: (c) => articles(c, "id,views").gt("views", 4_900) },
  { name: "gte", ask: (c) => articles(c, "id,views").gte("views", 4_900) },
  { name: "lt", ask: (c) => articles(c, "id,views").lt("views", 60) },
  { name: "lte", ask: (c) => samples(c, "id,small").lte("small", 7) },
  { name: "gt and lt on one column", ask: (c) => articles(c, "id,views").gt("views", 100).lt("views", 300) },
  {
    name: "a range of dates",
    ask: (c) => movies(c).gte("released_on", "2008-01-01").lt("released_on", "2008-02-01"),
  },
  { name: "like", ask: (c) => movies(c).like("title", "The D%") },
  { name: "like with a star", ask: (c) => movies(c).filter("title", "like", "*Knight*") },
  { name: "ilike", ask: (c) => movies(c).ilike("title", "%KNIGHT%") },
  { name: "like all of", ask: (c) => movies(c).likeAllOf("title", ["%a%", "%z%"]) },
  { name: "like any of", ask: (c) => movies(c).likeAnyOf("title", ["Zod%", "Zoo%"]) },
  { name: "ilike all of", ask: (c) => movies(c).ilikeAllOf("title", ["%STAR%", "%wars%"]) },
  { name: "ilike any of", ask: (c) => movies(c).ilikeAnyOf("title", ["zod%", "zoo%"]) },
  { name: "match", ask: (c) => movies(c).regexMatch("title", "^[0-9]+$") },
  { name: "imatch", ask: (c) => movies(c).regexIMatch("title", "^the .*s$").limit(30) },
  { name: "is null", ask: (c) => samples(c, "id,label").is("label", null) },
  { name: "is true", ask: (c) => samples(c, "id,flag").is("flag", true) },
  { name: "is false", ask: (c) => samples(c, "id,flag").is("flag", false) },
  { name: "is unknown", ask: (c) => samples(c, "id,flag").filter("flag", "is", "unknown") },
  { name: "not is null", ask: (c) => samples(c, "id,label").not("label", "is", null) },
  { name: "isdistinct", ask: (c) => samples(c, "id,label").isDistinct("label", "plain") },
  { name: "in numbers", ask: (c) => articles(c).in("id", [5, 3, 3, 10, 8]) },
  {
    name: "in texts that need quotes",
    ask: (c) => samples(c, "id,label").in("label", ["a,b", "(c)", "null"]),
  },
  {
    name: "in texts that supabase-js quotes wrongly",
    ask: (c) => samples(c, "id").in("label", ['quotes " and \\ and ,']),
  },
  { name: "in an empty list", ask: (c) => articles(c).in("id", []) },
  {
    name: "in a list of 700",
    ask: (c) =>
      movies(c, "id").in(
        "id",
        Array.from({ length: 700 }, (_, n) => n * 4 + 1),
      ),
  },
  {
    name: "in a list too long for the cache",
    ask: (c) =>
      movies(c, "id").in(
        "id",
        Array.from({ length: 1_300 }, (_, n) => n + 1_000),
      ),
    bypass: "url-too-long",
  },
  { name: "not in", ask: (c) => samples(c, "id").notIn("id", [1, 2]) },
  {
    name: "contains on an array",
    ask: (c) => articles(c, "id,keywords").contains("keywords", ["edge"]).limit(9),
  },
  { name: "contains on jsonb", ask: (c) => samples(c, "id,data").contains("data", { a: 1 }) },
  { name: "contains on a range", ask: (c) => samples(c, "id,span").contains("span", "[2,3)") },
  {
    name: "contained by an array",
    ask: (c) => articles(c, "id,keywords").containedBy("keywords", ["basics", "edge", "theory"]).limit(9),
  },
  { name: "contained by jsonb", ask: (c) => samples(c, "id,data").containedBy("data", { a: 1.5, b: 2 }) },
  {
    name: "overlaps on an array",
    ask: (c) => samples(c, "id,words").overlaps("words", ["red", "with, comma"]),
  },
  { name: "overlaps on a range", ask: (c) => samples(c, "id,span").overlaps("span", "[4,6)") },
  { name: "range gt", ask: (c) => samples(c, "id,span").rangeGt("span", "[0,2)") },
  { name: "range gte", ask: (c) => samples(c, "id,span").rangeGte("span", "[3,4)") },
  { name: "range lt", ask: (c) => samples(c, "id,span").rangeLt("span", "[6,9)") },
  { name: "range lte", ask: (c) => samples(c, "id,span").rangeLte("span", "[2,9)") },
  { name: "range adjacent", ask: (c) => samples(c, "id,span").rangeAdjacent("span", "[10,12)") },
  { name: "full text", ask: (c) => samples(c, "id,search").textSearch("search", "fat & rat") },
  {
    name: "full text, plain, with a configuration",
    ask: (c) => samples(c, "id").textSearch("search", "fat rat", { type: "plain", config: "simple" }),
  },
  {
    name: "full text, phrase",
    ask: (c) => samples(c, "id").textSearch("search", "quick brown", { type: "phrase", config: "simple" }),
  },
  {
    name: "full text, web search",
    ask: (c) => samples(c, "id").textSearch("search", "quick -lazy", { type: "websearch", config: "simple" }),
  },
  {
    name: "not with an operator",
    ask: (c) => articles(c).not("category", "in", "(lecture,exercise)").limit(12),
  },
  { name: "match by several columns", ask: (c) => articles(c).match({ category: "lecture", author_id: 4 }) },
  { name: "eq any of", ask: (c) => articles(c).filter("id", "eq(any)", "{3,5,7}") },
  {
    name: "the same filter twice",
    ask: (c) => articles(c).eq("category", "lecture").eq("category", "lecture").limit(3),
  },
  {
    name: "unicode values",
    ask: (c) => samples(c, "id,label").eq("label", "żółć, 日本語, 🎈, e\u0301 and \u00e9"),
  },
  {
    name: "a value with a line break, a tab and a percent sign",
    ask: (c) => samples(c, "id").eq("label", "line\nbreak\ttab %25 * _ %"),
  },
  {
    name: "a value with blanks around it",
    ask: (c) => samples(c, "id").eq("label", " leading and trailing "),
  },
  { name: "a value with & = + # ?", ask: (c) => samples(c, "id").eq("label", "a&b=c+d#e?f") },
];

const trees: QueryShape[] = [
  { name: "or", ask: (c) => articles(c).or("id.eq.3,views.lt.40") },
  {
    name: "or with and inside",
    ask: (c) => articles(c, "id,views").or("and(views.gt.4900,category.eq.lecture),id.in.(1,2)"),
  },
  {
    name: "a negated and inside an or",
    ask: (c) => samples(c, "id").or("not.and(id.gt.2,label.is.null),id.eq.4"),
  },
  {
    name: "two ors",
    ask: (c) => articles(c).or("id.lt.40,id.gt.200").or("category.eq.notes,category.eq.reading"),
  },
  {
    name: "quoted values in a tree",
    ask: (c) => samples(c, "id,label").or('label.eq."a,b",label.in.("plain","(c)")'),
  },
  {
    name: "a tree four deep",
    ask: (c) => articles(c).or("and(or(id.eq.1,and(id.gt.5,id.lt.9)),category.neq.notes),id.eq.11"),
  },
  { name: "in and null in a tree", ask: (c) => samples(c, "id").or("label.is.null,id.in.(5,6)") },
];

const embeds: QueryShape[] = [
  { name: "many-to-one", ask: (c) => articles(c, "id,authors(name)").limit(10) },
  { name: "one-to-many", ask: (c) => c.from("authors").select("id,name,articles(id,title)").order("id") },
  { name: "many-to-many", ask: (c) => articles(c, "id,tags(name)").limit(12) },
  {
    name: "nested embeds",
    ask: (c) => c.from("authors").select("name,articles(id,comments(id,author))").order("id").limit(3),
  },
  { name: "an aliased embed", ask: (c) => articles(c, "id,writer:authors(name)").limit(5) },
  {
    name: "an embed with a hint",
    ask: (c) => articles(c, "id,authors!articles_author_id_fkey(name)").limit(5),
  },
  {
    name: "an embed by its column",
    ask: (c) => articles(c, "id,author_id(name)").limit(5),
    bypass: "unknown-embed",
  },
  {
    name: "an inner embed with a filter",
    ask: (c) => articles(c, "id,authors!inner(name)").eq("authors.name", "Ada Marsh"),
  },
  {
    name: "a filter on an embed",
    ask: (c) => c.from("authors").select("id,articles(id,views)").gt("articles.views", 4_500).order("id"),
  },
  {
    name: "order, limit and offset on an embed",
    ask: (c) =>
      c
        .from("authors")
        .select("id,articles(id,views)")
        .order("id")
        .order("views", { referencedTable: "articles", ascending: false })
        .range(1, 2, { referencedTable: "articles" }),
  },
  {
    name: "or on an embed",
    ask: (c) =>
      c
        .from("authors")
        .select("id,articles(id)")
        .or("views.lt.100,views.gt.4900", { referencedTable: "articles" })
        .order("id"),
  },
  {
    name: "an embed that must be missing",
    ask: (c) => c.from("articles").select("id,comments()").is("comments", null).order("id"),
  },
  {
    name: "order by an embed",
    ask: (c) => c.from("articles").select("id,authors(name)").order("authors(name)").order("id").limit(20),
  },
  { name: "a spread", ask: (c) => articles(c, "id,...authors(name,email)").limit(5) },
  { name: "a spread with an alias inside", ask: (c) => articles(c, "id,...authors(writer:name)").limit(5) },
  { name: "a view", ask: (c) => c.from("published_articles").select("id,title").order("id").limit(5) },
  {
    name: "an embed of a view",
    ask: (c) => c.from("published_articles").select("id,authors(name)").order("id").limit(5),
  },
];

const results: QueryShape[] = [
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

export const queryShapes: readonly QueryShape[] = [...filters, ...trees, ...embeds, ...results];
