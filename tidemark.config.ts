import { defineConfig } from "./src/gateway/config/config.ts";

// The tables whose reads are cached, and how old an answer may be. Tables that are not here pass through.
// docs/configuration.md describes every field.
export default defineConfig({
  tables: {
    // articles: { freshness: "10s", ttl: "1h", staleIfError: "10m", dependsOn: ["authors", "comments"] },
  },
  // keeper: { locationHint: "weur" }, // the region nearest to your database
});
