import fc from "fast-check";
import { expect, test } from "vitest";
import { Lru } from "./lru.ts";

test("I11. the least recently used is evicted first, by entries and by bytes", () => {
  const lru = new Lru<string>({ maxEntries: 3, maxBytes: 100 });
  for (const key of ["a", "b", "c"]) lru.set(key, key, 10);
  lru.get("a");
  lru.set("d", "d", 10);
  expect(["a", "b", "c", "d"].map((key) => lru.get(key))).toEqual(["a", undefined, "c", "d"]);
  lru.set("e", "e", 85);
  expect(lru.get("e")).toBe("e");
  expect(lru.bytes).toBe(95);
  lru.set("huge", "huge", 101);
  expect(lru.get("huge")).toBeUndefined();
});

test("it behaves like a list that is searched, for any sequence of operations", () => {
  const operation = fc.record({
    what: fc.constantFrom("get", "set", "delete"),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
    bytes: fc.integer({ min: 0, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const lru = new Lru<number>({ maxEntries: 3, maxBytes: 100 });
      let model: { key: string; bytes: number }[] = [];
      for (const { what, key, bytes } of operations) {
        const found = model.find((slot) => slot.key === key);
        if (what === "get") {
          expect(lru.get(key)).toBe(found?.bytes);
          if (found) model = [...model.filter((slot) => slot !== found), found];
        } else {
          model = model.filter((slot) => slot !== found);
          if (what === "delete") lru.delete(key);
          else {
            lru.set(key, bytes, bytes);
            model.push({ key, bytes });
            while (model.length > 3 || model.reduce((sum, slot) => sum + slot.bytes, 0) > 100) model.shift();
          }
        }
        expect(lru.size).toBe(model.length);
        expect(lru.bytes).toBe(model.reduce((sum, slot) => sum + slot.bytes, 0));
      }
    }),
  );
});
