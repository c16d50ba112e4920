import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryTier } from "./lru.ts";

test("I11. the least recently used goes first, by entries and by bytes", () => {
  const tier = new MemoryTier<string>({ maxEntries: 3, maxBytes: 100 });
  for (const key of ["a", "b", "c"]) tier.set(key, key, 10);
  tier.get("a");
  tier.set("d", "d", 10);
  expect(["a", "b", "c", "d"].map((key) => tier.get(key))).toEqual(["a", undefined, "c", "d"]);
  tier.set("e", "e", 85);
  expect(tier.get("e")).toBe("e");
  expect(tier.bytes).toBe(95);
  tier.set("huge", "huge", 101);
  expect(tier.get("huge")).toBeUndefined();
});

test("it behaves as a list that is searched, for any sequence of operations", () => {
  const operation = fc.record({
    what: fc.constantFrom("get", "set", "delete"),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
    bytes: fc.integer({ min: 0, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const tier = new MemoryTier<number>({ maxEntries: 3, maxBytes: 100 });
      let model: { key: string; bytes: number }[] = [];
      for (const { what, key, bytes } of operations) {
        const found = model.find((slot) => slot.key === key);
        if (what === "get") {
          expect(tier.get(key)).toBe(found?.bytes);
          if (found) model = [...model.filter((slot) => slot !== found), found];
        } else {
          model = model.filter((slot) => slot !== found);
          if (what === "delete") tier.delete(key);
          else {
            tier.set(key, bytes, bytes);
            model.push({ key, bytes });
            while (model.length > 3 || model.reduce((sum, slot) => sum + slot.bytes, 0) > 100) model.shift();
          }
        }
        expect(tier.size).toBe(model.length);
        expect(tier.bytes).toBe(model.reduce((sum, slot) => sum + slot.bytes, 0));
      }
    }),
  );
});
