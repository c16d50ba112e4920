import { describe, expect, it } from "vitest";
import { NearestMirror } from "./nearest-mirror.ts";
import { regionOf, regionOfHint } from "./region.ts";

const TOKYO = { continent: "AS", longitude: "139.69" };
const PARIS = { continent: "EU", longitude: "2.35" };
const MIRRORS = { perRegion: 1, keeperRegion: null, share: 0.99 };

describe("the region of a reader", () => {
  it.each([
    ["San Francisco", "NA", "-122.42", "wnam"],
    ["New York", "NA", "-74.01", "enam"],
    ["São Paulo", "SA", "-46.63", "sam"],
    ["Paris", "EU", "2.35", "weur"],
    ["Warsaw", "EU", "21.01", "eeur"],
    ["Vladivostok", "EU", "131.89", "apac"],
    ["Dubai", "AS", "55.30", "me"],
    ["Tokyo", "AS", "139.69", "apac"],
    ["Sydney", "OC", "151.21", "oc"],
    ["Nairobi", "AF", "36.82", "afr"],
  ])("M6. %s", (_, continent, longitude, region) => {
    expect(regionOf({ continent, longitude })).toBe(region);
  });

  it("M6. without a longitude it is the region of most of the continent, and without a continent none", () => {
    expect(["NA", "EU", "AS"].map((continent) => regionOf({ continent }))).toEqual(["enam", "weur", "apac"]);
    for (const continent of [undefined, "T1", "AN", 7]) expect(regionOf({ continent })).toBeNull();
  });

  it("M6. a keeper's finer hints are in the Asian region", () => {
    expect((["apac-ne", "apac-se", "weur", null] as const).map(regionOfHint)).toEqual([
      ...["apac", "apac", "weur", null],
    ]);
  });
});

describe("the mirror that an isolate asks", () => {
  it("M6. is one of its region's, and none as long as it does not know where it is", () => {
    const one = new NearestMirror(MIRRORS);
    expect(one.name).toBeNull();
    one.see(undefined);
    one.see({});
    expect(one.name).toBeNull();
    expect(one.isNear).toBe(false);
    one.see(TOKYO);
    expect([one.name, one.isNear]).toEqual(["apac-0", true]);
  });

  it("M6. is spread over its region's mirrors by isolate", () => {
    const names = [0, 0.25, 0.5, 0.75, 0.999].map((share) => {
      const each = new NearestMirror({ ...MIRRORS, perRegion: 4, share });
      each.see(PARIS);
      return each.name;
    });
    expect(names).toEqual(["weur-0", "weur-1", "weur-2", "weur-3", "weur-3"]);
  });

  it("M6. a reader from far away does not move it, and after its first requests nobody does", () => {
    const each = new NearestMirror(MIRRORS);
    for (const from of [TOKYO, PARIS, PARIS]) each.see(from);
    expect(each.name).toBe("weur-0");
    for (let request = 0; request < 7; request++) each.see(PARIS);
    for (let request = 0; request < 100; request++) each.see(TOKYO);
    expect(each.name).toBe("weur-0");
  });

  it("M6. the keeper's own region needs none, unless one mirror would not be enough for it", () => {
    const near = new NearestMirror({ ...MIRRORS, keeperRegion: "weur" });
    near.see(PARIS);
    expect([near.name, near.isNear]).toEqual([null, true]);
    const crowded = new NearestMirror({ ...MIRRORS, perRegion: 2, keeperRegion: "weur" });
    crowded.see(PARIS);
    expect(crowded.name).toBe("weur-1");
  });
});
