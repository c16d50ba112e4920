import { describe, expect, it } from "vitest";
import { resolveConfig } from "../config/resolve-config.ts";
import { withBoundMirrors } from "./bound-mirrors.ts";

const SETTINGS = { SUPABASE_URL: "https://abc.supabase.co/", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x" };
const tables = { articles: true } as const;

describe("mirrors in the environment", () => {
  it("without their binding there are none, which is said, and reads are cached as before", () => {
    const config = resolveConfig({ tables, mirrors: { perRegion: 1 } }, SETTINGS);
    const unbound = withBoundMirrors(config, {});
    expect(unbound).toMatchObject({ mirrors: null, doubts: [{ path: "MIRROR" }], mode: "on" });
    expect(unbound.doubts[0]?.fix).toContain("new_sqlite_classes");
    const off = resolveConfig({ tables }, SETTINGS);
    expect(withBoundMirrors(off, {})).toBe(off);
  });
});
