import { expect, test } from "vitest";
import { BUNDLES, bundle, gzipped } from "./size.ts";

/** What a Worker pays for the library, minified and compressed: nothing grows unnoticed. */
const CEILING_BYTES: Readonly<Record<keyof typeof BUNDLES, number>> = {
  core: 6_400,
  "core and KV": 7_700,
  full: 12_950,
};

for (const name of Object.keys(BUNDLES) as (keyof typeof BUNDLES)[]) {
  test(`${name}: stays within its size`, async () => {
    expect(gzipped(await bundle(name))).toBeLessThan(CEILING_BYTES[name]);
  });

  test(`${name}: ships nothing that is not imported`, async () => {
    const text = new TextDecoder().decode(await bundle(name));
    expect(text).not.toContain("DateTimeFormat"); // untilMidnight
    expect(text).not.toContain("it was deleted, or something"); // the explanations of MISSES
    expect(text).not.toContain("node:");
  });
}

test("the core has no second tier unless one is imported, and never what invalidates or reads many keys", async () => {
  const text = async (name: keyof typeof BUNDLES) => new TextDecoder().decode(await bundle(name));
  expect(await text("core")).not.toContain("SHA-256"); // keys too long for a store
  expect(await text("core and KV")).toContain("SHA-256");
  expect(await text("core and KV")).not.toContain("hitRatio");
  expect(await text("core and KV")).not.toContain("listing-unsupported");
  expect(await text("full")).toContain("hitRatio");
});
