import { describe, expect, it } from "vitest";
import type { TidemarkConfig } from "./config.ts";
import { configIssues, resolveConfig } from "./resolve-config.ts";

const SETTINGS = { SUPABASE_URL: "https://abc.supabase.co/", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x" };

describe("mirrors", () => {
  const tables = { articles: true } as const;

  it("M6. are off unless the owner says how many a region has", () => {
    expect(resolveConfig({ tables, mirrors: "off" }, SETTINGS).mirrors).toBeNull();
    expect(resolveConfig({ tables, mirrors: { perRegion: 2 } }, SETTINGS).mirrors).toEqual({ perRegion: 2 });
  });

  it.each([
    [true, "mirrors", "is not an object"],
    ["on", "mirrors", "is not an object"],
    [{}, "mirrors.perRegion", "is missing"],
    [{ perRegion: 0 }, "mirrors.perRegion", "is less than 1"],
    [{ perRegion: 1.5 }, "mirrors.perRegion", "is not a whole number"],
    [{ perRegion: 101 }, "mirrors.perRegion", "is more than 100"],
    [{ perRegion: 1, hub: true }, "mirrors.hub", "is not a known field"],
  ])("say what is wrong: %j", (mirrors, path, message) => {
    const issues = configIssues({ tables, mirrors } as TidemarkConfig);
    expect(issues).toMatchObject([{ path, message }]);
    expect(issues[0]?.fix).toMatch(/perRegion/);
  });
});
