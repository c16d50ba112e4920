import { defineConfig } from "../src/gateway/config.ts";

// A second is short for a demo's sake: one sees that answers change by themselves, and that it is still a bound.
const lively = { freshness: "1s", ttl: "1h", staleIfError: "10m" } as const;

export default defineConfig({
  schemas: ["public", "archive"],
  tables: {
    authors: { ...lively, dependsOn: ["articles"] },
    articles: { ...lively, dependsOn: ["authors", "comments", "article_tags", "tags"] },
    // Their policies read articles: a comment on a draft is as hidden as the draft.
    comments: { ...lively, dependsOn: ["articles"] },
    tags: { ...lively, dependsOn: ["article_tags", "articles"] },
    article_tags: { ...lively, dependsOn: ["articles", "tags"] },
    published_articles: { ...lively, dependsOn: ["articles", "authors", "comments"] },
    movies: lively,
    samples: lively,
    "archive.articles": lively,
  },
});
