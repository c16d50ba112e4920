import { defineConfig } from "../src/gateway/config/config.ts";

// A second is short, for the demo: you see that answers change by themselves, and that it is still a bound.
const lively = { freshness: "1s", ttl: "1h", staleIfError: "10m" } as const;

// Nothing is declared here: Postgres tells the keeper what embeds, views and policies read (docs/capture.md).
export default defineConfig({
  schemas: ["public", "archive"],
  tables: {
    authors: lively,
    articles: lively,
    comments: lively,
    tags: lively,
    article_tags: lively,
    published_articles: lively,
    movies: lively,
    samples: lively,
    "archive.articles": lively,
    bookmarks: lively,
    teams: lively,
    memberships: lively,
    notes: lively,
  },
  functions: {
    search_articles: lively,
    // PL/pgSQL: nobody but us knows what it reads.
    article_stats: { ...lively, dependsOn: ["articles", "comments"], claims: [] },
    my_notes: lively,
    // It writes. Tidemark sees that, and passes it on uncached: Cache-Status says `volatile-function`.
    view_article: lively,
  },
  // The demo's API reads the schema for each request; PostgREST takes longer.
  keeper: { schemaReload: "0s" },
  // The first read that you send finds a keeper that has just started, and is to show a miss.
  timeouts: { start: "2s" },
});
