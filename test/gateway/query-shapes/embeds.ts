import { articles, type QueryShape } from "./query-shape.ts";

export const embeds: readonly QueryShape[] = [
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
