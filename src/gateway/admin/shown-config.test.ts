import { expect, test } from "vitest";
import { resolveConfig } from "../config/resolve-config.ts";
import { shownConfig } from "./shown-config.ts";

test("what is shown of a configuration are bounds of tables and functions, and no key, secret or address", () => {
  const shown = shownConfig(
    resolveConfig(
      {
        tables: { articles: { freshness: "5s" } },
        functions: { search: { freshness: "2s", dependsOn: ["articles"] } },
      },
      { SUPABASE_URL: "https://abc.supabase.co", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x" },
    ),
  );
  expect(shown.tables).toMatchObject({ "public.articles": { freshnessMs: 5_000, audience: "key" } });
  expect(shown.functions).toMatchObject({ "public.search()": { freshnessMs: 2_000 } });
  expect(JSON.stringify(shown)).not.toMatch(/abc|sb_publishable/);
});
