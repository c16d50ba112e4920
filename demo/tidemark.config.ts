import { defineConfig } from "../src/gateway/config/config.ts";

// A second is short for a demo's sake: one sees that answers change by themselves, and that it is still a bound.
const lively = { freshness: "1s", ttl: "1h", staleIfError: "10m" } as const;

// What embeds, views and policies read, Postgres tells the keeper (docs/capture.md): nothing is declared here.
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
  },
  // The API of the demo reads the schema anew for each request; PostgREST takes its time.
  keeper: { schemaReload: "0s" },
});
